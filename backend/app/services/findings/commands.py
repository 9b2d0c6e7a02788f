"""What leads do with findings: open, edit, close, reopen, split and merge."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.findings import CAUSE_TITLES, OPEN, Action, Status, ensure, severity_of
from app.domain.permissions import Role
from app.domain.states import State
from app.errors import Conflict, FieldError, Invalid
from app.ids import new_id
from app.models.findings import Finding, FindingResult, FindingRetest, FindingStep
from app.models.identity import UserAccount
from app.models.organisation import Approval
from app.models.security_test import SecurityTest, TestRound
from app.schemas.findings import FindingCreate, FindingUpdate
from app.services.findings.effects import end_acceptances, move, note, number_of, settle, tell
from app.services.findings.facts import failed_expectation, lock_finding, read_row_facts
from app.services.findings.opening import UNKNOWN_CAUSE, add_finding, tool_of
from app.services.findings.owners import owner_of
from app.services.findings.retesting import take_back_drafts
from app.services.validation.access import visible_to
from app.services.validation.effects import check_version

Miss = tuple[SecurityTest, TestRound]


async def lock_for(session: AsyncSession, actor: Actor, finding_id: UUID, action: Action) -> Finding:
    """Lock the finding and make sure that the actor may do this now. Raises NotFound, Forbidden, Conflict."""
    finding = await lock_finding(session, finding_id)
    ensure(action, actor, await read_row_facts(session, finding))
    return finding


async def person(session: AsyncSession, user_id: UUID | None, field: str) -> UserAccount | None:
    """An active person who can be given work on findings. Raises Invalid `not_assignable`."""
    if user_id is None:
        return None
    found = await session.scalar(select(UserAccount).where(UserAccount.id == user_id, UserAccount.is_active))
    if found is None or found.role == Role.VIEWER:
        message = "This needs an active person who is not only a viewer."
        raise Invalid("not_assignable", message, fields=[FieldError(field, message, "not_assignable")])
    return found


async def create_finding(session: AsyncSession, actor: Actor, body: FindingCreate, max_retests: int) -> Finding:
    """Open a finding on results below expectation; they leave the finding that they showed until now.

    Raises Invalid for a test that is no confirmed miss, Conflict `in_settled_finding`.
    """
    misses = await _misses(session, actor, body.test_ids)
    first = misses[0][1]
    cause = body.cause or first.miss_cause or UNKNOWN_CAUSE
    await person(session, body.owner_id, "owner_id")
    moment = now()
    finding = Finding(
        id=new_id(),
        title=body.title or CAUSE_TITLES[cause],
        description=body.description or "",
        cause=cause,
        tool_id=await tool_of(session, first.id),
        severity=body.severity or severity_of(first.detection or ""),
        owner=body.owner or await owner_of(session, cause),
        owner_id=body.owner_id,
        due_on=body.due_on,
        external_ticket=body.external_ticket,
        status=Status.OPEN,
        status_since=moment,
        version=1,
        opened_at=moment,
        opened_by_id=actor.user_id,
        updated_at=moment,
    )
    await add_finding(session, finding)
    note(session, actor, finding, "opened", details={"tests": len(misses)})
    await _take_over(session, actor, finding, misses, max_retests)
    return finding


async def add_results(
    session: AsyncSession, actor: Actor, finding_id: UUID, test_ids: Sequence[UUID], max_retests: int
) -> Finding:
    """Move results below expectation into this finding.

    Raises NotFound, Forbidden, InvalidTransition, Invalid, Conflict `in_settled_finding`.
    """
    misses = await _misses(session, actor, test_ids)
    givers = await session.scalars(select(FindingResult.finding_id).where(FindingResult.test_id.in_(test_ids)))
    for one in sorted({finding_id, *givers}):
        await lock_finding(session, one)
    finding = await lock_for(session, actor, finding_id, Action.EDIT)
    await _take_over(session, actor, finding, misses, max_retests)
    return finding


async def _misses(session: AsyncSession, actor: Actor, test_ids: Sequence[UUID]) -> list[Miss]:
    rows = await session.execute(
        select(SecurityTest, TestRound)
        .join(TestRound, (TestRound.test_id == SecurityTest.id) & (TestRound.no == SecurityTest.current_round))
        .where(visible_to(actor), SecurityTest.id.in_(test_ids))
    )
    found = {test.id: (test, round_) for test, round_ in rows}
    faults = []
    for index, test_id in enumerate(test_ids):
        if test_id not in found:
            faults.append(FieldError(f"test_ids.{index}", "there is no such test", "unknown_test"))
            continue
        test, round_ = found[test_id]
        if test.state != State.VALIDATED or test.annulled_at is not None or not failed_expectation(round_):
            message = "is not a confirmed result below expectation"
            faults.append(FieldError(f"test_ids.{index}", message, "not_a_miss"))
    if faults:
        raise Invalid("not_a_miss", "A finding rests on confirmed results below expectation.", fields=faults)
    return [found[test_id] for test_id in dict.fromkeys(test_ids)]


async def _take_over(
    session: AsyncSession, actor: Actor, finding: Finding, misses: Sequence[Miss], max_retests: int
) -> None:
    """Give the results and their retests to this finding, and bring the findings in line that lose them."""
    ids = [test.id for test, _ in misses]
    before = await session.execute(
        select(FindingResult.test_id, FindingResult.finding_id).where(FindingResult.test_id.in_(ids))
    )
    held_by: dict[UUID, UUID] = dict(before.all())
    givers = [await lock_finding(session, i) for i in sorted({*held_by.values()} - {finding.id})]
    if any(giver.status not in OPEN for giver in givers):
        raise Conflict("in_settled_finding", "A result belongs to a finding that is closed or accepted.")
    moment = now()
    for test, round_ in misses:
        if test.id not in held_by:
            session.add(
                FindingResult(
                    test_id=test.id,
                    finding_id=finding.id,
                    round_id=round_.id,
                    added_at=moment,
                    added_by_id=actor.user_id,
                )
            )
    await session.execute(
        update(FindingResult).where(FindingResult.test_id.in_(ids)).values(finding_id=finding.id, added_at=moment)
    )
    for giver in givers:
        await _move_retests(session, giver.id, finding.id, FindingRetest.origin_id.in_(ids))
        # The gap is as old as it is, whatever finding it is told in.
        finding.opened_at = min(finding.opened_at, giver.opened_at)
        note(session, actor, giver, "results_moved", details={"to": number_of(finding)})
        await settle(session, actor, giver, max_retests, reason=f"Its results went into {number_of(finding)}.")
        if giver.status == Status.CLOSED_UNPROVEN:
            giver.merged_into_id = finding.id
    note(session, actor, finding, "results_added", details={"tests": len(ids)})
    await settle(session, actor, finding, max_retests)


async def update_finding(session: AsyncSession, actor: Actor, finding_id: UUID, body: FindingUpdate) -> Finding:
    """Change what is said of a finding; absent fields stay. Another cause needs a reason.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `stale_version`, Invalid.
    """
    finding = await lock_for(session, actor, finding_id, Action.EDIT)
    check_version(body.version, finding.version)
    changes = body.model_dump(exclude_unset=True, exclude={"version", "reason"})
    missing = [name for name in ("title", "cause", "severity") if name in changes and changes[name] is None]
    if missing:
        faults = [FieldError(name, "must not be null", "required") for name in missing]
        raise Invalid("required", "A finding has a title, a cause and a severity.", fields=faults)
    if changes.get("cause", finding.cause) != finding.cause:
        if not body.reason:
            message = "Another cause needs a reason."
            raise Invalid("reason_required", message, fields=[FieldError("reason", message, "reason_required")])
        if "owner" not in changes and finding.owner == await owner_of(session, finding.cause):
            changes["owner"] = await owner_of(session, changes["cause"])
    if "owner_id" in changes:
        await person(session, changes["owner_id"], "owner_id")
    for name in ("description", "owner"):
        if name in changes:
            changes[name] = changes[name] or ""
    before = {name: _plain(getattr(finding, name)) for name in changes}
    for name, value in changes.items():
        setattr(finding, name, value)
    finding.version += 1
    after = {name: _plain(value) for name, value in changes.items()}
    note(session, actor, finding, "edited", reason=body.reason, before=before, after=after)
    if finding.owner_id is not None and str(finding.owner_id) != before.get("owner_id", str(finding.owner_id)):
        await tell(session, actor, finding, [finding.owner_id], title="is yours", once=f"owner:{finding.version}")
    return finding


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (str, int)) else str(value)


async def close_finding(session: AsyncSession, actor: Actor, finding_id: UUID, reason: str) -> Finding:
    """Close without proof, with the reason for it. Raises NotFound, Forbidden, InvalidTransition."""
    finding = await lock_for(session, actor, finding_id, Action.CLOSE)
    await _forget_request(session, finding.id)
    await take_back_drafts(session, finding.id)
    await move(session, actor, finding, Status.CLOSED_UNPROVEN, reason=reason)
    return finding


async def reopen_finding(
    session: AsyncSession, actor: Actor, finding_id: UUID, reason: str, max_retests: int
) -> Finding:
    """Take back that a finding was closed without proof. Raises NotFound, Forbidden, InvalidTransition."""
    finding = await lock_for(session, actor, finding_id, Action.REOPEN)
    await settle(session, actor, finding, max_retests, event="reopened", reason=reason, reopening=True)
    return finding


async def merge_findings(
    session: AsyncSession, actor: Actor, finding_id: UUID, other_id: UUID, max_retests: int
) -> Finding:
    """Take over another finding's results, retests and steps; the other one is closed and points here.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `same_finding`.
    """
    if finding_id == other_id:
        raise Conflict("same_finding", "A finding cannot be merged with itself.")
    for one in sorted((finding_id, other_id)):
        await lock_for(session, actor, one, Action.MERGE)
    finding, other = await lock_finding(session, finding_id), await lock_finding(session, other_id)
    last = await session.scalar(
        select(func.coalesce(func.max(FindingStep.no), 0)).where(FindingStep.finding_id == finding.id)
    )
    await session.execute(
        update(FindingResult).where(FindingResult.finding_id == other.id).values(finding_id=finding.id)
    )
    await _move_retests(session, other.id, finding.id)
    await session.execute(
        update(FindingStep)
        .where(FindingStep.finding_id == other.id)
        .values(finding_id=finding.id, no=FindingStep.no + (last or 0))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    finding, other = await lock_finding(session, finding_id), await lock_finding(session, other_id)
    finding.opened_at = min(finding.opened_at, other.opened_at)
    await _forget_request(session, other.id)
    await end_acceptances(session, other.id, "merged")
    note(session, actor, finding, "merged", details={"with": number_of(other)})
    await move(
        session, actor, other, Status.CLOSED_UNPROVEN, event="merged", reason=f"Merged into {number_of(finding)}."
    )
    other.merged_into_id = finding.id
    await settle(session, actor, finding, max_retests)
    return finding


async def _move_retests(session: AsyncSession, giver_id: UUID, taker_id: UUID, *which: ColumnElement[bool]) -> None:
    """Give retests to another finding; one that repeats results of both is the taker's already."""
    given = (FindingRetest.finding_id == giver_id, *which)
    known = select(FindingRetest.test_id).where(FindingRetest.finding_id == taker_id)
    await session.execute(delete(FindingRetest).where(*given, FindingRetest.test_id.in_(known)))
    await session.execute(update(FindingRetest).where(*given).values(finding_id=taker_id))


async def _forget_request(session: AsyncSession, finding_id: UUID) -> None:
    await session.execute(
        delete(Approval).where(
            Approval.kind == "risk_acceptance", Approval.subject_id == finding_id, Approval.decision.is_(None)
        )
    )
