"""D3FEND's countermeasures."""

from typing import Annotated

from fastapi import Depends, Path, Query

from app.dependencies import DbSession, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.defence import (
    CountermeasureDetail,
    CountermeasureOut,
    CountermeasureStatusChange,
    CountermeasureTactic,
    CountermeasureWord,
)
from app.services import countermeasures

router = protected_router("/d3fend", "D3FEND")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Decider = Annotated[Actor, Depends(require(Permission.COUNTERMEASURE_DECIDE))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Texts = Annotated[list[Text], Query(max_length=50)]
Identifier = Annotated[str, Path(max_length=40, description="D3FEND id such as `D3-FA`, or our id.")]


@router.get("/techniques")
async def list_countermeasures(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    tactic: Texts = [],  # noqa: B006  FastAPI copies defaults
    status: Annotated[list[CountermeasureWord], Query(max_length=3)] = [],  # noqa: B006
    technique: Annotated[Texts, Query(description="ATT&CK ids, as written or as they are now.")] = [],  # noqa: B006
    include_subtechniques: bool = False,
    q: Text = "",
) -> Page[CountermeasureOut]:
    """Countermeasures in the order of D3FEND's matrix."""
    del actor
    wanted = countermeasures.CountermeasureFilter(
        tactics=tactic,
        statuses=status,
        techniques=technique,
        include_subtechniques=include_subtechniques,
        q=q.strip(),
    )
    rows, total = await countermeasures.list_countermeasures(session, wanted, limit=page.limit, offset=page.offset)
    items = [CountermeasureOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/tactics")
async def list_countermeasure_tactics(actor: Reader, session: ReadSession) -> Page[CountermeasureTactic]:
    """D3FEND's tactics with how much of each we have."""
    del actor
    items = [CountermeasureTactic.model_validate(row) for row in await countermeasures.list_tactics(session)]
    return Page(items=items, total=len(items), limit=max(len(items), 1), offset=0)


@router.get("/techniques/{identifier}")
async def get_countermeasure(identifier: Identifier, actor: Reader, session: ReadSession) -> CountermeasureDetail:
    """One countermeasure with its techniques and every decision about it."""
    del actor
    return CountermeasureDetail.model_validate(await countermeasures.countermeasure_detail(session, identifier))


@router.put("/techniques/{identifier}/status")
async def set_countermeasure_status(
    identifier: Identifier, body: CountermeasureStatusChange, actor: Decider, session: DbSession
) -> CountermeasureDetail:
    """Say whether we have a countermeasure, from now on."""
    await countermeasures.set_status(session, actor, identifier, status=body.status, reason=body.reason)
    return CountermeasureDetail.model_validate(await countermeasures.countermeasure_detail(session, identifier))
