"""What a job is, and what it gets to work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.config import Settings
from app.database import SessionFactory
from app.services.content.runner import ImportRunner
from app.storage import EvidenceStore


@dataclass(frozen=True, slots=True)
class JobContext:
    """The parts of the application that jobs use. They open their own units of work."""

    factory: SessionFactory
    settings: Settings
    store: EvidenceStore
    imports: ImportRunner


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of work. `run` answers with counts and may be called twice without harm."""

    name: str
    title: str
    interval_setting: str
    """Settings attribute with the hours between runs; 0 there switches the schedule off."""
    timeout_seconds: int
    run: Callable[[JobContext], Awaitable[Mapping[str, int]]]

    def interval(self, settings: Settings) -> timedelta | None:
        """Time between the starts of two runs; None when only people start it."""
        hours: int = getattr(settings, self.interval_setting)
        return timedelta(hours=hours) if hours else None
