"""Where the defence fell short."""

from typing import Annotated

from fastapi import Depends

from app.clock import now
from app.dependencies import PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.routers.filters import Environment
from app.schemas.base import Page
from app.schemas.gaps import MissesByCause, QuickWin
from app.schemas.heatmap import DomainName
from app.services import gaps

router = protected_router("/metrics", "metrics")
Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]


@router.get("/misses-by-cause")
async def get_misses_by_cause(
    _actor: Reader, session: ReadSession, domain: DomainName = "enterprise", environment: Environment = None
) -> MissesByCause:
    """Current results below expectation by their primary cause, with who owns such gaps."""
    found = await gaps.misses_by_cause(session, domain=domain, environment_id=environment, now=now())
    return MissesByCause.model_validate(found)


@router.get("/quick-wins")
async def list_quick_wins(
    _actor: Reader,
    session: ReadSession,
    page: PageParams,
    domain: DomainName = "enterprise",
    environment: Environment = None,
) -> Page[QuickWin]:
    """Techniques that left telemetry and no alert: what matters to the threat profile first, then by gain."""
    rows, total = await gaps.quick_wins(
        session, domain=domain, environment_id=environment, now=now(), limit=page.limit, offset=page.offset
    )
    items = [QuickWin.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)
