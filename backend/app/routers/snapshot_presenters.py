"""Snapshots and comparisons as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.attribution import Attribution
from app.domain.comparison import Change, FigureChange, TechniqueChange
from app.domain.scores import Figure
from app.models.snapshots import CoverageSnapshot, CoverageSnapshotTechnique
from app.reports.csv_text import csv_document
from app.schemas.snapshots import (
    ComparedMoment,
    SnapshotComparison,
    SnapshotDetail,
    SnapshotSummary,
    SnapshotTechnique,
)
from app.services.snapshots import Compared, Side


def snapshot_summary(snapshot: CoverageSnapshot, taken_by: str | None) -> SnapshotSummary:
    """A snapshot in a list."""
    return SnapshotSummary.model_validate(_summary(snapshot, taken_by))


def snapshot_detail(
    snapshot: CoverageSnapshot, taken_by: str | None, techniques: Sequence[CoverageSnapshotTechnique]
) -> SnapshotDetail:
    """A snapshot whole."""
    listed = [SnapshotTechnique.model_validate(technique) for technique in techniques]
    tactics = snapshot.figures["tactics"]
    return SnapshotDetail.model_validate({**_summary(snapshot, taken_by), "tactics": tactics, "technique_list": listed})


def _summary(snapshot: CoverageSnapshot, taken_by: str | None) -> dict[str, Any]:
    own = ("id", "name", "note", "trigger", "domain", "taken_at", "attack_version", "formula")
    told = ("organization", "out_of_scope", "techniques", "units", "by_status")
    return {
        **{name: getattr(snapshot, name) for name in own},
        **{name: snapshot.figures[name] for name in told},
        "created_by": taken_by,
    }


def comparison_answer(compared: Compared, *, include_unchanged: bool) -> SnapshotComparison:
    """A comparison as JSON."""
    found = compared.comparison
    before, after = found.statuses
    return SnapshotComparison.model_validate(
        {
            "domain": compared.domain,
            "environment": compared.environment_id,
            "base": _moment(compared.base),
            "head": _moment(compared.head),
            "figures": {name: _figures(change) for name, change in found.figures.items()},
            "by_status": {"base": before, "head": after},
            "changes": found.changes,
            "tactics": [
                {
                    **_figures(tactic.figure),
                    "shortname": tactic.shortname,
                    "attack_id": _name(compared, tactic.shortname)[0],
                    "name": _name(compared, tactic.shortname)[1],
                    "changes": tactic.changes,
                }
                for tactic in found.tactics
            ],
            "techniques": [_technique(technique) for technique in _listed(compared, include_unchanged)],
        }
    )


_COLUMNS = (
    "attack_id",
    "was",
    "name",
    "was_named",
    "parent",
    "tactics",
    "change",
    "base_status",
    "head_status",
    "base_score",
    "head_score",
    "difference",
    "why",
    "base_results",
    "head_results",
    "base_as_of",
    "head_as_of",
)


def comparison_table(compared: Compared, *, include_unchanged: bool) -> str:
    """The techniques of a comparison as CSV."""

    def line(technique: TechniqueChange) -> tuple[object, ...]:
        base, head = technique.base, technique.head
        return (
            technique.attack_id,
            ", ".join(technique.was),
            technique.name,
            ", ".join(technique.was_named),
            technique.parent,
            ", ".join(technique.tactics),
            technique.change,
            base.status if base else None,
            head.status if head else None,
            base.score if base else None,
            head.score if head else None,
            technique.score.difference,
            ", ".join(f"{share.cause} {share.shown:+.1f}" for share in technique.score.shares),
            base.current if base else None,
            head.current if head else None,
            compared.base.as_of,
            compared.head.as_of,
        )

    return csv_document(_COLUMNS, (line(technique) for technique in _listed(compared, include_unchanged)))


def _listed(compared: Compared, include_unchanged: bool) -> list[TechniqueChange]:
    techniques = compared.comparison.techniques
    shown = [t for t in techniques if include_unchanged or t.change is not Change.UNCHANGED]
    return sorted(shown, key=lambda technique: (technique.attack_id, technique.technique_id))


def _name(compared: Compared, shortname: str) -> tuple[str | None, str]:
    return compared.tactics.get(shortname, (None, shortname))


def _moment(side: Side) -> ComparedMoment:
    snapshot = side.snapshot
    return ComparedMoment(
        kind="now" if snapshot is None else "snapshot",
        id=None if snapshot is None else snapshot.id,
        name=None if snapshot is None else snapshot.name,
        as_of=side.as_of,
        attack_version=side.attack_version,
        formula=side.formula,
    )


def _figures(change: FigureChange) -> dict[str, Any]:
    score = change.score
    return {"base": _figure(change.base, score.base), "head": _figure(change.head, score.head), **_movement(score)}


def _figure(figure: Figure | None, score: float | None) -> Mapping[str, Any] | None:
    """A figure with the score that the difference is of: to nine decimals, and as it was told then."""
    if figure is None:
        return None
    evidence = figure.evidence
    return {
        "score": score,
        "n": figure.n,
        "proven": figure.proven,
        "results": evidence.current,
        "met": evidence.met,
    }


def _movement(score: Attribution) -> dict[str, Any]:
    return {"difference": score.difference, "shown": score.shown, "attribution": score.shares}


def _technique(technique: TechniqueChange) -> dict[str, Any]:
    return {
        **_movement(technique.score),
        "id": UUID(technique.technique_id),
        "attack_id": technique.attack_id,
        "name": technique.name,
        "parent": technique.parent,
        "tactics": technique.tactics,
        "was": technique.was,
        "was_named": technique.was_named,
        "change": technique.change,
        "base": technique.base,
        "head": technique.head,
    }
