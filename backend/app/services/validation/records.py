"""Rows of a round's two records, and the checks on their times."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.errors import FieldError, Invalid
from app.models.security_test import Execution, LedgerTime, Observation, TestRound

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far two clocks may disagree before a sighting cannot belong to the execution."""
FUTURE_TOLERANCE = timedelta(minutes=1)
LATE_ENTRY = timedelta(hours=24)


async def executions_of(session: AsyncSession, round_: TestRound) -> Sequence[Execution]:
    """The round's executions, by number."""
    rows = await session.scalars(select(Execution).where(Execution.round_id == round_.id).order_by(Execution.no))
    return rows.all()


async def observations_in(session: AsyncSession, round_: TestRound) -> Sequence[Observation]:
    """The round's observations, by number."""
    rows = await session.scalars(select(Observation).where(Observation.round_id == round_.id).order_by(Observation.no))
    return rows.all()


async def claimed_time(session: AsyncSession, round_: TestRound, kind: str) -> datetime | None:
    """The last time claimed for this kind, which stands until another is claimed."""
    found: datetime | None = await session.scalar(
        select(LedgerTime.at)
        .where(LedgerTime.round_id == round_.id, LedgerTime.kind == kind)
        .order_by(LedgerTime.recorded_at.desc(), LedgerTime.id.desc())
        .limit(1)
    )
    return found


def future_faults(times: dict[str, datetime | None]) -> list[FieldError]:
    """A fault for each time that has not come yet."""
    limit = now() + FUTURE_TOLERANCE
    return [FieldError(name, "lies in the future", "time_in_future") for name, at in times.items() if at and at > limit]


def refuse(
    faults: Sequence[FieldError], *, code: str = "invalid_times", message: str = "Some times cannot be."
) -> None:
    """Raise Invalid when there is any fault."""
    if faults:
        raise Invalid(code, message, fields=faults)


def sighting_faults(
    executions: Sequence[Execution], observations: Sequence[Observation], *, prefix: str = "observations"
) -> list[FieldError]:
    """A fault for each sighting stamped more than the clock tolerance before its execution, or of an unknown one."""
    started = {e.no: e.started_at for e in executions}
    faults: list[FieldError] = []
    for index, item in enumerate(observations):
        if item.execution_no is not None and item.execution_no not in started:
            faults.append(FieldError(f"{prefix}.{index}.execution", "no such execution", "unknown_execution"))
            continue
        starts = [started[item.execution_no]] if item.execution_no else list(started.values())
        known = [at for at in starts if at is not None]
        if item.observed_at and known and item.observed_at < min(known) - CLOCK_TOLERANCE:
            faults.append(
                FieldError(
                    f"{prefix}.{index}.observed_at", "lies before the execution began", "observed_before_execution"
                )
            )
    return faults


def has_clock_skew(executions: Sequence[Execution], observations: Sequence[Observation]) -> bool:
    """Whether a sighting is stamped before its execution, within the tolerance."""
    started = {e.no: e.started_at for e in executions}
    for item in observations:
        starts = [started.get(item.execution_no)] if item.execution_no else list(started.values())
        known = [at for at in starts if at is not None]
        if item.observed_at and known and item.observed_at < min(known):
            return True
    return False
