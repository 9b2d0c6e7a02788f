"""Deputies of leads."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.deputies import DeputyCreate, DeputyOutput
from app.schemas.security_test_views import PersonRef
from app.services import deputies
from app.services.deputies import NamedDeputy

router = protected_router("/deputies", "users")
Reader = Annotated[Actor, Depends(require(Permission.TEST_READ))]
Judge = Annotated[Actor, Depends(require(Permission.TEST_VOTE))]


def _shown(named: NamedDeputy) -> DeputyOutput:
    row = named.row
    return DeputyOutput(
        id=row.id,
        lead=PersonRef.model_validate(named.lead),
        deputy=PersonRef.model_validate(named.deputy),
        side="red" if row.side == "red" else "blue",
        created_at=row.created_at,
        until=row.until,
        reason=row.reason,
        ended_at=row.ended_at,
        active=named.active,
    )


@router.get("")
async def list_deputies(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    active: Annotated[bool | None, Query(description="Only those who may vote now, or only those who may not.")] = None,
) -> Page[DeputyOutput]:
    """Who votes, or voted, in a lead's place; newest first."""
    del actor
    rows, total = await deputies.list_deputies(session, active=active, limit=page.limit, offset=page.offset)
    return Page(items=[_shown(row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.post("", status_code=status.HTTP_201_CREATED)
async def name_deputy(
    body: DeputyCreate, actor: Judge, session: DbSession, response: Response, once: Once
) -> DeputyOutput:
    """Let somebody vote in one's place until a date; a lead has one deputy at a time."""

    async def create() -> UUID:
        return (await deputies.name_deputy(session, actor, body)).row.id

    [named], _ = await deputies.list_deputies(session, deputy_id=await once.once(session, create))
    response.headers["Location"] = f"/api/v1/deputies/{named.row.id}"
    return _shown(named)


@router.delete("/{deputy_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_deputy(deputy_id: UUID, actor: Judge, session: DbSession) -> None:
    """End it before its time: the lead, the deputy, or an administrator."""
    await deputies.end_deputy(session, actor, deputy_id)
