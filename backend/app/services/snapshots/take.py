"""Taking a snapshot."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.domain.comparison import FIGURES
from app.domain.coverage import Status
from app.domain.score_inputs import ScoreInputs, dump_inputs, in_environment
from app.domain.scores import Figure, Scores, score_all
from app.domain.scoring import FORMULA
from app.ids import new_id
from app.models.snapshots import CoverageSnapshot, CoverageSnapshotTechnique
from app.services import audit
from app.services.coverage.matrix import read_matrix
from app.services.scores import read_whole_inputs


async def take_snapshot(
    session: AsyncSession,
    actor: Actor,
    *,
    now: datetime,
    name: str,
    note: str = "",
    trigger: str = "manual",
    domain: str = "enterprise",
) -> CoverageSnapshot:
    """Keep a domain as it stands, over all active environments. Sealed tests are in no number of it."""
    inputs = _of_domain(await read_whole_inputs(session, domain=domain, now=now))
    tactics, _ = await read_matrix(session, domain)
    scores = await asyncio.to_thread(score_all, inputs)
    by_environment = await asyncio.to_thread(_by_environment, scores)
    named = [{"attack_id": t.attack_id, "shortname": t.shortname, "name": t.name} for t in tactics]
    snapshot = CoverageSnapshot(
        id=new_id(),
        name=name,
        note=note,
        trigger=trigger,
        domain=domain,
        taken_at=now,
        attack_version=inputs.attack_version,
        formula=FORMULA,
        figures={
            **_told(scores),
            "tactics": [t | told_figure(scores.tactics[t["shortname"]]) for t in named],
            "environments": by_environment,
        },
        inputs=dump_inputs(inputs),
        created_by_id=actor.user_id,
    )
    session.add(snapshot)
    await session.flush()  # its techniques refer to it
    lines = _lines(snapshot.id, scores)
    if lines:
        await session.execute(insert(CoverageSnapshotTechnique), lines)
    audit.record(
        session,
        actor,
        "snapshot.taken",
        subject_kind="snapshot",
        subject_id=snapshot.id,
        subject_label=name,
        after={"domain": domain, "trigger": trigger, "attack_version": inputs.attack_version, "formula": FORMULA},
    )
    return snapshot


def _of_domain(inputs: ScoreInputs) -> ScoreInputs:
    """Without the results and counts of other domains, which no score of this one rests on."""
    known = {*inputs.techniques, *inputs.successors}
    return replace(
        inputs,
        results={key: rows for key, rows in inputs.rows.items() if key in known},
        work={key: rows for key, rows in inputs.work.items() if key in known},
        rules={key: rows for key, rows in inputs.rules.items() if key in known},
        countermeasures={key: row for key, row in inputs.countermeasures.items() if key in known},
    )


def told_figure(figure: Figure) -> dict[str, Any]:
    """A figure as it is kept: the score and what it rests on."""
    return {
        "score": figure.score,
        "n": figure.n,
        "proven": figure.proven,
        "results": figure.evidence.current,
        "met": figure.evidence.met,
    }


def _by_environment(scores: Scores) -> dict[str, Any]:
    """The organisation's figures, had it just this environment: what no trend has to work out again."""
    inputs = scores.inputs
    if len(inputs.environments) == 1:
        return {environment: _organization(scores) for environment in inputs.environments}
    return {
        environment: _organization(score_all(in_environment(inputs, environment)))
        for environment in inputs.environments
    }


def _organization(scores: Scores) -> dict[str, Any]:
    figures: dict[str, Figure | None] = {name: getattr(scores.organization, name) for name in FIGURES}
    return {name: told_figure(figure) if figure else None for name, figure in figures.items()}


def _told(scores: Scores) -> dict[str, Any]:
    counts = Counter(unit.status for unit in scores.units.values())
    return {
        "organization": _organization(scores),
        "out_of_scope": scores.organization.out_of_scope,
        "techniques": len(scores.techniques),
        "units": len(scores.units),
        "by_status": {status.value: counts[status] for status in Status},
    }


def _lines(snapshot_id: UUID, scores: Scores) -> list[dict[str, Any]]:
    inputs = scores.inputs
    tactics: dict[str, list[str]] = {}
    for name, members in inputs.tactics.items():
        for identity in members:
            tactics.setdefault(identity, []).append(name)
    lines = []
    for identity, technique in inputs.techniques.items():
        parent = inputs.techniques.get(technique.parent_id or "")
        found = scores.techniques[identity]
        lines.append(
            {
                "snapshot_id": snapshot_id,
                "technique_id": UUID(identity),
                "attack_id": technique.attack_id,
                "name": technique.name,
                "parent": parent.attack_id if parent else None,
                "tactics": tactics.get(identity, []),
                "status": found.status.value,
                "score": found.score,
                "proven": found.proven,
                "results": found.evidence.current,
                "met": found.evidence.met,
            }
        )
    return lines
