"""Parts of the operational metrics, from rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.domain.findings import Status
from app.domain.outcomes import Detection, meets
from app.schemas.operational import (
    AgeBuckets,
    DetectionTimes,
    OpenFindings,
    Rate,
    SideFigures,
    Spread,
    SpreadSeries,
    StateTime,
    TrendMonth,
)
from app.services.coverage.decisions import Decisions
from app.services.operational.scope import Scope

Rows = Sequence[tuple[Any, ...]]
_SIDES = {"draft": None, "red_executing": "red", "blue_evaluating": "blue", "in_review": "leads"}


def number(value: Any) -> float | None:
    """The database's number as ours."""
    return None if value is None else float(value)


def rate(numerator: Any, denominator: Any) -> Rate:
    """A share with what it is made of."""
    above, below = int(numerator or 0), int(denominator or 0)
    return Rate(value=above / below if below else None, numerator=above, denominator=below)


def spread(count: Any = 0, mean: Any = None, median: Any = None, p90: Any = None) -> Spread:
    """A spread of times; empty without a measurement."""
    return Spread(count=int(count), mean_seconds=number(mean), median_seconds=number(median), p90_seconds=number(p90))


def times_of(row: Sequence[Any] | None) -> DetectionTimes:
    """Detection times from a group's row; None: nothing was measured."""
    executions, detected, silent, _, mean, median, p90 = row or (0, 0, 0, 0, None, None, None)
    return DetectionTimes(
        executions=executions,
        detected=detected,
        share=detected / executions if executions else None,
        mean_seconds=number(mean),
        median_seconds=number(median),
        p90_seconds=number(p90),
        silent_blocks=silent,
    )


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows of a query with grouping sets, by what they are grouped."""

    all: Sequence[Any] | None
    series: Mapping[bool, Sequence[Any]]
    environments: Mapping[str, Sequence[Any]]
    months: Mapping[str, Sequence[Any]]


def detection_groups(rows: Rows) -> Grouped:
    """The rows of the detection times, by what they are grouped."""
    whole: Sequence[Any] | None = None
    series: dict[bool, Sequence[Any]] = {}
    environments: dict[str, Sequence[Any]] = {}
    months: dict[str, Sequence[Any]] = {}
    for by_series, by_environment, by_month, blind, environment, month, *facts in rows:
        if by_series:
            series[blind] = facts
        elif by_environment:
            environments[environment] = facts
        elif by_month:
            months[month] = facts
        else:
            whole = facts
    return Grouped(whole, series, environments, months)


def decision_groups(rows: Rows) -> Grouped:
    """The rows of the decisions, by what they are grouped."""
    whole: Sequence[Any] | None = None
    environments: dict[str, Sequence[Any]] = {}
    months: dict[str, Sequence[Any]] = {}
    for by_environment, by_month, environment, month, *facts in rows:
        if by_environment:
            environments[environment] = facts
        elif by_month:
            months[month] = facts
        else:
            whole = facts
    return Grouped(whole, {}, environments, months)


def response(rows: Rows, kind: str) -> SpreadSeries:
    """Times from the first alert to a claimed time of this kind."""
    found = {
        (blind if by_series else None): spread(*facts)
        for row_kind, by_series, blind, *facts in rows
        if row_kind == kind
    }
    none = spread()
    return SpreadSeries(blind=found.get(True, none), announced=found.get(False, none), all=found.get(None, none))


@dataclass(slots=True)
class Efficacy:
    """Current results in scope, counted by what they show."""

    results: int = 0
    met: int = 0
    prevented: int = 0
    alerted: int = 0
    telemetry_only: int = 0
    silent: int = 0


def efficacy_of(rows: Rows, decisions: Decisions, environments: Iterable[str]) -> dict[str | None, Efficacy]:
    """By environment, and under None for all together."""
    found: dict[str | None, Efficacy] = {None: Efficacy()}
    known = set(environments)
    for technique, parent, environment, own, detection, count, silent, alerted in rows:
        if environment not in known or not decisions.in_scope(technique, parent, environment):
            continue
        expected = own or decisions.expected(technique, parent, environment)
        for part in (found[None], found.setdefault(environment, Efficacy())):
            part.results += count
            part.met += count if meets(Detection(detection), expected) else 0
            part.prevented += count if detection == Detection.PREVENTED else 0
            part.telemetry_only += count if detection == Detection.PARTIALLY_DETECTED else 0
            part.alerted += alerted
            part.silent += silent
    return found


def span(facts: Sequence[Any] | None) -> Spread:
    """The spread of a kind of time of findings."""
    return spread(facts[0], *facts[6:]) if facts else spread()


def open_findings(facts: Sequence[Any] | None, statuses: Mapping[str, int]) -> OpenFindings:
    """Findings that are not closed, and how old they are."""
    count, young, middle, old, older, oldest, _, median, p90 = facts or (0, 0, 0, 0, 0, None, None, None, None)
    return OpenFindings(
        count=count,
        by_status={status.value: statuses.get(status.value, 0) for status in Status},
        median_age_seconds=number(median),
        p90_age_seconds=number(p90),
        oldest_age_seconds=number(oldest),
        ages=AgeBuckets(up_to_30=young, up_to_90=middle, up_to_180=old, older=older),
    )


def times_in_state(rows: Rows) -> list[StateTime]:
    """Time in each state, in the order of the workflow."""
    found = {state: facts for state, *facts in rows}
    times: list[StateTime] = []
    for state, side in _SIDES.items():
        rounds, _, mean, median, p90 = found.get(state, (0, 0, None, None, None))
        times.append(
            StateTime(
                state=state,
                side=side,
                rounds=rounds,
                mean_seconds=number(mean),
                median_seconds=number(median),
                p90_seconds=number(p90),
            )
        )
    return times


def sides(rows: Rows, rejections: Rows) -> list[SideFigures]:
    """What each side took and got back."""
    found = {_SIDES[state]: facts for state, *facts in rows}
    figures = []
    for side in ("red", "blue", "leads"):
        rounds, returned, *times = found.get(side, (0, 0, None, None, None))
        figures.append(
            SideFigures(
                side=side,
                time=spread(rounds, *times),
                returned_seconds=float(returned or 0),
                rejected=sum(n for voted, _, n in rejections if voted == side),
            )
        )
    return figures


def _months(scope: Scope) -> list[str]:
    found: list[str] = []
    day = scope.since.astimezone(UTC).date().replace(day=1)
    while datetime.combine(day, time(), UTC) < scope.until:
        found.append(day.strftime("%Y-%m"))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def trend(scope: Scope, detection: Grouped, decided: Grouped, outcomes: Rows, finding_rows: Rows) -> list[TrendMonth]:
    """Every month of the period, those without anything too."""
    results = {month: facts for month, *facts in outcomes}
    gaps = {month: facts for month, *facts in finding_rows}
    shown_months: list[TrendMonth] = []
    for month in _months(scope):
        times = times_of(detection.months.get(month))
        shown = results.get(month, (0, 0, 0, 0, 0, 0))
        judged = decided.months.get(month, (0, 0, 0, 0))
        opened, proven, mean = gaps.get(month, (0, 0, None))
        shown_months.append(
            TrendMonth(
                month=month,
                executions=times.executions,
                detected=times.detected,
                mttd_mean_seconds=times.mean_seconds,
                mttd_median_seconds=times.median_seconds,
                mttd_p90_seconds=times.p90_seconds,
                results=shown[0],
                met=shown[1],
                prevented=shown[2],
                alerted=shown[3],
                telemetry_only=shown[4],
                missed=shown[5],
                decided=judged[0],
                validated=judged[1],
                findings_opened=int(opened),
                findings_proven=int(proven),
                mttr_mean_seconds=number(mean),
            )
        )
    return shown_months
