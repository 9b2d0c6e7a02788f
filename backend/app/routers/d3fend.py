"""D3FEND's countermeasures."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response

from app.clock import now
from app.dependencies import DbSession, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response, model_table
from app.routers.base import protected_router
from app.routers.filters import Environment
from app.schemas.base import Page
from app.schemas.defence import (
    CountermeasureDetail,
    CountermeasureGainDetail,
    CountermeasureGains,
    CountermeasureOut,
    CountermeasureStatusChange,
    CountermeasureTactic,
    CountermeasureWord,
)
from app.services import countermeasure_gains, countermeasures

router = protected_router("/d3fend", "D3FEND")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Decider = Annotated[Actor, Depends(require(Permission.COUNTERMEASURE_DECIDE))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Texts = Annotated[list[Text], Query(max_length=50)]
Identifier = Annotated[str, Path(max_length=40, description="D3FEND id such as `D3-FA`, or our id.")]


@router.get("/techniques", response_model=Page[CountermeasureOut], responses=CSV_ANSWER)
async def list_countermeasures(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    tactic: Texts = [],  # noqa: B006  FastAPI copies defaults
    status: Annotated[list[CountermeasureWord], Query(max_length=3)] = [],  # noqa: B006
    technique: Annotated[Texts, Query(description="ATT&CK ids, as written or as they are now.")] = [],  # noqa: B006
    include_subtechniques: bool = False,
    q: Text = "",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives all of them as a table.")] = "json",  # noqa: A002  the contract's name
) -> Page[CountermeasureOut] | Response:
    """Countermeasures in the order of D3FEND's matrix."""
    del actor
    wanted = countermeasures.CountermeasureFilter(
        tactics=tactic,
        statuses=status,
        techniques=technique,
        include_subtechniques=include_subtechniques,
        q=q.strip(),
    )
    table = format == "csv"
    limit, offset = (CSV_ROWS, 0) if table else (page.limit, page.offset)
    rows, total = await countermeasures.list_countermeasures(session, wanted, limit=limit, offset=offset)
    items = [CountermeasureOut.model_validate(row) for row in rows]
    if table:
        return csv_response(model_table(items, CountermeasureOut), "countermeasures.csv")
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/tactics")
async def list_countermeasure_tactics(actor: Reader, session: ReadSession) -> Page[CountermeasureTactic]:
    """D3FEND's tactics with how much of each we have."""
    del actor
    items = [CountermeasureTactic.model_validate(row) for row in await countermeasures.list_tactics(session)]
    return Page(items=items, total=len(items), limit=max(len(items), 1), offset=0)


@router.get("/gains")
async def list_countermeasure_gains(
    actor: Reader, session: ReadSession, environment: Environment = None
) -> CountermeasureGains:
    """What each countermeasure that we lack would add to the score of everything in scope, if it were implemented."""
    del actor
    found = await countermeasure_gains.list_gains(session, environment_id=environment, now=now())
    number = len(found["items"])
    page = {"total": number, "limit": max(number, 1), "offset": 0}
    return CountermeasureGains.model_validate({**found, **page})


@router.get("/techniques/{identifier}/gain")
async def get_countermeasure_gain(
    identifier: Identifier, actor: Reader, session: ReadSession, environment: Environment = None
) -> CountermeasureGainDetail:
    """What implementing one countermeasure would change. One that is implemented has nothing to gain: 404."""
    del actor
    found = await countermeasure_gains.one_gain(session, identifier, environment_id=environment, now=now())
    return CountermeasureGainDetail.model_validate(found)


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
