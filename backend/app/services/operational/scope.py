"""What operational metrics are narrowed to: a period, and which tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.errors import FieldError, Invalid
from app.models.knowledge import Tactic, TechniqueTactic

DEFAULT_PERIOD = timedelta(days=90)
LONGEST_PERIOD = timedelta(days=5 * 366)
FIRST_YEAR, LAST_YEAR = 1971, 9998


@dataclass(frozen=True, slots=True)
class Scope:
    """A period and filters."""

    now: datetime
    since: datetime
    until: datetime
    domain: str
    environment_id: UUID | None
    platforms: Sequence[str]
    tactic: str | None
    techniques: frozenset[UUID] | None
    """Those of the tactic; None for all."""

    @property
    def parameters(self) -> dict[str, object]:
        """What the queries ask for."""
        return {
            "now": self.now,
            "since": self.since,
            "until": self.until,
            "domain": self.domain,
            "environment": self.environment_id,
            "platforms": list(self.platforms) or None,
            "techniques": None if self.techniques is None else sorted(self.techniques),
        }


def _moment(value: date | datetime, *, end: bool) -> datetime:
    """A day means its beginning, as the end of a period its last moment. Raises Invalid for a year out of reach."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        field = "to" if end else "from"
        message = f"must lie between {FIRST_YEAR} and {LAST_YEAR}"
        raise Invalid("invalid_period", f"The period {message}.", fields=[FieldError(field, message, "out_of_range")])
    if isinstance(value, datetime):
        return value
    return datetime.combine(value + timedelta(days=1) if end else value, time(), UTC)


def period(
    since: date | datetime | None, until: date | datetime | None, *, moment: datetime
) -> tuple[datetime, datetime]:
    """The period asked for; by default the last 90 days. Raises Invalid for one that is empty or over five years."""
    end = min(_moment(until, end=True), moment) if until is not None else moment
    begin = _moment(since, end=False) if since is not None else end - DEFAULT_PERIOD
    if begin >= end or end - begin > LONGEST_PERIOD:
        message = "The period begins before it ends and lasts at most five years."
        raise Invalid("invalid_period", message, fields=[FieldError("from", message, "invalid_period")])
    return begin, end


async def scope_of(
    session: AsyncSession,
    *,
    since: date | datetime | None,
    until: date | datetime | None,
    domain: str,
    environment_id: UUID | None,
    platforms: Sequence[str],
    tactic: str | None,
) -> Scope:
    """The scope that a request asks for. Raises Invalid for an impossible period and an unknown tactic."""
    moment = now()
    begin, end = period(since, until, moment=moment)
    techniques: frozenset[UUID] | None = None
    if tactic is not None:
        found = await session.scalars(
            select(Tactic.id).where(
                Tactic.domain == domain,
                Tactic.withdrawn_at.is_(None),
                or_(func.upper(Tactic.attack_id) == tactic.upper(), Tactic.shortname == tactic.lower()),
            )
        )
        ids = found.all()
        if not ids:
            message = "There is no such tactic."
            raise Invalid("unknown_tactic", message, fields=[FieldError("tactic", message, "unknown_tactic")])
        rows = await session.scalars(
            select(TechniqueTactic.technique_id).where(TechniqueTactic.tactic_id.in_(ids)).distinct()
        )
        techniques = frozenset(rows.all())
    return Scope(moment, begin, end, domain, environment_id, tuple(platforms), tactic, techniques)
