"""Reading a finding whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.domain.blindness import Sight
from app.domain.findings import Gap, RowFacts
from app.errors import NotFound
from app.models.findings import Finding, FindingEvent, FindingStep, RiskAcceptance
from app.models.knowledge import Technique
from app.models.organisation import Approval, Environment
from app.services.findings.facts import (
    Failure,
    Repetition,
    acceptances_of,
    failures_of,
    gaps_of,
    key_of,
    pending_request,
    repetitions_of,
    row_facts,
    steps_of,
)
from app.services.findings.links import holds_test
from app.services.findings.listing import FindingRow, load_rows
from app.services.validation.access import get_visible, sight
from app.services.validation.aggregate import Person, load_people


@dataclass(frozen=True, slots=True)
class LoadedFinding:
    """A finding with everything below it, as one reader may see it."""

    row: FindingRow
    failures: Sequence[Failure]
    gaps: dict[tuple[UUID, str, str | None, UUID], Gap]
    retests: Sequence[Repetition]
    steps: Sequence[FindingStep]
    acceptances: Sequence[RiskAcceptance]
    request: Approval | None
    facts: RowFacts
    merged_into: Finding | None
    people: dict[UUID, Person]
    techniques: dict[UUID, Technique]
    environments: dict[UUID, Environment]


async def get_finding(session: AsyncSession, finding_id: UUID) -> Finding:
    """Raise NotFound for an unknown finding."""
    finding = await session.get(Finding, finding_id)
    if finding is None:
        raise NotFound("finding_not_found", "There is no such finding.")
    return finding


async def load(session: AsyncSession, actor: Actor, finding: Finding) -> LoadedFinding:
    """This finding, whole, in a fixed number of queries."""
    await session.flush()  # what this transaction changed is part of the answer
    [row] = await load_rows(session, [finding])
    failures = await failures_of(session, finding.id)
    repetitions = await repetitions_of(session, finding.id)
    acceptances = await acceptances_of(session, finding.id)
    steps = await steps_of(session, finding.id)
    request = await pending_request(session, finding.id)
    merged = await session.get(Finding, finding.merged_into_id) if finding.merged_into_id else None
    ids = [finding.opened_by_id, finding.closed_by_id, request.requested_by_id if request else None]
    ids += [i for s in steps for i in (s.assignee_id, s.created_by_id, s.done_by_id)]
    ids += [i for a in acceptances for i in (a.requested_by_id, a.confirmed_by_id)]
    techniques = await session.scalars(
        select(Technique).where(Technique.id.in_({f.test.technique_id for f in failures}))
    )
    return LoadedFinding(
        row=row,
        failures=failures,
        gaps={gap.key: gap for gap in gaps_of(failures, repetitions, acceptances)},
        retests=sorted(
            (r for r in repetitions if sight(actor, r.test) is Sight.FULL),
            key=lambda r: (r.test.created_at, r.test.id),
        ),
        steps=steps,
        acceptances=acceptances,
        request=request,
        facts=row_facts(finding, request, acceptances),
        merged_into=merged,
        people=await load_people(session, ids),
        techniques={technique.id: technique for technique in techniques},
        environments={row.id: row for row in await session.scalars(select(Environment))},
    )


def gap_of(loaded: LoadedFinding, failure: Failure) -> Gap:
    """How the procedure stands that a result shows."""
    return loaded.gaps[key_of(failure.test)]


async def findings_of_test(
    session: AsyncSession, actor: Actor, test_id: UUID, *, limit: int, offset: int
) -> tuple[list[LoadedFinding], int]:
    """The findings that a test shows or repeats: (page, total). Raises NotFound.

    A masked test has none: they would say what it is about.
    """
    test = await get_visible(session, actor, test_id)
    if sight(actor, test) is Sight.MASKED:
        return [], 0
    total = await session.scalar(select(func.count()).select_from(Finding).where(holds_test(test.id)))
    found = await session.scalars(
        select(Finding).where(holds_test(test.id)).order_by(Finding.opened_at, Finding.id).limit(limit).offset(offset)
    )
    return [await load(session, actor, finding) for finding in found.all()], total or 0


async def list_events(
    session: AsyncSession, finding_id: UUID, *, limit: int, offset: int
) -> tuple[Sequence[FindingEvent], int]:
    """A finding's history, oldest first: (page, total). Raises NotFound."""
    finding = await get_finding(session, finding_id)
    condition = FindingEvent.finding_id == finding.id
    total = await session.scalar(select(func.count()).select_from(FindingEvent).where(condition))
    rows = await session.scalars(
        select(FindingEvent).where(condition).order_by(FindingEvent.at, FindingEvent.id).limit(limit).offset(offset)
    )
    return rows.all(), total or 0
