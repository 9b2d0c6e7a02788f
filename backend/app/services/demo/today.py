"""The work that is open today: something waits for everybody."""

from datetime import date, timedelta
from typing import Final

from app.domain.permissions import Side
from app.services.demo.catalogue import BLUE, BLUE_LEAD, RED_LEAD
from app.services.demo.lives import Life
from app.services.demo.passes import Shift, evaluates, executes, screen_of, shift_of, sightings
from app.services.demo.plan import PLAN, RUNS, Item
from app.services.demo.story import Story
from app.services.demo.timetable import at
from app.services.demo.upgrade import FIRST_TEST

RUN_NAME: Final = "run-5"
DRAFTS: Final = range(6)
EXECUTING: Final = range(6, 10)
EVALUATING: Final = range(15, 19)
IN_REVIEW: Final = range(19, 23)
REJECTED: Final = 12
ARCHIVED: Final = 23
OUTCOME: Final = "D"
UNTOLD: Final = Item(
    "T1136.001",
    "A local account on a workstation",
    "Create a local account, log on with it once and delete it.",
    "D",
    "edr",
    host="ws-0203.corp.example",
)


async def tell_today(story: Story) -> None:
    """Tests in every state, all of them left by the evening of the last working day."""
    for number in DRAFTS:
        life, shift = _drafted(story, number)
        if number % 3 == 0:
            life.assign(at(story.days.last_workday(2), 10, number), RED_LEAD, Side.RED, shift.red)
    _draft_for_the_new(story)
    _executing(story)
    _evaluating(story)
    await _in_review(story)
    await _rejected(story)
    _archived(story)
    _sealed(story)


def _drafted(story: Story, number: int) -> tuple[Life, Shift]:
    item, shift, life = PLAN[number], shift_of(number, RUNS), story.new_life()
    planned = at(story.days.last_workday(4), 14, number)
    life.draft(planned, shift.red, story.plan(item, RUN_NAME), template=item)
    return life, shift


def _draft_for_the_new(story: Story) -> None:
    """The leads gave a technique of the new release a priority; this is its first test."""
    plan = {**story.plan(FIRST_TEST, RUN_NAME), "procedure": FIRST_TEST.procedure}
    story.new_life().draft(at(story.days.last_workday(3), 10, 50), RED_LEAD, plan)


def _executing(story: Story) -> None:
    """Two just begun, one with a half-written record, one that blue sent back with a question."""
    day = story.days.last_workday(1)
    for number in EXECUTING:
        life, shift = _drafted(story, number)
        item = PLAN[number]
        if number < EXECUTING[2]:
            life.start(at(day, 14, number), shift.red)
        elif number == EXECUTING[2]:
            executes(life, item, OUTCOME, day, 13, shift=shift, hand_over=False)
        else:
            ran = executes(life, item, OUTCOME, day, 9, shift=shift)
            life.ask_red(ran + timedelta(minutes=90), shift.blue, "Was it run as an administrator or as a user?")


def _evaluating(story: Story) -> None:
    """One that nobody took, one assigned, two with half a record."""
    day = story.days.last_workday(1)
    for number in EVALUATING:
        life, shift = _drafted(story, number)
        item = PLAN[number]
        ran = executes(life, item, OUTCOME, day, 10, shift=shift)
        if number == EVALUATING[1]:
            life.assign(ran + timedelta(minutes=45), BLUE_LEAD, Side.BLUE, BLUE[0])
        elif number > EVALUATING[1]:
            seen = sightings(item, "L", ran, shift)
            life.blue_record(ran + timedelta(minutes=120), shift.blue, seen, summary="Still looking at the proxy.")


async def _reviewable(story: Story, number: int, day: date) -> Life:
    life, shift = _drafted(story, number)
    item: Item = PLAN[number]
    ran = executes(life, item, OUTCOME, day, 9, shift=shift)
    evaluates(life, item, OUTCOME, ran, shift=shift, screen=await screen_of(item, OUTCOME))
    return life


async def _in_review(story: Story) -> None:
    """Two without a vote, one where each lead voted alone."""
    voting = at(story.days.last_workday(1), 15)
    for number in IN_REVIEW:
        life = await _reviewable(story, number, story.days.last_workday(2))
        if number == IN_REVIEW[2]:
            life.vote(voting, Side.RED)
        elif number == IN_REVIEW[3]:
            life.vote(voting, Side.BLUE)


async def _rejected(story: Story) -> None:
    life = await _reviewable(story, REJECTED, story.days.last_workday(3))
    reason = "The log-on that is shown belongs to the backup job, not to the test."
    life.vote(at(story.days.last_workday(2), 11), Side.BLUE, decision="reject", notes=reason, code="wrong_outcome")


def _archived(story: Story) -> None:
    life, shift = _drafted(story, ARCHIVED)
    executes(life, PLAN[ARCHIVED], OUTCOME, story.days.last_workday(3), 10, shift=shift)
    life.archive(
        at(story.days.last_workday(2), 9), BLUE_LEAD, "The server was taken out of service before anyone looked."
    )


def _sealed(story: Story) -> None:
    """A second exercise is with blue, who is told no more than when and where to look."""
    life = story.draft_blind(UNTOLD, story.days.last_workday(4))
    executes(life, UNTOLD, OUTCOME, story.days.last_workday(1), 11, shift=shift_of(2, RUNS))
