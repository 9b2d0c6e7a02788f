"""Where the defence fell short: misses by cause, and the ones that cost least to mend."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import DOMAINS
from app.domain.outcomes import MISS_CAUSES, Detection, meets
from app.domain.scores import score_all, without_covered_parents
from app.services.counted import Placing
from app.services.coverage.facts import Facts, TechniqueRow, read_facts
from app.services.findings.owners import owners
from app.services.reading import read_rows
from app.services.scores.inputs import inputs_from

TESTS_SHOWN: Final = 20
"""So many tests stand behind one quick win, so many techniques behind one cause."""
UNSTATED: Final = "unstated"
"""Asks for results below expectation for which nobody stated a cause."""
_SHORT: Final = """
SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text), e.name, c.platform, c.expected, c.detection,
       c.executed_at, c.test_id, t.number, t.name, r.miss_cause, r.further_causes
FROM current_result c
JOIN environment e ON e.id = c.environment_id
JOIN test_round r ON r.id = c.round_id
JOIN security_test t ON t.id = c.test_id
WHERE c.executed_at >= %(cutoff)s AND c.detection <> 'prevented'
ORDER BY c.executed_at DESC, c.test_id
"""


class Shortfall(NamedTuple):
    """A current result below what was expected of it."""

    technique: TechniqueRow
    environment: str
    platform: str | None
    expected: str
    detection: str
    executed_at: datetime
    test_id: UUID
    number: int | None
    name: str
    cause: str | None
    further: Sequence[str]


async def shortfalls(session: AsyncSession, facts: Facts) -> list[Shortfall]:
    """Current results below their expectation where the technique is applicable and in scope, newest first."""
    asked = {"cutoff": facts.now - timedelta(days=facts.decisions.rules.valid_days)}
    (rows,) = await read_rows(session, (_SHORT, asked))
    placing = Placing(facts)
    found = []
    for identity, environment, place, platform, own, detection, *rest in rows:
        counted = placing.of(identity, environment, own)
        if counted is not None and not meets(Detection(detection), counted.expected):
            found.append(Shortfall(counted.technique, place, platform, counted.expected, detection, *rest))
    return found


async def tests_behind(
    session: AsyncSession,
    *,
    causes: AbstractSet[str],
    further: AbstractSet[str],
    domain: str | None,
    environment_id: UUID | None,
    now: datetime,
) -> list[UUID] | None:
    """The tests that `misses_by_cause` counts under any of these causes, `UNSTATED` being that of those without one.

    further: the tests that also name any of these. domain: None for all. None when no cause is asked for at all.
    Raises Invalid for an unknown environment.
    """
    if not causes and not further:
        return None
    found: list[UUID] = []
    for name in DOMAINS if domain is None else (domain,):
        facts = await read_facts(session, environment_id=environment_id, domain=name, platforms=(), now=now)
        for miss in await shortfalls(session, facts):
            named = not causes or (miss.cause or UNSTATED) in causes
            if named and (not further or not further.isdisjoint(miss.further)):
                found.append(miss.test_id)
    return found


async def misses_by_cause(
    session: AsyncSession, *, domain: str, environment_id: UUID | None, now: datetime
) -> dict[str, Any]:
    """Shortfalls by their primary cause with its owner, the most frequent first.

    Raises Invalid for an unknown environment.
    """
    facts = await read_facts(session, environment_id=environment_id, domain=domain, platforms=(), now=now)
    found = await shortfalls(session, facts)
    owned = await owners(session)
    by_cause: dict[str | None, list[Shortfall]] = defaultdict(list)
    further: dict[str, int] = defaultdict(int)
    for miss in found:
        by_cause[miss.cause].append(miss)
        for cause in miss.further:
            further[cause] += 1
    causes: list[str | None] = [cause for cause in MISS_CAUSES if cause in by_cause or further[cause]]
    causes += [None] if None in by_cause else []
    items = [_cause(cause, by_cause.get(cause, []), owned, further[cause or ""]) for cause in causes]
    items.sort(key=lambda item: (-item["results"], -item["further"], item["cause"] or "~"))
    return {"domain": domain, "as_of": now, "results": len(found), "items": items}


def _cause(cause: str | None, misses: Sequence[Shortfall], owned: Mapping[str, str], further: int) -> dict[str, Any]:
    techniques = sorted({miss.technique.attack_id for miss in misses})
    return {
        "cause": cause,
        "owner": owned.get(cause) if cause is not None else None,
        "results": len(misses),
        "missed": sum(miss.detection == Detection.NOT_DETECTED for miss in misses),
        "sighted": sum(miss.detection != Detection.NOT_DETECTED for miss in misses),
        "further": further,
        "technique_count": len(techniques),
        "techniques": techniques[:TESTS_SHOWN],
        "oldest_executed_at": min((miss.executed_at for miss in misses), default=None),
        "newest_executed_at": max((miss.executed_at for miss in misses), default=None),
    }


async def quick_wins(
    session: AsyncSession, *, domain: str, environment_id: UUID | None, now: datetime, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Techniques that left telemetry and no alert where one was expected: the data is there, a rule is not.

    First those that matter to the threat profile, then by what an alert would add to the score.
    Raises Invalid for an unknown environment.
    """
    facts = await read_facts(session, environment_id=environment_id, domain=domain, platforms=(), now=now, summed=True)
    found: dict[str, list[Shortfall]] = defaultdict(list)
    for miss in await shortfalls(session, facts):
        if miss.detection == Detection.PARTIALLY_DETECTED:
            found[miss.technique.id].append(miss)
    inputs = (await inputs_from(session, facts, domain)).inputs
    before = score_all(inputs)
    after = score_all(replace(inputs, results=facts.summed.alerted()) if facts.summed else inputs)
    profile = without_covered_parents(before, inputs.profile or {}, inputs.profile or {})
    items: list[dict[str, Any]] = []
    for identity, misses in found.items():
        unit, then = before.units[identity], after.units[identity]
        items.append(
            {
                "attack_id": misses[0].technique.attack_id,
                "name": misses[0].technique.name,
                "priority": profile.get(identity) if inputs.profile is not None else None,
                "results": len(misses),
                "rules_active": unit.evidence.rules_active,
                "rules_deployed": unit.evidence.rules_deployed,
                "score": unit.score,
                "score_alerted": then.score,
                "gain": None if unit.score is None or then.score is None else then.score - unit.score,
                "tests": [_test(miss) for miss in misses[:TESTS_SHOWN]],
            }
        )
    items.sort(key=lambda item: (-(item["priority"] or 0), -(item["gain"] or 0.0), item["attack_id"]))
    return items[offset : offset + limit], len(items)


def _test(miss: Shortfall) -> dict[str, Any]:
    return {
        "id": miss.test_id,
        "number": None if miss.number is None else f"AT-{miss.number}",
        "name": miss.name,
        "platform": miss.platform,
        "environment": miss.environment,
        "expected": miss.expected,
        "executed_at": miss.executed_at,
        "cause": miss.cause,
    }
