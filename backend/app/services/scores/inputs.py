"""Everything that scores follow from, read in a number of queries that does not depend on how much there is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import release_key
from app.domain.score_inputs import (
    CountermeasuresInput,
    ResultInput,
    RulesInput,
    ScoreInputs,
    TechniqueInput,
    WorkInput,
)
from app.domain.scores import profile_of
from app.services.coverage.facts import Facts, read_facts
from app.services.coverage.matrix import MATRIX, matrix_of
from app.services.reading import read_rows
from app.services.scores.weights import WEIGHTS_IN_FORCE, weights_from
from app.services.threat_profile import PRIORITIES

_ROWS: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text), platform, expected, detection,
       CAST(date_part('epoch', executed_at) AS double precision), procedure_key, CAST(test_id AS text)
FROM current_result
"""
_COUNTS: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text),
       red_executing + blue_evaluating + in_review, inconclusive,
       red_executing + blue_evaluating + in_review + validated > 0,
       rules_active, rules_deployed, rules_evaluated, rules_fired,
       countermeasures_mapped, countermeasures_implemented
FROM technique_stats
WHERE tests > 0 OR rules_active > 0 OR countermeasures_mapped > 0
"""


@dataclass(frozen=True, slots=True)
class Read:
    """The inputs, and the facts that they were made of."""

    facts: Facts
    inputs: ScoreInputs


async def read_inputs(
    session: AsyncSession,
    *,
    domain: str = "enterprise",
    environment_id: UUID | None = None,
    platforms: Sequence[str] = (),
    now: datetime,
) -> ScoreInputs:
    """All inputs of all scores of a domain at this moment; three round trips, however many results there are.

    environment_id: None for all active environments together. platforms: judge by results on these only.
    Raises Invalid for an unknown environment.
    """
    facts = await read_facts(
        session, environment_id=environment_id, domain=domain, platforms=platforms, now=now, summed=True
    )
    return (await inputs_from(session, facts, domain)).inputs


async def read_whole_inputs(
    session: AsyncSession, *, domain: str = "enterprise", environment_id: UUID | None = None, now: datetime
) -> ScoreInputs:
    """The same with every result by itself, to be stored or held against others."""
    inputs = await read_inputs(session, domain=domain, environment_id=environment_id, now=now)
    (found,) = await read_rows(session, (_ROWS, {}))
    by_technique: dict[str, list[ResultInput]] = defaultdict(list)
    for technique, *row in found:
        if row[0] in inputs.environments:
            by_technique[technique].append(ResultInput(*row))
    return replace(inputs, results=by_technique)


async def inputs_from(session: AsyncSession, facts: Facts, domain: str) -> Read:
    """The inputs that go with facts that are read already, with their sums.

    Raises ValueError for facts without sums.
    """
    if facts.summed is None:
        raise ValueError("scores need the sums of the results")
    asked: Mapping[str, object] = {"domain": domain, "moment": facts.now}
    counted, weights, priorities, columns, cells = await read_rows(
        session,
        (_COUNTS, asked),
        (WEIGHTS_IN_FORCE, asked),
        (PRIORITIES, asked),
        *((query, asked) for query in MATRIX),
    )
    work, rules, countermeasures = _counts(facts, counted)
    tactics, places = matrix_of(columns, cells)
    return Read(
        facts,
        ScoreInputs(
            domain=domain,
            as_of=facts.now,
            attack_version=max({t.attack_version for t in facts.techniques}, key=release_key, default=None),
            techniques={t.id: TechniqueInput(t.attack_id, t.name, t.parent_id, t.platforms) for t in facts.techniques},
            tactics={tactic.shortname: tuple(places[tactic.id]) for tactic in tactics},
            successors=facts.successors,
            environments=dict(facts.places),
            scope=_decided(facts, "in_scope"),
            expected=facts.decisions.rules.expected,
            expectations=_decided(facts, "expected"),
            profile=_profile(priorities, {technique.id for technique in facts.techniques}),
            weights=weights_from(session, weights),
            valid_days=facts.decisions.rules.valid_days,
            results=facts.summed,
            work=work,
            rules=rules,
            countermeasures=countermeasures,
        ),
    )


def _counts(
    facts: Facts, rows: Sequence[tuple[Any, ...]]
) -> tuple[dict[str, list[WorkInput]], dict[str, list[RulesInput]], dict[str, CountermeasuresInput]]:
    work: dict[str, list[WorkInput]] = defaultdict(list)
    rules: dict[str, list[RulesInput]] = defaultdict(list)
    countermeasures: dict[str, CountermeasuresInput] = {}
    for technique, environment, opened, inconclusive, some, *counts in rows:
        if environment not in facts.environments:
            continue
        if some and not facts.platforms:
            work[technique].append(WorkInput(environment, opened, inconclusive, some))
        if counts[0]:
            rules[technique].append(RulesInput(environment, *counts[:4]))
        if counts[4]:
            countermeasures[technique] = CountermeasuresInput(*counts[4:])
    if facts.platforms:
        # Tests on some platforms are counted one by one; these are moved to their successors already.
        for technique, tests in facts.counts.items():
            work[technique] += [WorkInput(t.environment_id, t.open, t.inconclusive, t.general) for t in tests]
    return work, rules, countermeasures


def _decided(facts: Facts, name: str) -> dict[str, dict[str, Any]]:
    known = {technique.id for technique in facts.techniques}
    return {
        environment: {
            technique: value
            for technique, overlay in decisions.items()
            if technique in known and (value := getattr(overlay, name)) is not None
        }
        for environment, decisions in facts.decisions.overlays.items()
        if environment in facts.environments
    }


def _profile(rows: Sequence[tuple[Any, ...]], known: set[str]) -> dict[str, int] | None:
    """Priorities of the domain's techniques; None while no profile is set."""
    if not rows:
        return None
    own = {subject: priority for kind, subject, priority, _ in rows if kind == "technique"}
    actors = {subject: priority for kind, subject, priority, _ in rows if kind == "actor"}
    uses = {subject: used for kind, subject, _, used in rows if kind == "actor"}
    return {technique: weight for technique, weight in profile_of(own, actors, uses).items() if technique in known}
