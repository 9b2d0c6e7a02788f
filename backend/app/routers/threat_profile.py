"""The threat profile."""

from typing import Annotated

from fastapi import Depends, Query

from app.dependencies import MAX_PAGE, DbSession, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.scores import ThreatProfileChange, ThreatProfileEntryOut
from app.services import threat_profile

router = protected_router("/threat-profile", "scores")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Decider = Annotated[Actor, Depends(require(Permission.THREAT_PROFILE_DECIDE))]


@router.get("")
async def get_threat_profile(
    _actor: Reader,
    session: ReadSession,
    page: PageParams,
    history: Annotated[bool, Query(description="Also what ended, newest first.")] = False,
) -> Page[ThreatProfileEntryOut]:
    """Which actors and techniques matter to us, the most important first."""
    rows, total = await threat_profile.list_profile(session, history=history, limit=page.limit, offset=page.offset)
    items = [ThreatProfileEntryOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.put("")
async def set_threat_profile(
    body: ThreatProfileChange, actor: Decider, session: DbSession
) -> Page[ThreatProfileEntryOut]:
    """Make this the whole profile from now on: what is not named ends, what stands already keeps its date."""
    await threat_profile.set_profile(session, actor, body.items, reason=body.reason)
    rows, total = await threat_profile.list_profile(session, history=False, limit=MAX_PAGE, offset=0)
    items = [ThreatProfileEntryOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=MAX_PAGE, offset=0)
