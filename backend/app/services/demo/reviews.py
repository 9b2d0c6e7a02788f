"""The quarterly reviews of the demo organisation: a snapshot at the end of each."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.services.demo.catalogue import BLUE_LEAD
from app.services.demo.script import Script
from app.services.demo.stage import Stage
from app.services.demo.timetable import Timetable, at
from app.services.snapshots import take_snapshot

REVIEWS: Final = (368, 277, 186, 95)
"""How many days ago each took place: a quarter apart, the last one a quarter ago."""


def review_every_quarter(stage: Stage, script: Script, days: Timetable) -> None:
    """Add the reviews to the script."""

    async def keep(session: AsyncSession) -> None:
        moment = now()
        await take_snapshot(
            session,
            stage.cast[BLUE_LEAD],
            now=moment,
            name=f"Quarterly review, {moment:%B %Y}",
            note="Taken in the meeting of both leads.",
        )

    for days_ago in REVIEWS:
        script.add(at(days.workday(days_ago), 16, 30), keep)
