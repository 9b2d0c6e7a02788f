"""What happens in the demo organisation, as steps with their moments, played in the order of time."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, groupby

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.database import SessionFactory, session_scope

Act = Callable[[AsyncSession], Awaitable[object]]
LoneAct = Callable[[], Awaitable[object]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, order=True)
class _Step:
    at: datetime
    no: int
    act: Act | None = field(compare=False, default=None)
    lone: LoneAct | None = field(compare=False, default=None)


class Script:
    """Collects steps in any order."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._numbers = count()

    def add(self, at: datetime, act: Act) -> None:
        """At this moment, do this in a transaction that the day's other steps share."""
        self._steps.append(_Step(at, next(self._numbers), act=act))

    def add_alone(self, at: datetime, act: LoneAct) -> None:
        """At this moment, do this with transactions of its own, after everything before it is stored."""
        self._steps.append(_Step(at, next(self._numbers), lone=act))

    async def play(self, factory: SessionFactory, progress: Progress) -> int:
        """Live through all steps with the clock at each one's moment. Returns how many there were."""
        steps = sorted(self._steps)
        done = 0
        for batch in _batches(steps):
            await _live(factory, batch)
            done += len(batch)
            progress(done, len(steps))
        return done


def _batches(steps: list[_Step]) -> Iterator[list[_Step]]:
    for _, batch in groupby(steps, key=lambda step: (step.at.date(), step.no if step.lone else None)):
        yield list(batch)


async def _live(factory: SessionFactory, batch: list[_Step]) -> None:
    if (lone := batch[0].lone) is not None:
        with frozen_at(batch[0].at):
            await lone()
        return
    async with session_scope(factory) as session:
        for step in batch:
            assert step.act is not None
            with frozen_at(step.at):
                await step.act(session)
