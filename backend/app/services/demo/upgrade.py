"""The ATT&CK upgrade of the demo organisation in its last quarter, and what its people made of it."""

from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.demo import releases
from app.services.demo.catalogue import BLUE_LEAD, RED_LEAD
from app.services.demo.measures import name_what_matters
from app.services.demo.plan import PLAN, PRODUCTION, Item
from app.services.demo.script import Script
from app.services.demo.stage import Stage, decide_on, technique_of
from app.services.demo.timetable import Timetable, at
from app.services.knowledge.decisions import review

UPGRADE_DAYS_AGO: Final = 72
"""After the last run was judged and before the last retest."""
PRIORITY: Final = ("T1518.002", 3, "Whoever asks for ransom looks for the backups first.")
OUT_OF_SCOPE: Final = (
    "T1059.013",
    PRODUCTION,
    "A hosting company runs the container platform; it is not ours to test.",
)
REVIEWED: Final = (
    ("T1497.003", "Another name for the same; nothing of ours goes by the old one."),
    ("T1552.003", "Was Bash History; our test of it stands. On Windows now as well: for the plan of next year."),
)
"""What the red lead said of techniques that the upgrade renamed."""
NEWS_OF_THE_PLAN: Final = "Others use it now as well; what we run of it stays."
"""And of those that the plan tests. All the others that changed wait."""
FIRST_TEST: Final = Item(
    "T1518.002",
    "Looking for the backup software",
    'powershell.exe -Command "Get-Service | Where-Object DisplayName -Match backup"',
    "D",
    "edr",
)
"""Of a technique that the upgrade brought; not run yet."""


def live_through_the_upgrade(stage: Stage, script: Script, days: Timetable) -> None:
    """Add the import and the decisions of the days after it."""

    def when(later: int, hour: int, minute: int) -> datetime:
        return at(days.workday(UPGRADE_DAYS_AGO, later), hour, minute)

    script.add_alone(when(0, 10, 15), lambda: releases.upgrade(stage))
    script.add(when(1, 13, 30), partial(_review, stage))
    script.add(when(3, 11, 0), partial(_put_on_the_profile, stage))
    script.add(when(3, 11, 20), partial(_leave_out, stage))


async def _review(stage: Stage, session: AsyncSession) -> None:
    notes = {item.technique: NEWS_OF_THE_PLAN for item in PLAN} | dict(REVIEWED)
    for attack_id, note in notes.items():
        technique = await technique_of(session, attack_id)
        if technique.review_required:
            await review(session, stage.cast[RED_LEAD], technique, note)


async def _put_on_the_profile(stage: Stage, session: AsyncSession) -> None:
    await name_what_matters(stage, session, "New in this release of ATT&CK.", more=[PRIORITY])


async def _leave_out(stage: Stage, session: AsyncSession) -> None:
    attack_id, environment, reason = OUT_OF_SCOPE
    lead = stage.cast[BLUE_LEAD]
    await decide_on(stage, session, lead, attack_id, environment=environment, in_scope=False, reason=reason)
