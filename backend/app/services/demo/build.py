"""Builds the demo organisation: hires its people, then lets them live a year."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.clock import frozen_at
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.security import Passwords
from app.services.demo import measures, releases
from app.services.demo import stage as setting
from app.services.demo.reviews import review_every_quarter
from app.services.demo.script import Progress
from app.services.demo.stage import Stage
from app.services.demo.story import Story
from app.services.demo.timetable import Timetable, at
from app.services.demo.today import tell_today
from app.services.demo.upgrade import live_through_the_upgrade
from app.storage import EvidenceStore

FIRST_DAY: Final = 380
"""How many days ago the organisation began to use Aegis."""
WEIGHED_AFTER: Final = 182
"""So many days after its first, it weighed the components of its score anew."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was built."""

    steps: int
    first_day: datetime


def first_moment(now: datetime) -> datetime:
    """When the story begins: the morning on which Aegis is installed."""
    return at(Timetable(now.date()).workday(FIRST_DAY), 8)


async def build_demo(
    factory: SessionFactory,
    store: EvidenceStore,
    settings: Settings,
    passwords: Passwords,
    *,
    now: datetime,
    progress: Progress = lambda _done, _all: None,
) -> DemoReport:
    """Live the whole year up to `now` in a database with nothing but its first administrator.

    The steps go through the same services as everybody's, with the clock at each step's moment.
    """
    # A few kilobytes of evidence need no gigabytes of free space.
    stage = Stage(factory, store, settings.model_copy(update={"evidence_min_free_gb": 0}))
    began = first_moment(now)
    with frozen_at(began + timedelta(hours=1)):
        async with session_scope(factory) as session:
            await setting.hire(stage, session, passwords)
            await setting.furnish(stage, session)
    with frozen_at(began + timedelta(hours=2)):
        await releases.begin_with_the_earlier(stage)
    with frozen_at(began + timedelta(hours=3)):
        async with session_scope(factory) as session:
            await setting.write_templates(stage, session)
            await setting.decide_scope(stage, session)
            await measures.name_what_matters(stage, session)
    story = Story(stage, Timetable(now.date()))
    script = await story.tell()
    review_every_quarter(stage, script, story.days)
    live_through_the_upgrade(stage, script, story.days)
    script.add(began + timedelta(days=WEIGHED_AFTER, hours=2), lambda session: measures.weigh_anew(stage, session))
    await tell_today(story)
    return DemoReport(steps=await script.play(factory, progress), first_day=began)
