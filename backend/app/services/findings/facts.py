"""Loading a finding for change, and reading what its status follows from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.findings import FindingFacts, Gap, RowFacts, Status, StepStatus
from app.domain.outcomes import Detection, meets
from app.domain.states import State
from app.errors import NotFound
from app.models.findings import Finding, FindingResult, FindingRetest, FindingStep, RiskAcceptance
from app.models.organisation import Approval
from app.models.security_test import SecurityTest, TestRound

GapKey = tuple[UUID, str, str | None, UUID]


@dataclass(frozen=True, slots=True)
class Failure:
    """A result that shows the finding."""

    test: SecurityTest
    round: TestRound
    is_retest: bool

    @property
    def order(self) -> tuple[datetime, datetime]:
        """By execution, then by decision."""
        return _order(self.test, self.round)


@dataclass(frozen=True, slots=True)
class Repetition:
    """A retest, at whatever state."""

    test: SecurityTest
    round: TestRound
    origin_id: UUID

    @property
    def conclusive(self) -> bool:
        """Whether it was confirmed and proved something."""
        return (
            self.test.state == State.VALIDATED
            and self.test.annulled_at is None
            and self.round.detection not in {None, Detection.INCONCLUSIVE}
        )

    @property
    def proves(self) -> bool:
        """Whether it shows the gap closed."""
        return self.conclusive and met_expectation(self.round)

    @property
    def open(self) -> bool:
        """Whether it is still to be decided."""
        return self.test.state != State.VALIDATED and self.test.archived_at is None


def met_expectation(round_: TestRound) -> bool:
    """Whether a decided round met what was expected when it was decided. Inconclusive never does."""
    return (
        round_.detection is not None
        and round_.expected_at_decision is not None
        and meets(Detection(round_.detection), round_.expected_at_decision)
    )


def failed_expectation(round_: TestRound) -> bool:
    """Whether a decided round proved less than what was expected."""
    return round_.detection not in {None, Detection.INCONCLUSIVE} and not met_expectation(round_)


def key_of(test: SecurityTest) -> GapKey:
    """What a retest has to have in common with the result it repeats."""
    return (test.technique_id, test.procedure_key, test.platform, test.environment_id)


async def lock_finding(session: AsyncSession, finding_id: UUID) -> Finding:
    """The finding as it is now, locked until the transaction ends. Raises NotFound."""
    finding = await session.scalar(
        select(Finding)
        .where(Finding.id == finding_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if finding is None:
        raise NotFound("finding_not_found", "There is no such finding.")
    return finding


async def failures_of(session: AsyncSession, finding_id: UUID) -> list[Failure]:
    """The results that show the finding, annulled ones left out, oldest execution first."""
    rows = await session.execute(
        select(SecurityTest, TestRound, FindingRetest.test_id.is_not(None))
        .join(FindingResult, FindingResult.test_id == SecurityTest.id)
        .join(TestRound, TestRound.id == FindingResult.round_id)
        .outerjoin(
            FindingRetest,
            and_(FindingRetest.test_id == SecurityTest.id, FindingRetest.finding_id == FindingResult.finding_id),
        )
        .where(FindingResult.finding_id == finding_id, SecurityTest.annulled_at.is_(None))
    )
    return sorted((Failure(*row) for row in rows), key=lambda failure: failure.order)


async def repetitions_of(session: AsyncSession, finding_id: UUID) -> list[Repetition]:
    """The retests of the finding's results, deleted ones left out."""
    rows = await session.execute(
        select(SecurityTest, TestRound, FindingRetest.origin_id)
        .join(FindingRetest, FindingRetest.test_id == SecurityTest.id)
        .join(TestRound, and_(TestRound.test_id == SecurityTest.id, TestRound.no == SecurityTest.current_round))
        .where(FindingRetest.finding_id == finding_id, SecurityTest.deleted_at.is_(None))
    )
    return [Repetition(*row) for row in rows]


async def steps_of(session: AsyncSession, finding_id: UUID) -> Sequence[FindingStep]:
    """The finding's steps, by number."""
    rows = await session.scalars(
        select(FindingStep).where(FindingStep.finding_id == finding_id).order_by(FindingStep.no)
    )
    return rows.all()


async def acceptances_of(session: AsyncSession, finding_id: UUID) -> Sequence[RiskAcceptance]:
    """All acceptances, newest first."""
    rows = await session.scalars(
        select(RiskAcceptance)
        .where(RiskAcceptance.finding_id == finding_id)
        .order_by(RiskAcceptance.valid_from.desc(), RiskAcceptance.id.desc())
    )
    return rows.all()


def in_force(acceptance: RiskAcceptance, moment: datetime) -> bool:
    """Whether the acceptance holds at a moment."""
    return acceptance.ended_at is None and acceptance.valid_from <= moment < acceptance.valid_until


def gaps_of(
    failures: Sequence[Failure], repetitions: Sequence[Repetition], acceptances: Sequence[RiskAcceptance]
) -> list[Gap]:
    """The failing procedures behind a finding, in the order in which rows are to be locked."""
    places = {a.environment_id for a in acceptances if in_force(a, now())}
    repeated: dict[GapKey, list[Repetition]] = defaultdict(list)
    for repetition in repetitions:
        repeated[key_of(repetition.test)].append(repetition)
    newest: dict[GapKey, Failure] = {}
    failed_at: dict[GapKey, datetime] = {}
    for failure in failures:
        key = key_of(failure.test)
        newest[key] = failure
        # What was done before a retest was planned did not help: the retest shows it, whenever it was run.
        shown = max(failure.order[0], failure.test.created_at) if failure.is_retest else failure.order[0]
        failed_at[key] = max(shown, failed_at.get(key, shown))
    found = []
    for key, failure in newest.items():
        retests = repeated[key]
        proofs = [r.round.first_executed_at for r in retests if r.proves and _order(r.test, r.round) > failure.order]
        found.append(
            Gap(
                key=key,
                origin=failure.test.id,
                failed_at=failed_at[key],
                proven_at=min((at for at in proofs if at is not None), default=None),
                automatic_conclusive=sum(r.conclusive and r.test.automatic for r in retests),
                retest_open=any(r.open for r in retests),
                accepted=bool(places & {None, key[3]}),
            )
        )
    return sorted(found, key=lambda gap: (gap.key[0], gap.key[3], gap.key[1], gap.key[2] or ""))


async def read_facts(session: AsyncSession, finding: Finding, max_retests: int) -> FindingFacts:
    """What the finding's status follows from, in four queries."""
    await session.flush()  # what this transaction changed counts
    failures = await failures_of(session, finding.id)
    repetitions = await repetitions_of(session, finding.id)
    steps = await steps_of(session, finding.id)
    return FindingFacts(
        gaps=gaps_of(failures, repetitions, await acceptances_of(session, finding.id)),
        steps=[(StepStatus(step.status), step.done_at) for step in steps],
        max_retests=max_retests,
        closed_by_hand=finding.status == Status.CLOSED_UNPROVEN,
    )


async def pending_request(session: AsyncSession, finding_id: UUID, *, for_update: bool = False) -> Approval | None:
    """The request to accept the risk that waits for its second person."""
    query = select(Approval).where(
        Approval.kind == "risk_acceptance",
        Approval.subject_id == finding_id,
        Approval.decision.is_(None),
        Approval.expires_at > now(),
    )
    found: Approval | None = await session.scalar(query.with_for_update() if for_update else query)
    return found


def row_facts(finding: Finding, request: Approval | None, acceptances: Sequence[RiskAcceptance]) -> RowFacts:
    """What the rules of who may do what need to know."""
    return RowFacts(
        status=Status(finding.status),
        merged=finding.merged_into_id is not None,
        requested_by=request.requested_by_id if request else None,
        requested_as=str(request.details.get("role")) if request else None,
        accepted=any(in_force(a, now()) for a in acceptances),
    )


async def read_row_facts(session: AsyncSession, finding: Finding) -> RowFacts:
    """The same, read from the database."""
    return row_facts(finding, await pending_request(session, finding.id), await acceptances_of(session, finding.id))


def _order(test: SecurityTest, round_: TestRound) -> tuple[datetime, datetime]:
    executed = round_.first_executed_at or test.created_at
    return executed, round_.decided_at or executed
