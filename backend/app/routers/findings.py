"""Findings: gaps, what is done about them, and what proves that it helped."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.dependencies import AppSettings, DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.models.findings import Finding
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response
from app.routers.base import protected_router
from app.routers.filters import DayOrMoment, PlatformNames, beginning_of, end_of
from app.routers.finding_presenters import event_out, finding_detail, finding_summary, findings_table, step_out
from app.schemas.base import Page
from app.schemas.findings import (
    FindingCreate,
    FindingDetail,
    FindingEventOut,
    FindingStatus,
    FindingSummary,
    FindingUpdate,
    MergeInput,
    OwnersOut,
    OwnersUpdate,
    ResultsInput,
    RiskInput,
    SeverityLevel,
    StepCreate,
    StepOut,
    StepUpdate,
)
from app.schemas.security_tests import MissCause, ReasonInput
from app.services.findings import commands, listing, owners, reading, risk, steps

router = protected_router("/findings", "findings")
of_tests = protected_router("/tests", "findings")

Reader = Annotated[Actor, Depends(require(Permission.TEST_READ))]
Lead = Annotated[Actor, Depends(require(Permission.FINDING_MANAGE))]
Worker = Annotated[Actor, Depends(require(Permission.FINDING_WORK))]
Texts = Annotated[list[Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]], Query(max_length=50)]
SortKey = Annotated[
    str,
    Query(
        pattern=r"^-?(" + "|".join(listing.SORT_KEYS) + r")$",
        description="Order of the list; a leading minus turns it round.",
    ),
]


async def _whole(session: AsyncSession, actor: Actor, finding: Finding, settings: Settings) -> FindingDetail:
    loaded = await reading.load(session, actor, finding)
    return finding_detail(loaded, actor, retest_limit=settings.max_retest_count)


@router.get("", response_model=Page[FindingSummary], responses=CSV_ANSWER)
async def list_findings(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    status: Annotated[list[FindingStatus], Query(max_length=10)] = [],  # noqa: B006  FastAPI copies defaults
    open: Annotated[bool | None, Query(description="Only those that are not closed, or only closed ones.")] = None,  # noqa: A002
    cause: Annotated[list[MissCause], Query(max_length=20)] = [],  # noqa: B006
    severity: Annotated[list[SeverityLevel], Query(max_length=10)] = [],  # noqa: B006
    environment: UUID | None = None,
    platform: PlatformNames = [],  # noqa: B006
    technique: Texts = [],  # noqa: B006
    test: Annotated[UUID | None, Query(description="A result that shows it, or a retest of one.")] = None,
    owner: UUID | None = None,
    assignee: Annotated[UUID | None, Query(description="Somebody with an open step.")] = None,
    mine: Annotated[bool, Query(description="Mine to own, or with an open step of mine.")] = False,
    waiting_for: Annotated[
        Literal["me"] | None, Query(description="With an open step of mine, or a risk whose acceptance I may confirm.")
    ] = None,
    overdue: bool = False,
    proven_from: Annotated[
        DayOrMoment | None, Query(description="Proven closed by a retest that ran on this day or later.")
    ] = None,
    proven_to: Annotated[
        DayOrMoment | None, Query(description="By one that ran on this day at the latest, or before this moment.")
    ] = None,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$", description="Title, number or ticket.")] = "",
    sort: SortKey = "-opened_at",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives the first 50,000 as a table.")] = "json",  # noqa: A002  the contract's name
) -> Response | Page[FindingSummary]:
    """Findings, newest first."""
    wanted = listing.FindingFilter(
        statuses=status,
        open=open,
        causes=cause,
        severities=severity,
        environment_id=environment,
        platforms=platform,
        techniques=technique,
        test_id=test,
        owner_id=owner,
        assignee_id=assignee,
        mine=mine,
        waiting_for_me=waiting_for == "me",
        overdue=overdue,
        proven_from=beginning_of(proven_from),
        proven_to=end_of(proven_to),
        q=q,
    )
    if format == "csv":
        rows, _ = await listing.list_findings(session, actor, wanted, sort=sort, limit=CSV_ROWS, offset=0)
        return csv_response(findings_table(rows), "findings.csv")
    rows, total = await listing.list_findings(session, actor, wanted, sort=sort, limit=page.limit, offset=page.offset)
    items = [finding_summary(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_finding(
    body: FindingCreate, response: Response, actor: Lead, session: DbSession, settings: AppSettings, once: Once
) -> FindingDetail:
    """Open a finding on confirmed results below expectation."""
    known = await once.created_before(session)
    if known is None:
        finding = await commands.create_finding(session, actor, body, settings.max_retest_count)
        await once.remember(session, finding.id)
    else:
        finding = await reading.get_finding(session, known)
    response.headers["Location"] = f"/api/v1/findings/{finding.id}"
    return await _whole(session, actor, finding, settings)


@router.get("/owners")
async def get_finding_owners(actor: Reader, session: ReadSession) -> OwnersOut:
    """Who owns a gap, by its cause."""
    del actor
    return OwnersOut(owners=await owners.owners(session))


@router.put("/owners")
async def put_finding_owners(body: OwnersUpdate, actor: Lead, session: DbSession) -> OwnersOut:
    """Name the owners of causes from now on."""
    named = {str(cause): owner for cause, owner in body.owners.items()}
    return OwnersOut(owners=await owners.set_owners(session, actor, named, body.reason))


@router.get("/{finding_id}")
async def get_finding(finding_id: UUID, actor: Reader, session: ReadSession, settings: AppSettings) -> FindingDetail:
    """One finding, whole."""
    return await _whole(session, actor, await reading.get_finding(session, finding_id), settings)


@router.patch("/{finding_id}")
async def update_finding(
    finding_id: UUID, body: FindingUpdate, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """Change what is said of a finding."""
    return await _whole(session, actor, await commands.update_finding(session, actor, finding_id, body), settings)


@router.get("/{finding_id}/timeline")
async def list_finding_events(
    finding_id: UUID, actor: Reader, session: ReadSession, page: PageParams
) -> Page[FindingEventOut]:
    """Everything that happened to a finding, oldest first."""
    del actor
    rows, total = await reading.list_events(session, finding_id, limit=page.limit, offset=page.offset)
    return Page(items=[event_out(row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.get("/{finding_id}/steps")
async def list_finding_steps(finding_id: UUID, actor: Reader, session: ReadSession, page: PageParams) -> Page[StepOut]:
    """What is to be done about a finding, by number."""
    loaded = await reading.load(session, actor, await reading.get_finding(session, finding_id))
    shown = loaded.steps[page.offset : page.offset + page.limit]
    items = [step_out(step, loaded, actor) for step in shown]
    return Page(items=items, total=len(loaded.steps), limit=page.limit, offset=page.offset)


@router.post("/{finding_id}/steps", status_code=status.HTTP_201_CREATED)
async def create_finding_step(
    finding_id: UUID,
    body: StepCreate,
    response: Response,
    actor: Lead,
    session: DbSession,
    settings: AppSettings,
    once: Once,
) -> StepOut:
    """Plan a step."""
    known = await once.created_before(session)
    if known is None:
        step = await steps.add_step(session, actor, finding_id, body, settings.max_retest_count)
        await once.remember(session, step.id)
        known = step.id
    response.headers["Location"] = f"/api/v1/findings/{finding_id}/steps/{known}"
    return await _step(session, actor, finding_id, known)


@router.patch("/{finding_id}/steps/{step_id}")
async def update_finding_step(
    finding_id: UUID, step_id: UUID, body: StepUpdate, actor: Worker, session: DbSession, settings: AppSettings
) -> StepOut:
    """Change a step; the last one that is done drafts the retests."""
    await steps.update_step(session, actor, finding_id, step_id, body=body, max_retests=settings.max_retest_count)
    return await _step(session, actor, finding_id, step_id)


async def _step(session: AsyncSession, actor: Actor, finding_id: UUID, step_id: UUID) -> StepOut:
    loaded = await reading.load(session, actor, await reading.get_finding(session, finding_id))
    return step_out(await steps.get_step(session, finding_id, step_id), loaded, actor)


@router.post("/{finding_id}/results")
async def add_finding_results(
    finding_id: UUID, body: ResultsInput, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """Move results below expectation into this finding."""
    finding = await commands.add_results(session, actor, finding_id, body.test_ids, settings.max_retest_count)
    return await _whole(session, actor, finding, settings)


@router.post("/{finding_id}/merge")
async def merge_findings(
    finding_id: UUID, body: MergeInput, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """Take over another finding's results, retests and steps."""
    finding = await commands.merge_findings(session, actor, finding_id, body.finding_id, settings.max_retest_count)
    return await _whole(session, actor, finding, settings)


@router.post("/{finding_id}/accept-risk")
async def accept_finding_risk(
    finding_id: UUID, body: RiskInput, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """Ask for the acceptance of the risk, or confirm or refuse it as the second person."""
    finding = await risk.accept_risk(session, actor, finding_id, body, settings.max_retest_count)
    return await _whole(session, actor, finding, settings)


@router.post("/{finding_id}/end-acceptance")
async def end_risk_acceptance(
    finding_id: UUID, body: ReasonInput, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """End what is accepted before its time."""
    finding = await risk.end_acceptance(session, actor, finding_id, body.reason, settings.max_retest_count)
    return await _whole(session, actor, finding, settings)


@router.post("/{finding_id}/close")
async def close_finding(
    finding_id: UUID, body: ReasonInput, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """Close without proof."""
    return await _whole(session, actor, await commands.close_finding(session, actor, finding_id, body.reason), settings)


@router.post("/{finding_id}/reopen")
async def reopen_finding(
    finding_id: UUID, body: ReasonInput, actor: Lead, session: DbSession, settings: AppSettings
) -> FindingDetail:
    """Take back that it was closed without proof."""
    finding = await commands.reopen_finding(session, actor, finding_id, body.reason, settings.max_retest_count)
    return await _whole(session, actor, finding, settings)


@of_tests.get("/{test_id}/remediation")
async def list_test_remediation(
    test_id: UUID, actor: Reader, session: ReadSession, settings: AppSettings, page: PageParams
) -> Page[FindingDetail]:
    """The findings that a test shows or repeats, with their steps and retests."""
    found, total = await reading.findings_of_test(session, actor, test_id, limit=page.limit, offset=page.offset)
    items = [finding_detail(loaded, actor, retest_limit=settings.max_retest_count) for loaded in found]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)
