"""The risk in words: sentences that say no more than the figures do."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.domain.coverage import UNCOUNTED, Status
from app.domain.scores import Scores
from app.domain.wording import counted, verb
from app.reports.document import day_text
from app.reports.executive import ActorStanding, Gap, Headline, Speed, cause_text, minutes_text


class Upgrade(NamedTuple):
    """What another release of ATT&CK than the base's brought."""

    before: str
    after: str
    new: int
    gone: int


def risk_in_words(
    scores: Scores,
    *,
    figures: Sequence[Headline],
    base: datetime | None,
    upgrade: Upgrade | None,
    actors: Sequence[ActorStanding],
    gaps: Sequence[Gap],
    speed: Sequence[Speed],
    open_findings: int,
    overdue: int,
) -> list[str]:
    """What a reader without time should know, most important first."""
    words = [_coverage(scores), *_change(figures, base)]
    if upgrade is not None:
        words.append(_upgrade(upgrade))
    if actors:
        top = actors[0]
        words.append(
            f"Against {top.name}, priority {top.priority}, the defence holds for {top.validated} of "
            f"{counted(top.techniques, 'technique')}; {_untested(top.techniques - top.tested)}."
        )
    elif any(figure.name == "profile" for figure in figures):
        words.append("The threat profile names techniques and no actor.")
    else:
        words.append("Nothing is on the threat profile, so nothing here is weighed by who would attack.")
    worst = [gap.attack_id for gap in gaps if gap.status == Status.NOT_COVERED][:3]
    if worst:
        words.append(f"Proven misses that matter most: {', '.join(worst)}.")
    if speed and speed[-1].executions:
        latest = speed[-1]
        words.append(
            f"In the last quarter {latest.detected} of {counted(latest.executions, 'execution')} raised an alert"
            + (f", on the mean after {minutes_text(latest.mttd_mean_seconds)}." if latest.detected else ".")
        )
    words.append(_findings(open_findings, overdue))
    return words


def _upgrade(upgrade: Upgrade) -> str:
    gone = f", {upgrade.gone} {verb(upgrade.gone, 'is', 'are')} gone" if upgrade.gone else ""
    new = f"{counted(upgrade.new, 'technique')} {verb(upgrade.new, 'is', 'are')} new"
    return f"ATT&CK {upgrade.after} took the place of {upgrade.before} since then: {new}{gone}."


def _untested(number: int) -> str:
    if not number:
        return "all of them have a current result"
    return f"{number} of them {verb(number, 'has', 'have')} no current result"


def _findings(number: int, overdue: int) -> str:
    if not number:
        return "No finding is open."
    said = f"{counted(number, 'finding')} {verb(number, 'is', 'are')} open"
    if number == 1:
        return f"{said} and overdue." if overdue else f"{said}, not overdue."
    return f"{said}, {overdue or 'none'} of them overdue."


def _coverage(scores: Scores) -> str:
    units = [unit for unit in scores.units.values() if unit.status not in UNCOUNTED]
    holds = sum(unit.status is Status.VALIDATED for unit in units)
    missed = sum(unit.status is Status.NOT_COVERED for unit in units)
    unknown = sum(not unit.proven for unit in units)
    return (
        f"Of {counted(len(units), 'technique')} in scope the defence is proven to hold for {holds}, "
        f"is proven to miss {missed}, and is untested for {unknown}."
    )


def _change(figures: Sequence[Headline], base: datetime | None) -> list[str]:
    first = figures[0] if figures else None
    if first is None or base is None:
        return ["There is no earlier snapshot to hold this against."]
    since = day_text(base)
    if first.shown is None:
        return [f"The snapshot of {since} has no such score to hold this against."]
    if not first.shown:
        return [f"The score is where it was on {since}."]
    strongest = sorted(first.attribution, key=lambda share: -abs(share.shown))[:2]
    causes = " and ".join(f"{cause_text(share.cause)} ({share.shown:+.1f})" for share in strongest)
    moved = "rose" if first.shown > 0 else "fell"
    return [f"The score {moved} by {abs(first.shown):.1f} points since {since}, most by {causes}."]
