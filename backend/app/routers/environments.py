"""Parts of the organisation."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.catalogue import EnvironmentCreate, EnvironmentOut, EnvironmentUpdate
from app.services import organisation

router = protected_router("/environments", "organisation")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Keeper = Annotated[Actor, Depends(require(Permission.ENVIRONMENT_MANAGE))]


@router.get("")
async def list_environments(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    active: Annotated[bool | None, Query(description="Only those in use, or only others.")] = None,
) -> Page[EnvironmentOut]:
    """Environments, the default one first."""
    del actor
    rows, total = await organisation.list_environments(session, active=active, limit=page.limit, offset=page.offset)
    items = [EnvironmentOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/{environment_id}")
async def get_environment(environment_id: UUID, actor: Reader, session: ReadSession) -> EnvironmentOut:
    """One environment."""
    del actor
    found = await organisation.get_environment(session, environment_id)
    return EnvironmentOut.model_validate(await organisation.environment_facts(session, found))


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_environment(
    body: EnvironmentCreate, actor: Keeper, session: DbSession, response: Response, once: Once
) -> EnvironmentOut:
    """Add an environment."""
    known = await once.created_before(session)
    if known is None:
        environment = await organisation.create_environment(session, actor, body)
        await once.remember(session, environment.id)
    else:
        environment = await organisation.get_environment(session, known)
    response.headers["Location"] = f"/api/v1/environments/{environment.id}"
    return EnvironmentOut.model_validate(await organisation.environment_facts(session, environment))


@router.patch("/{environment_id}")
async def update_environment(
    environment_id: UUID, body: EnvironmentUpdate, actor: Keeper, session: DbSession
) -> EnvironmentOut:
    """Change an environment; platforms are replaced as a whole, and dated."""
    environment = await organisation.update_environment(session, actor, environment_id, body)
    return EnvironmentOut.model_validate(await organisation.environment_facts(session, environment))
