"""The state of the installation, and short ways to start its work."""

from typing import Annotated

from fastapi import Depends, Response, status

from app.dependencies import AppSettings, DbSession, ReadSession, require
from app.domain.actor import Actor
from app.domain.content import ATOMIC_SOURCE, ATTACK_SOURCE
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.routers.imports import Imports
from app.schemas.content import AttackState, Banner, SyncRequest, SyncRunStarted, SystemStatus
from app.services import system_status
from app.services.content import sources

router = protected_router("/system", "system")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Keeper = Annotated[Actor, Depends(require(Permission.CONTENT_MANAGE))]


@router.get("/status")
async def get_system_status(actor: Reader, session: ReadSession, settings: AppSettings) -> SystemStatus:
    """What is loaded, and what everybody should know."""
    del actor
    state = await system_status.read_status(session, settings)
    return SystemStatus(
        version=system_status.VERSION,
        environment=settings.environment,
        four_eyes=settings.four_eyes,
        attack=[AttackState.model_validate(part) for part in state.attack],
        importing=state.importing,
        demo=state.demo,
        banners=[Banner.model_validate(banner) for banner in state.banners],
    )


@router.post("/sync-mitre", status_code=status.HTTP_202_ACCEPTED)
async def sync_mitre(
    actor: Keeper, session: DbSession, imports: Imports, response: Response, body: SyncRequest | None = None
) -> SyncRunStarted:
    """Fetch and import ATT&CK in the background."""
    return await _sync(ATTACK_SOURCE, actor, session, imports, response, body)


@router.post("/import-atomic-red-team", status_code=status.HTTP_202_ACCEPTED)
async def import_atomic_red_team(
    actor: Keeper, session: DbSession, imports: Imports, response: Response, body: SyncRequest | None = None
) -> SyncRunStarted:
    """Fetch and import Atomic Red Team in the background."""
    return await _sync(ATOMIC_SOURCE, actor, session, imports, response, body)


async def _sync(
    name: str, actor: Actor, session: DbSession, imports: Imports, response: Response, body: SyncRequest | None
) -> SyncRunStarted:
    wish = body or SyncRequest()
    run = await sources.request_sync(
        session, actor, name, domains=wish.domains, way=wish.way, force=wish.force, preview=wish.dry_run
    )
    imports.kick_after_commit(session)
    response.headers["Location"] = f"/api/v1/data-sources/runs/{run.id}"
    return SyncRunStarted.model_validate(run)
