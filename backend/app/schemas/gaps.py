"""Where the defence fell short."""

from datetime import datetime
from uuid import UUID

from app.schemas.base import OutputModel


class MissCause(OutputModel):
    """Current results below expectation that have one primary cause."""

    cause: str | None
    """Null where nobody stated one."""
    owner: str | None
    """Team or function that owns such gaps."""
    results: int
    missed: int
    """Unseen."""
    sighted: int
    """Seen, yet below what was expected."""
    further: int
    """Results that name it as a further cause."""
    technique_count: int
    techniques: list[str]
    """ATT&CK ids, at most 20."""
    oldest_executed_at: datetime | None
    newest_executed_at: datetime | None


class MissesByCause(OutputModel):
    """All current results below expectation, by primary cause."""

    domain: str
    as_of: datetime
    results: int
    """All of them, so that the shares can be told."""
    items: list[MissCause]
    """The most frequent first."""


class QuickWinTest(OutputModel):
    """A test that left telemetry only."""

    id: UUID
    number: str | None
    name: str
    platform: str | None
    environment: str
    expected: str
    executed_at: datetime
    cause: str | None


class QuickWin(OutputModel):
    """A technique that left telemetry and no alert where one was expected."""

    attack_id: str
    name: str
    priority: int | None
    """On the threat profile; null when there is none, or when it does not name the technique."""
    results: int
    """Current results with telemetry only."""
    rules_active: int
    """Rules of the catalogue that could be deployed."""
    rules_deployed: int
    score: float | None
    score_alerted: float | None
    """The score, had all of these raised an alert."""
    gain: float | None
    tests: list[QuickWinTest]
    """Newest first, at most 20."""
