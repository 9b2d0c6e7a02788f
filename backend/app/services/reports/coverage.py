"""The coverage report, from the same facts as the matrix."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import release_key
from app.domain.coverage import Status, Tally
from app.domain.scores import Scores, score_all
from app.reports.coverage import CoverageFigures, CoverageReport, TacticLine, TechniqueLine
from app.services.coverage.facts import Facts, read_facts
from app.services.coverage.matrix import read_matrix
from app.services.coverage.status import TechniqueStatus, judge, unit_tally
from app.services.reports.common import environment_name, said, trail_now
from app.services.scores import inputs_from


@dataclass(frozen=True, slots=True)
class CoverageQuery:
    """What the report is narrowed to; empty filters let everything through."""

    domain: str = "enterprise"
    environment_id: UUID | None = None
    platforms: Sequence[str] = ()
    tactics: Sequence[str] = ()
    """Short names or ATT&CK ids."""
    statuses: frozenset[Status] = frozenset()
    """Narrows the lines of techniques; figures stay those of all."""


async def coverage_report(session: AsyncSession, query: CoverageQuery, now: datetime) -> CoverageReport:
    """Coverage as it stands. Sealed tests are in no number. Raises Invalid for an unknown environment."""
    facts = await read_facts(
        session,
        environment_id=query.environment_id,
        domain=query.domain,
        platforms=query.platforms,
        now=now,
        summed=True,
    )
    tactics, places = await read_matrix(session, query.domain)
    if query.tactics:
        tactics = [tactic for tactic in tactics if {tactic.shortname, tactic.attack_id} & set(query.tactics)]
    judged = judge(facts)
    scores = await asyncio.to_thread(score_all, (await inputs_from(session, facts, query.domain)).inputs)
    below = _children(facts)
    runs = {t.id for t in facts.techniques if not query.platforms or _runs_on(t.platforms, query.platforms)}
    inside = {tactic.id: [i for i in places[tactic.id] if i in runs and i in judged] for tactic in tactics}
    shown = {identity for identities in inside.values() for identity in identities}
    names: dict[str, list[str]] = defaultdict(list)
    for tactic in tactics:
        for identity in inside[tactic.id]:
            names[identity].append(tactic.shortname)
    return CoverageReport(
        as_of=now,
        domain=query.domain,
        attack_version=max({t.attack_version for t in facts.techniques}, key=release_key, default=None),
        filters=said(
            environment=await environment_name(session, query.environment_id),
            platform=query.platforms,
            tactic=query.tactics,
            status=sorted(query.statuses),
        ),
        totals=_figures(shown, judged, below),
        tactics=[TacticLine(t.attack_id, t.shortname, t.name, _figures(inside[t.id], judged, below)) for t in tactics],
        techniques=_lines(facts, scores, names, query),
        trail=await trail_now(session),
    )


def _runs_on(technique: frozenset[str], asked: Sequence[str]) -> bool:
    have = technique - {"None"}
    return not have or not have.isdisjoint(asked)


def _children(facts: Facts) -> dict[str, list[str]]:
    below: dict[str, list[str]] = defaultdict(list)
    for technique in facts.techniques:
        if technique.parent_id is not None:
            below[technique.parent_id].append(technique.id)
    return below


def _figures(
    identities: Iterable[str], judged: Mapping[str, TechniqueStatus], below: Mapping[str, Sequence[str]]
) -> CoverageFigures:
    shown = [judged[identity] for identity in identities]
    leaves = [technique for technique in shown if technique.is_leaf]
    counts = Counter(status for technique in shown for status in technique.unit_statuses)
    # A parent's number includes its sub-techniques', which stand in the list themselves.
    own = (
        t.tests - sum(judged[child].tests for child in below.get(t.technique_id, ()) if child in judged) for t in shown
    )
    return CoverageFigures(
        techniques=len(shown),
        leaves=len(leaves),
        units=counts.total(),
        by_status={status.value: counts[status] for status in Status},
        proven=sum(leaf.proven for leaf in leaves),
        tests=sum(own),
        results=sum((unit_tally(technique) for technique in shown), Tally()),
    )


def _lines(
    facts: Facts, scores: Scores, tactics: Mapping[str, Sequence[str]], query: CoverageQuery
) -> list[TechniqueLine]:
    judged = judge(facts)
    names = {technique.id: technique.attack_id for technique in facts.techniques}
    lines = []
    for technique in facts.techniques:
        status = judged[technique.id]
        if technique.id not in tactics or (query.statuses and status.status not in query.statuses):
            continue
        lines.append(
            TechniqueLine(
                attack_id=technique.attack_id,
                name=technique.name,
                parent=names.get(technique.parent_id) if technique.parent_id else None,
                tactics=tuple(tactics[technique.id]),
                platforms=tuple(sorted(technique.platforms)),
                status=status.status,
                expected=status.expected,
                proven=status.proven,
                score=scores.techniques[technique.id].score,
                units=status.units,
                units_validated=status.units_validated,
                results=status.tally,
                tests=status.tests,
                open_tests=status.open_tests,
                inconclusive=status.inconclusive,
                last_executed_at=status.last_executed_at,
                reasons=status.reasons,
            )
        )
    return lines
