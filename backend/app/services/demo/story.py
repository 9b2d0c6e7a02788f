"""The year of the demo organisation, told as steps: four runs, what went wrong between them, and the work of today."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.permissions import Side
from app.services import notifications
from app.services.demo.catalogue import BLUE_LEAD, NOISY_RULE, RED_LEAD, RULES, Rule
from app.services.demo.gaps import PROVEN_LATE_DAYS_AGO, RETESTS_DAYS_AGO, Gaps
from app.services.demo.lives import Life
from app.services.demo.passes import cause_of, evaluates, executes, judged, plan_of, screen_of, shift_of
from app.services.demo.plan import BROKEN_RUN, PLAN, PRODUCTION, Item
from app.services.demo.script import Script
from app.services.demo.stage import Stage, put_to_work, tune
from app.services.demo.timetable import Timetable, at, workdays_after

RUN_DAYS: Final = (350, 265, 180, 90)
"""How many days ago each run began."""
TESTS_A_DAY: Final = 3
HOURS: Final = (9, 10, 13)
REJECTED: Final = (1, "T1053.005")
LATE_TRIAGE: Final = (1, "T1071.001")
RETURNED: Final = (2, "T1071.001")
PROVEN_LATE: Final = "T1036.005"
ANNULLED: Final = "T1021.004"
ANNULMENT_ASKED: Final = "T1082"


class Story:
    """Writes the script."""

    def __init__(self, stage: Stage, days: Timetable) -> None:
        self.stage = stage
        self.days = days
        self.script = Script()
        self.lives: dict[tuple[int, Item], Life] = {}

    async def tell(self) -> Script:
        """The whole year up to the last run."""
        self._rules()
        for run, days_ago in enumerate(RUN_DAYS):
            for number, item in enumerate(PLAN):
                await self._run_item(run, number, item, days_ago)
            self._read_messages(at(self.days.workday(days_ago, 14), 8, 30))
        await self._gaps()
        await self._news()
        self._blind()
        self._annulments()
        self._read_messages(at(self.days.last_workday(4), 8, 30))
        return self.script

    def new_life(self) -> Life:
        """A test that nobody planned yet."""
        return Life(self.stage, self.script)

    def plan(self, item: Item, name: str) -> dict[str, object]:
        """What a test of this item is drafted with."""
        return plan_of(item, self.stage.environments[item.environment], name)

    def _rules(self) -> None:
        for rule in RULES:
            began = at(self.days.workday(RUN_DAYS[rule.from_run] + 12), 11)
            self.script.add(began, partial(self._put_to_work, rule))
        noisy = next(rule for rule in RULES if rule.key == NOISY_RULE)
        self.script.add(at(self.days.workday(RUN_DAYS[BROKEN_RUN] - 40), 15), partial(self._tune, noisy))

    async def _put_to_work(self, rule: Rule, session: AsyncSession) -> None:
        await put_to_work(self.stage, session, rule)

    async def _tune(self, rule: Rule, session: AsyncSession) -> None:
        await tune(self.stage, session, rule)

    async def _run_item(self, run: int, number: int, item: Item, days_ago: int) -> None:
        shift, outcome = shift_of(number, run), item.outcomes[run]
        day = self.days.workday(days_ago, number // TESTS_A_DAY)
        life = self.lives[run, item] = self.new_life()
        planned = at(self.days.workday(days_ago + 6), 15, number)
        life.draft(
            planned, RED_LEAD if number % 3 == 0 else shift.red, self.plan(item, f"run-{run + 1}"), template=item
        )
        ran = executes(life, item, outcome, day, HOURS[number % TESTS_A_DAY], shift=shift)
        if (run, item.technique) == RETURNED:
            life.ask_red(ran + timedelta(minutes=40), shift.blue, "The proxy knows no such host. Which one was it?")
            life.red_record(ran + timedelta(minutes=70), shift.red, host="ws-0143.corp.example")
            life.hand_to_blue(ran + timedelta(minutes=75), shift.red)
        screen = await screen_of(item, outcome) if number % 2 == run % 2 else None
        late = (run, item.technique) == LATE_TRIAGE
        done = evaluates(life, item, outcome, ran, shift=shift, screen=screen, late_triage=late)
        if (run, item.technique) == REJECTED:
            done = await self._second_round(life, item, outcome, ran, done)
        judged(life, done, shift)

    async def _second_round(self, life: Life, item: Item, outcome: str, ran: datetime, done: datetime) -> datetime:
        """The blue lead rejects the first round, blue looks again."""
        shift = shift_of(PLAN.index(item), REJECTED[0])
        voted = at(workdays_after(done.date(), 1), 11)
        life.vote(voted, Side.RED)
        judged_at = voted + timedelta(hours=3)
        reason = "The search is of another host than the one that red names. Please look at ws-0142."
        life.vote(judged_at, Side.BLUE, decision="reject", notes=reason, code="insufficient_proof")
        why = "Blue looks at the right host; red's record stands."
        life.reopen(judged_at + timedelta(minutes=20), BLUE_LEAD, why, "blue")
        again = judged_at + timedelta(minutes=50)
        life.start(again, shift.red)
        life.confirm_carried(again + timedelta(minutes=2), shift.red, Side.RED)
        life.hand_to_blue(again + timedelta(minutes=4), shift.red)
        delay = again - ran - timedelta(minutes=120)
        screen = await screen_of(item, outcome)
        return evaluates(life, item, outcome, ran, shift=shift, screen=screen, delay=delay)

    async def _gaps(self) -> None:
        """What is done about the findings, and the retests that prove some of them closed."""
        gaps = Gaps(self.stage, self.days, self.script)
        gaps.write_rules()
        gaps.mend_the_forwarder()
        # In July the forwarder is whole again, and what was missed in May is run once more.
        missed = [item for item in PLAN if item.forwarded and item.outcomes[BROKEN_RUN] == "N"]
        for number, item in enumerate(missed):
            await self._retest(number, item, item.outcomes[BROKEN_RUN - 1], RETESTS_DAYS_AGO)
        still = [item for item in missed if cause_of(item, item.outcomes[BROKEN_RUN - 1], RUNS_AFTER_FIX)]
        gaps.move_what_was_no_matter_of_the_forwarder([self.lives[BROKEN_RUN, item] for item in still])
        gaps.tune_the_endpoint_agent()
        renamed = next(item for item in PLAN if item.technique == PROVEN_LATE)
        await self._retest(0, renamed, "D", PROVEN_LATE_DAYS_AGO)
        gaps.live_with_it()
        gaps.close_without_proof()

    async def _retest(self, number: int, item: Item, outcome: str, days_ago: int) -> None:
        shift, life = shift_of(number, RUNS_AFTER_FIX), self.new_life()
        life.adopt(at(self.days.workday(days_ago + 7), 10, number), self.lives[BROKEN_RUN, item])
        day = self.days.workday(days_ago, number // TESTS_A_DAY)
        ran = executes(life, item, outcome, day, HOURS[number % TESTS_A_DAY], shift=shift)
        screen = await screen_of(item, outcome)
        judged(life, evaluates(life, item, outcome, ran, shift=shift, screen=screen), shift)

    async def _news(self) -> None:
        """Three tests outside the plan, written from scratch when something was in the news."""
        for number, (item, days_ago, more) in enumerate(NEWS):
            shift, life = shift_of(number, RUNS_AFTER_FIX), self.new_life()
            plan = {**self.plan(item, "news"), "procedure": item.procedure, **more}
            life.draft(at(self.days.workday(days_ago + 2), 9, 30), shift.red, plan)
            ran = executes(life, item, item.outcomes, self.days.workday(days_ago), 10, shift=shift)
            below = "by_design" if more else None
            judged(life, evaluates(life, item, item.outcomes, ran, shift=shift, cause=below), shift)

    def _blind(self) -> None:
        """An exercise that blue was not told of: what it saw was written down first, and only then did it learn why."""
        shift, life = shift_of(1, RUNS_AFTER_FIX), self.draft_blind(EXERCISE, self.days.workday(BLIND_DAYS_AGO + 5))
        ran = executes(life, EXERCISE, "D", self.days.workday(BLIND_DAYS_AGO), 11, shift=shift)
        revealed = evaluates(life, EXERCISE, "D", ran, shift=shift)
        attributed = at(workdays_after(revealed.date(), 1), 9, 30)
        life.hand_to_leads(attributed, shift.blue)
        judged(life, attributed, shift)

    def draft_blind(self, item: Item, day: date) -> Life:
        """A test that the red lead plans and blue knows nothing of."""
        life = self.new_life()
        plan = {**self.plan(item, "blind"), "procedure": item.procedure, "blind": True}
        life.draft(at(day, 16, 20), RED_LEAD, plan)
        return life

    def _annulments(self) -> None:
        """One result was taken out by both leads; another request waits for its second person."""
        last = len(RUN_DAYS) - 1
        wrong = next(life for (run, item), life in self.lives.items() if run == last and item.technique == ANNULLED)
        day = self.days.workday(58)
        wrong.annul(at(day, 10), RED_LEAD, "The key was on the allow list that week; nothing was tested.")
        wrong.annul(at(day, 15), BLUE_LEAD, "Confirmed.")
        asked = next(
            life for (run, item), life in self.lives.items() if run == last and item.technique == ANNULMENT_ASKED
        )
        asked.annul(
            at(self.days.last_workday(1), 16), BLUE_LEAD, "The host was a test image, not a workstation in use."
        )

    def _read_messages(self, when: datetime) -> None:
        async def act(session: AsyncSession) -> None:
            for actor in self.stage.cast.values():
                await notifications.mark_all_read(session, actor)

        self.script.add(when, act)


RUNS_AFTER_FIX: Final = BROKEN_RUN + 1
BLIND_DAYS_AGO: Final = 37
EXERCISE: Final = Item(
    "T1555.003",
    "Passwords out of a browser",
    "Read the made-up passwords that the browser of a test account has stored.",
    "D",
    "edr",
    host="ws-0119.corp.example",
)
NEWS: Final[tuple[tuple[Item, int, dict[str, object]], ...]] = (
    (
        Item(
            "T1486",
            "Encrypting a test share",
            "Encrypt the files of the test share with a harmless tool.",
            "D",
            "edr",
            host="fs-02.corp.example",
        ),
        140,
        {"expected": "prevented", "expected_reason": "An alert comes too late for this one."},
    ),
    (
        Item(
            "T1552.003",
            "Passwords in the shell history",
            "grep -i password ~/.bash_history",
            "D",
            "siem",
            environment=PRODUCTION,
            platform="Linux",
            host="app-03.prod.example",
        ),
        118,
        {},
    ),
    (
        Item(
            "T1110.003", "Password spraying against the VPN", "Try one password with fifty test accounts.", "D", "siem"
        ),
        62,
        {},
    ),
)
