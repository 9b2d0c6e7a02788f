"""Bounds on what one person has under way in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from app.errors import TooMany


class Slots:
    """At most `limit` at a time for each person; one more is refused, not queued."""

    def __init__(self, limit: int, code: str, message: str) -> None:
        self._limit, self._code, self._message = limit, code, message
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, user_id: UUID) -> Iterator[None]:
        """Hold a place inside the block. Raises TooMany."""
        if self._taken[user_id] >= self._limit:
            raise TooMany(self._code, self._message, retry_after_seconds=5)
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
