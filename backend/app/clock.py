"""The one source of time. Everything is UTC and timezone-aware."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("aegis_fixed_clock", default=None)


def now() -> datetime:
    """The present moment in UTC, or the moment set by `frozen_at` in this context."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Let `now()` answer `moment` inside the block: for tests and for the demo organisation's lived year."""
    if moment.tzinfo is None:
        raise ValueError("a clock needs a timezone-aware moment")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
