"""What a confirmed or annulled test means for findings: opened, joined, proven, chronic, or open again.

The caller holds the test's lock and calls `hold_findings` before it touches current results and statistics, so that
rows are locked in the order test, round, finding, current result, statistics.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import SYSTEM
from app.domain.findings import CAUSE_TITLES, CLOSED, OPEN, Status, severity_of
from app.domain.outcomes import Seen
from app.ids import new_id
from app.models.findings import Finding, FindingResult
from app.models.organisation import SecurityTool
from app.models.security_test import Observation, SecurityTest, TestRound
from app.services.findings.effects import note, settle, tell
from app.services.findings.facts import failed_expectation
from app.services.findings.links import lock_findings_of
from app.services.findings.owners import owner_of
from app.services.validation.effects import number_of as test_number
from app.services.validation.messages import leads

UNKNOWN_CAUSE = "other"


async def tool_of(session: AsyncSession, round_id: UUID) -> UUID | None:
    """The tool that a round's observations name, where they name just one."""
    tools = (
        await session.scalars(
            select(Observation.tool_id)
            .where(
                Observation.round_id == round_id,
                Observation.tool_id.is_not(None),
                Observation.outcome != Seen.NOT_APPLICABLE,
            )
            .distinct()
            .limit(2)
        )
    ).all()
    return tools[0] if len(tools) == 1 else None


async def hold_findings(session: AsyncSession, test: SecurityTest, round_: TestRound) -> list[Finding]:
    """Lock the findings that a decision of this test may change; the one that a miss joins stands last."""
    held = list(await lock_findings_of(session, test.id))
    if not failed_expectation(round_) or any(finding.status not in CLOSED for finding in held):
        return held
    cause, tool = round_.miss_cause or UNKNOWN_CAUSE, await tool_of(session, round_.id)
    # Two misses of one cause confirmed at the same moment open one finding.
    key = int.from_bytes(hashlib.sha256(f"finding:{cause}:{tool}".encode()).digest()[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    same = await session.scalar(
        select(Finding)
        .where(Finding.cause == cause, Finding.tool_id.is_not_distinct_from(tool), Finding.status.in_(OPEN))
        .order_by(Finding.opened_at, Finding.id)
        .limit(1)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return [*held, same] if same is not None else held


async def follow_decision(
    session: AsyncSession, test: SecurityTest, round_: TestRound, held: Sequence[Finding], max_retests: int
) -> None:
    """Let a miss show its finding, and bring the findings in line that the test repeats."""
    if failed_expectation(round_):
        joined = next((f for f in reversed(held) if f.status not in CLOSED), None)
        if joined is None:
            joined = await _open(session, test, round_)
        session.add(FindingResult(test_id=test.id, finding_id=joined.id, round_id=round_.id, added_at=now()))
        note(session, SYSTEM, joined, "result_added", details={"test": test_number(test)})
        await settle(session, SYSTEM, joined, max_retests)
    for finding in held:
        await settle(session, SYSTEM, finding, max_retests)


async def follow_annulment(
    session: AsyncSession, test: SecurityTest, held: Sequence[Finding], max_retests: int
) -> None:
    """A proof that is gone reopens its findings; a finding that nothing shows any more is closed."""
    for finding in held:
        note(session, SYSTEM, finding, "result_annulled", details={"test": test_number(test)})
        await settle(session, SYSTEM, finding, max_retests, reason=f"{test_number(test)} was annulled.")


async def _open(session: AsyncSession, test: SecurityTest, round_: TestRound) -> Finding:
    cause, tool_id = round_.miss_cause or UNKNOWN_CAUSE, await tool_of(session, round_.id)
    tool = await session.get(SecurityTool, tool_id) if tool_id else None
    moment = now()
    finding = Finding(
        id=new_id(),
        title=CAUSE_TITLES[cause] + (f" ({tool.name})" if tool else ""),
        cause=cause,
        tool_id=tool_id,
        severity=severity_of(round_.detection or ""),
        owner=await owner_of(session, cause),
        status=Status.OPEN,
        status_since=moment,
        version=1,
        opened_at=moment,
        updated_at=moment,
    )
    await add_finding(session, finding)
    note(session, SYSTEM, finding, "opened", details={"test": test_number(test)})
    await tell(
        session,
        SYSTEM,
        finding,
        await leads(session),
        kind="finding_opened",
        title=f"opened by {test_number(test)}",
        once="opened",
    )
    return finding


async def add_finding(session: AsyncSession, finding: Finding) -> None:
    """Store a new finding and read the number it got."""
    session.add(finding)
    await session.flush()  # what follows refers to it; the number comes from its sequence
    await session.refresh(finding, ["number"])
