"""Coverage snapshots and their comparison."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.clock import now
from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.answers import CSV_ANSWER, csv_response
from app.routers.base import protected_router
from app.routers.reports import FirstDay, LastDay, period
from app.routers.snapshot_presenters import comparison_answer, comparison_table, snapshot_detail, snapshot_summary
from app.schemas.base import Page
from app.schemas.heatmap import DomainName
from app.schemas.snapshots import SnapshotComparison, SnapshotCreate, SnapshotDetail, SnapshotSummary
from app.services import snapshots

router = protected_router("/snapshots", "snapshots")
Keeper = Annotated[Actor, Depends(require(Permission.SNAPSHOT_MANAGE))]
MomentText = Annotated[
    str,
    Query(
        min_length=1,
        max_length=40,
        description="Id of a snapshot, an ISO date or time (the newest snapshot not after it), or `now`.",
    ),
]


@router.get("")
async def list_snapshots(
    _actor: Keeper,
    session: ReadSession,
    page: PageParams,
    domain: DomainName | None = None,
    trigger: Literal["manual", "schedule"] | None = None,
    first: FirstDay = None,
    last: LastDay = None,
    sort: Annotated[str, Query(pattern=r"^-?(taken_at|name)$", description="A leading minus turns it round.")] = (
        "-taken_at"
    ),
) -> Page[SnapshotSummary]:
    """Snapshots, newest first."""
    since, until = period(first, last)
    wanted = snapshots.SnapshotFilter(domain, trigger, since, until)
    rows, total = await snapshots.list_snapshots(session, wanted, sort=sort, limit=page.limit, offset=page.offset)
    items = [snapshot_summary(snapshot, taken_by) for snapshot, taken_by in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_snapshot(
    body: SnapshotCreate, actor: Keeper, session: DbSession, response: Response, once: Once
) -> SnapshotSummary:
    """Keep coverage as it stands now."""
    known = await once.created_before(session)
    if known is None:
        moment = now()
        name = body.name or f"Snapshot of {moment:%Y-%m-%d}"
        taken = await snapshots.take_snapshot(session, actor, now=moment, name=name, note=body.note, domain=body.domain)
        await once.remember(session, taken.id)
        known = taken.id
    snapshot, taken_by = await snapshots.get_snapshot(session, known)
    response.headers["Location"] = f"/api/v1/snapshots/{snapshot.id}"
    return snapshot_summary(snapshot, taken_by)


@router.get("/compare", response_model=SnapshotComparison, responses=CSV_ANSWER)
async def compare_snapshots(
    _actor: Keeper,
    session: ReadSession,
    base: MomentText,
    head: MomentText = "now",
    domain: Annotated[DomainName, Query(description="Of dates and of now; a snapshot given by id has its own.")] = (
        "enterprise"
    ),
    environment: Annotated[
        UUID | None, Query(description="Only what counts there. Default: all active environments together.")
    ] = None,
    include_unchanged: bool = False,
    format: Annotated[Literal["json", "csv"], Query(description="`csv` is a table of the techniques.")] = "json",  # noqa: A002  the contract's name
) -> Response | SnapshotComparison:
    """What improved, got worse, is new or gone between two moments, and why the scores moved."""
    compared = await snapshots.compare_moments(
        session, base=base, head=head, domain=domain, now=now(), environment_id=environment
    )
    if format == "csv":
        return csv_response(comparison_table(compared, include_unchanged=include_unchanged), "comparison.csv")
    return comparison_answer(compared, include_unchanged=include_unchanged)


@router.get("/{snapshot_id}")
async def get_snapshot(snapshot_id: UUID, _actor: Keeper, session: ReadSession) -> SnapshotDetail:
    """One snapshot with its tactics and techniques."""
    snapshot, taken_by = await snapshots.get_snapshot(session, snapshot_id)
    return snapshot_detail(snapshot, taken_by, await snapshots.techniques_of(session, snapshot_id))
