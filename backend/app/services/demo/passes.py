"""The parts of a pass through the workflow, as the demo's people do them in working hours."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from app.domain.permissions import Side
from app.services.demo.catalogue import BLUE, NOISY_RULE, RED, RULES, TOOLS
from app.services.demo.files import console_log, drawn_screen
from app.services.demo.lives import Life
from app.services.demo.plan import BROKEN_RUN, EXPECTED_LOGGED, Item
from app.services.demo.timetable import at, workdays_after

_RESULTS = {"P": "blocked", "p": "blocked", "F": "failed", "U": "unknown"}
_TIME_SOURCES = {tool.key: tool.time_source for tool in TOOLS}
_FIRST_RUNS = {rule.key: rule.from_run for rule in RULES}
_SUMMARIES = {
    "P": "Stopped before it did anything.",
    "p": "Stopped before it did anything. No message on the screen.",
    "F": "The tool crashed before it reached its aim.",
    "U": "The window closed at once; whether it ran cannot be told.",
}
_FINDINGS = {
    "P": "Blocked, and the alert names the command.",
    "p": "Blocked; nobody was told, found by looking for it.",
    "D": "The alert came up and names the host and the account.",
    "L": "Found in the logs by searching; nothing alerted.",
    "N": "Nothing found in the window, neither alerts nor events.",
    "F": "Nothing seen.",
    "U": "Nothing seen.",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """Who works on a test of which run, and the chance of that day."""

    red: str
    blue: str
    run: int
    chance: Random


def shift_of(number: int, run: int) -> Shift:
    """The people whose turn it is. The same every time the story is told."""
    return Shift(
        RED[(number + run) % len(RED)],
        BLUE[(number + 2 * run) % len(BLUE)],
        run,
        Random(f"{number}/{run}"),  # noqa: S311  nothing secret: the story has to be the same every time
    )


def plan_of(item: Item, stage_environment: object, run_name: str) -> dict[str, object]:
    """What a test of this item is drafted with."""
    return {
        "technique": item.technique,
        "name": item.name,
        "platform": item.platform,
        "environment_id": stage_environment,
        "tags": [run_name],
    }


def executes(
    life: Life, item: Item, outcome: str, day: date, hour: int, *, shift: Shift, hand_over: bool = True
) -> datetime:
    """Red starts, runs it, writes it down and hands over. Returns when it was run."""
    began = at(day, hour, shift.chance.randrange(25))
    ran = began + timedelta(minutes=shift.chance.randrange(8, 20))
    life.start(began, shift.red)
    life.red_record(
        ran + timedelta(minutes=9),
        shift.red,
        summary=_SUMMARIES.get(outcome, "Ran through; the output is attached."),
        executed_at=ran,
        ended_at=ran + timedelta(minutes=shift.chance.randrange(1, 6)),
        host=item.host,
        source_host="red-01.lab.example",
        user=r"CORP\t.account" if item.platform == "Windows" else "t-account",
        execution=_RESULTS.get(outcome, "succeeded"),
    )
    if shift.chance.random() < 0.6:
        content = console_log(ran, item.host, [f"$ {item.procedure}", _SUMMARIES.get(outcome, "done"), "exit"])
        name = f"console-{item.technique.replace('.', '-')}.log"
        life.file(ran + timedelta(minutes=11), shift.red, Side.RED, name, content, caption="Output of the console")
    if hand_over:
        life.hand_to_blue(ran + timedelta(minutes=15), shift.red)
    return ran


def cause_of(item: Item, outcome: str, run: int) -> str | None:
    """Why the outcome is below what is expected, or None when it is not."""
    if outcome not in {"L", "N"} or (outcome == "L" and item.technique in EXPECTED_LOGGED):
        return None
    return "not_forwarded" if run == BROKEN_RUN and item.forwarded else item.cause


def sightings(item: Item, outcome: str, ran: datetime, shift: Shift) -> list[dict[str, object]]:
    """What blue saw."""
    moment = ran + timedelta(seconds=shift.chance.randrange(15, 900))
    seen: dict[str, object] = {"tool_id": item.sees}
    timed = {"observed_at": moment, "source": _TIME_SOURCES[item.sees]}
    alert = {"severity": "high", "reference": f"ALERT-{shift.chance.randrange(10_000, 99_999)}"}
    if outcome == "D":
        return [{**seen, **timed, **alert, "outcome": "alerted"}]
    if outcome == "L":
        return [{**seen, **timed, "outcome": "logged", "notes": "Found by searching for the host."}]
    if outcome == "p":
        return [{**seen, **timed, "outcome": "blocked"}]
    if outcome == "P":
        told = {"tool_id": "siem", "observed_at": moment + timedelta(minutes=1), "source": "siem"}
        return [{**seen, **timed, "outcome": "blocked"}, {**told, **alert, "outcome": "alerted"}]
    return [{**seen, "outcome": "none"}]


async def screen_of(item: Item, outcome: str) -> bytes:
    """A picture of what blue looked at."""
    return await drawn_screen(f"{item.sees} - search: {item.host}", [item.name, _FINDINGS[outcome]])


def evaluates(
    life: Life,
    item: Item,
    outcome: str,
    ran: datetime,
    *,
    shift: Shift,
    screen: bytes | None = None,
    late_triage: bool = False,
    delay: timedelta = timedelta(0),
    cause: str | None = None,
    hand_over: bool = True,
) -> datetime:
    """Blue looks, writes down what it saw, ticks the rules and hands over. Returns when.

    cause: why it was less than expected, where the plan does not say so.
    """
    when = ran + timedelta(minutes=shift.chance.randrange(160, 190)) + delay
    if late_triage:
        when = at(workdays_after(ran.date(), 1), 9, 40)
    seen = sightings(item, outcome, ran, shift)
    alerted = next((s["observed_at"] for s in seen if s["outcome"] == "alerted"), None)
    times: dict[str, object] = {}
    if isinstance(alerted, datetime):
        triaged = (
            when - timedelta(minutes=15) if late_triage else alerted + timedelta(minutes=shift.chance.randrange(5, 70))
        )
        times = {"triaged_at": triaged}
        if shift.chance.random() < 0.6:
            times["contained_at"] = triaged + timedelta(minutes=shift.chance.randrange(4, 12))
    known = "not_triaged" if late_triage else cause or cause_of(item, outcome, shift.run)
    life.blue_record(when, shift.blue, seen, summary=_FINDINGS[outcome], miss_cause=known, **times)
    if screen is not None:
        name = f"search-{item.technique.replace('.', '-')}.png"
        life.file(when + timedelta(minutes=5), shift.blue, Side.BLUE, name, screen, caption="What the search showed")
    _tick_rules(life, item, outcome, when + timedelta(minutes=8), shift)
    if hand_over:
        life.hand_to_leads(when + timedelta(minutes=12), shift.blue)
    return when + timedelta(minutes=12)


def _tick_rules(life: Life, item: Item, outcome: str, when: datetime, shift: Shift) -> None:
    if outcome in {"F", "U"}:
        return
    fired = outcome in {"D", "P"}
    if item.rule is not None and shift.run >= _FIRST_RUNS[item.rule]:
        life.rule(when, shift.blue, item.rule, "triggered" if fired else "not_triggered")
    if item.noisy:
        tuned = shift.run > BROKEN_RUN
        if tuned:
            life.rule(when, shift.blue, NOISY_RULE, "triggered" if fired else "not_triggered", 2)
        else:
            life.rule(when, shift.blue, NOISY_RULE, "false_positive", shift.chance.randrange(120, 260))


def judged(life: Life, handed_over: datetime, shift: Shift) -> datetime:
    """Both leads confirm, on one of the next working days. Returns when the second did."""
    first = at(workdays_after(handed_over.date(), 1), 10, shift.chance.randrange(50))
    second = at(workdays_after(handed_over.date(), shift.chance.choice((1, 1, 2, 3))), 14, shift.chance.randrange(50))
    life.vote(first, Side.RED)
    life.vote(second, Side.BLUE)
    return second
