"""The executive report: one page on where we stand, whether we got better, and where the holes are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.attribution import Share
from app.domain.wording import counted, verb
from app.reports.csv_text import csv_document
from app.reports.document import (
    Block,
    Document,
    Figure,
    Figures,
    Table,
    Trail,
    Trend,
    Words,
    day_text,
    score_text,
    share_text,
)
from app.reports.remediation import AcceptedRisks, days_text

FIGURE_WORDS = {"profile": "On the threat profile", "in_scope": "On all in scope", "tested": "On what was tested"}
GAUGES = 6
"""So many frameworks find room on the sheet."""
_CAUSE_WORDS = {"time": "passing of time", "release": "ATT&CK release"}


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the organisation's three figures and its change."""

    name: str
    score: float | None
    n: int
    """Techniques behind it."""
    proven: int
    """Of these, with a current result."""
    results: int
    """Current results behind it."""
    before: float | None
    difference: float | None
    shown: float | None
    """The difference to one decimal."""
    attribution: Sequence[Share]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The figures of a snapshot, as they were told then."""

    as_of: datetime
    snapshot_id: UUID | None
    """None: now."""
    profile: float | None
    in_scope: float | None
    tested: float | None
    results: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A technique that is used against us and where the defence is not proven to hold."""

    attack_id: str
    name: str
    status: str
    score: float | None
    actors: Sequence[str]
    """Of the threat profile, that use it."""


@dataclass(frozen=True, slots=True)
class ActorStanding:
    """An actor of the threat profile and how we stand against it."""

    id: UUID
    attack_id: str
    name: str
    priority: int
    score: float | None
    techniques: int
    """That it uses and that count."""
    tested: int
    validated: int
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast attacks were seen and gaps closed in a period."""

    since: datetime
    until: datetime
    executions: int
    detected: int
    mttd_mean_seconds: float | None
    mttd_median_seconds: float | None
    fixes: int
    """Findings proven fixed."""
    mttr_mean_seconds: float | None


@dataclass(frozen=True, slots=True)
class Candour:
    """What may flatter the figures."""

    out_of_scope: int
    """Units that a decision keeps out of every figure."""
    lowered_expectations: int
    """Decisions that expect less of a technique than the organisation does in general."""
    entered_later: int
    """Tests of the last quarter that were written down a day or more after they ran."""
    manual_times: float | None
    """Share of times of the last quarter that a person typed, 0–1."""


@dataclass(frozen=True, slots=True)
class FrameworkGauge:
    """What tests say of a framework."""

    id: UUID
    framework: str
    name: str
    version: str
    classes: Mapping[str, int]
    mapped: int
    share: float | None
    """Supported of mapped controls, 0–1."""
    mapping_version: str | None
    """Release of ATT&CK that the mapping was made for."""


@dataclass(frozen=True, slots=True)
class ExecutiveReport:
    """Where we stand, on one page."""

    as_of: datetime
    domain: str
    environment_id: UUID | None
    environment: str | None
    """Name of the one environment that everything is told of; None: all active ones together."""
    attack_version: str | None
    base_as_of: datetime | None
    """When the snapshot was taken that changes are counted from; None while there is none."""
    base_id: UUID | None
    figures: Sequence[Headline]
    """The three, always together; the one on the threat profile is left out while there is none."""
    by_status: Mapping[str, int]
    tests: int
    trend: Sequence[TrendPoint]
    actors: Sequence[ActorStanding]
    """Of the threat profile only, the highest priority first."""
    gaps: Sequence[Gap]
    speed: Sequence[Speed]
    """Quarter by quarter, the last one is the present."""
    open_findings: int
    overdue_findings: int
    accepted: AcceptedRisks
    candour: Candour
    compliance: Sequence[FrameworkGauge]
    risk: Sequence[str]
    """The risk in words."""
    trail: Trail | None


def minutes_text(seconds: float | None) -> str:
    """A duration in the unit that fits."""
    if seconds is None:
        return "–"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} d"


def _measured(seconds: float | None) -> str:
    return "not measured" if seconds is None else minutes_text(seconds)


def cause_text(cause: str) -> str:
    """A cause in words."""
    return _CAUSE_WORDS.get(cause, cause.replace("_", " "))


def executive_csv(report: ExecutiveReport) -> str:
    """One line a figure: how much, on how many of what, as of when or of which period, and of which part."""
    lines = [*_score_lines(report), *_speed_lines(report), *_state_lines(report)]
    place = (report.domain, report.environment or "all")
    heading = ("figure", "value", "on", "of", "as_of", "since", "domain", "environment")
    return csv_document(heading, [(*line, *place) for line in lines])


_CsvLine = tuple[str, float | None, int | None, str, datetime, datetime | None]
"""Figure, value, on how many of what, as of when, and since when if it is of a period."""


def _score_lines(report: ExecutiveReport) -> Iterator[_CsvLine]:
    for figure in report.figures:
        yield f"score_{figure.name}", figure.score, figure.results, "current results", report.as_of, None
        change = figure.difference
        yield f"change_{figure.name}", change, figure.results, "current results", report.as_of, report.base_as_of
    for actor in report.actors:
        yield f"actor_{actor.attack_id}", actor.score, actor.tested, "techniques tested", report.as_of, None


def _speed_lines(report: ExecutiveReport) -> Iterator[_CsvLine]:
    for speed in report.speed:
        span = (speed.until, speed.since)
        yield "mttd_mean_seconds", speed.mttd_mean_seconds, speed.detected, "executions detected", *span
        yield "mttr_mean_seconds", speed.mttr_mean_seconds, speed.fixes, "findings proven fixed", *span


def _state_lines(report: ExecutiveReport) -> Iterator[_CsvLine]:
    accepted, now = report.accepted, (report.as_of, None)
    yield "open_findings", report.open_findings, None, "", *now
    yield "overdue_findings", report.overdue_findings, None, "", *now
    yield "accepted_risks", accepted.count, None, "", *now
    yield "accepted_risks_mean_age_days", accepted.mean_age_days, accepted.count, "risks", *now
    for gauge in report.compliance:
        yield f"compliance_{gauge.framework}", gauge.share, gauge.mapped, "mapped controls", *now


def executive_document(report: ExecutiveReport) -> Document:
    """The report on exactly one page."""
    return Document(
        title="Executive report",
        as_of=report.as_of,
        filters=_filters(report),
        blocks=(Figures([*(_headline(figure, report) for figure in report.figures)]), *_operations(report)),
        columns=(_left(report), _right(report)),
        trail=report.trail,
        one_page=True,
    )


def _filters(report: ExecutiveReport) -> tuple[tuple[str, str], ...]:
    place = (("Environment", report.environment),) if report.environment else ()
    return ("Domain", report.domain), *place, ("ATT&CK", report.attack_version or "–")


def _headline(figure: Headline, report: ExecutiveReport) -> Figure:
    value = score_text(figure.score)
    if figure.shown is not None:
        value += f" ({figure.shown:+.1f})"
    note = f"{figure.proven} of {counted(figure.n, 'technique')} tested, {counted(figure.results, 'result')}"
    if figure.shown is not None:
        note += f"; change since {day_text(report.base_as_of)}"
    return Figure(FIGURE_WORDS[figure.name], value, note)


def _operations(report: ExecutiveReport) -> tuple[Block, ...]:
    latest = report.speed[-1] if report.speed else None
    accepted = report.accepted
    items = [
        Figure(
            "Open findings",
            str(report.open_findings),
            f"{report.overdue_findings} overdue as of {day_text(report.as_of)}",
        ),
        Figure("Accepted risks", str(accepted.count), f"mean age {days_text(accepted.mean_age_days)}"),
    ]
    if latest is not None:
        seen = share_text(latest.detected, latest.executions)
        items = [
            Figure(
                "Time to detect",
                _measured(latest.mttd_mean_seconds),
                f"mean of {seen} {verb(latest.executions, 'execution', 'executions')}, last quarter",
            ),
            Figure(
                "Time to proven fix",
                _measured(latest.mttr_mean_seconds),
                f"mean of {counted(latest.fixes, 'fix', 'fixes')}, last quarter",
            ),
            *items,
        ]
    return (Figures(items),)


def _left(report: ExecutiveReport) -> tuple[Block, ...]:
    blocks: list[Block] = [Words("In words", report.risk)]
    if len(report.trend) > 1:
        shown = report.trend[-16:]
        names = [name for name in FIGURE_WORDS if any(getattr(point, name) is not None for point in shown)]
        series = [(FIGURE_WORDS[name], [getattr(point, name) for point in shown]) for name in names]
        blocks.append(Trend("Score over time", [day_text(point.as_of)[2:] for point in shown], series, 100))
    rows = [
        (
            f"to {day_text(speed.until)}",
            minutes_text(speed.mttd_mean_seconds),
            share_text(speed.detected, speed.executions),
            minutes_text(speed.mttr_mean_seconds),
            str(speed.fixes),
        )
        for speed in report.speed
    ]
    header = ("Quarter", "MTTD", "Detected", "MTTR", "Fixes")
    blocks.append(Words("What may flatter these figures", _flattering(report.candour)))
    blocks.insert(-1, Table("Speed", header, rows, (2.2, 1.2, 2, 1.2, 0.9), frozenset({1, 2, 3, 4})))
    return tuple(blocks)


def _flattering(candour: Candour) -> tuple[str, str]:
    typed = "–" if candour.manual_times is None else f"{100 * candour.manual_times:.0f} %"
    out, later = candour.out_of_scope, candour.entered_later
    scope = f"{counted(out, 'technique')} {verb(out, 'is', 'are')} out of scope by decision"
    lowered = f"for {candour.lowered_expectations} less is expected than in general."
    ran = verb(later, "was written down a day or more after it ran", "were written down a day or more after they ran")
    late = f"{counted(later, 'test')} of the last quarter {ran}; {typed} of its times were typed by hand."
    return f"{scope}; {lowered}", late


def _framework(gauge: FrameworkGauge) -> str:
    """Its name with its version, which some names hold already."""
    return gauge.name[:60] if gauge.version in gauge.name else f"{gauge.name[:34]} {gauge.version}"


def _right(report: ExecutiveReport) -> tuple[Block, ...]:
    actors = Table(
        "Top actors against us",
        ("Actor", "Priority", "Score", "Hold"),
        [
            (
                actor.name[:40],
                str(actor.priority),
                score_text(actor.score),
                share_text(actor.validated, actor.techniques),
            )
            for actor in report.actors
        ],
        (3, 1, 1, 1.6),
        frozenset({1, 2, 3}),
        note="" if report.actors else "No actor is on the threat profile.",
    )
    gaps = Table(
        "Gaps that matter",
        ("Technique", "Status", "Actors"),
        [
            (f"{gap.attack_id} {gap.name[:44]}", gap.status.replace("_", " "), str(len(gap.actors)))
            for gap in report.gaps
        ],
        (4, 1.6, 0.8),
        frozenset({2}),
    )
    moved = [(figure, share) for figure in report.figures[:1] for share in figure.attribution]
    causes = Table(
        f"Why it moved since {day_text(report.base_as_of)}",
        ("Cause", "Points"),
        [(cause_text(share.cause), f"{share.shown:+.1f}") for _, share in moved],
        (3, 1),
        frozenset({1}),
    )
    # Those that say most come first where there is no room for all.
    shown_gauges = sorted(report.compliance, key=lambda gauge: -gauge.mapped)[:GAUGES]
    left = len(report.compliance) - len(shown_gauges)
    more = f" {counted(left, 'further framework')} on the page." if left else ""
    compliance = Table(
        "Compliance, as far as tests indicate",
        ("Framework", "Supported", "Contradicted"),
        [
            (
                _framework(gauge),
                share_text(gauge.classes["supported"], gauge.mapped),
                str(gauge.classes["contradicted"]),
            )
            for gauge in shown_gauges
        ],
        (2.6, 1.6, 1.4),
        frozenset({1, 2}),
        note=f"Of mapped controls. It indicates, it does not certify.{more}",
    )
    shown: list[Block] = [actors, gaps]
    if moved:
        shown.append(causes)
    if report.compliance:
        shown.append(compliance)
    return tuple(shown)
