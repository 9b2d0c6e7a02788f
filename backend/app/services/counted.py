"""The tests behind the results that figures count."""

from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import DOMAINS
from app.domain.coverage import EXPIRY_NOTICE_DAYS, applies
from app.domain.outcomes import Detection, meets
from app.services.coverage.facts import Facts, TechniqueRow, read_facts
from app.services.reading import read_rows


class Standing(StrEnum):
    """How a result stands in the figures; one that expires soon is met, sighted or missed as well."""

    MET = "met"
    SIGHTED = "sighted"
    MISSED = "missed"
    EXPIRING = "expiring"
    EXPIRED = "expired"


_RESULTS: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text), expected, detection, executed_at, test_id
FROM current_result
"""


class Counted(NamedTuple):
    """Where a result counts, and against what."""

    technique: TechniqueRow
    expected: str
    """The result's own expectation, else what is decided."""


class Placing:
    """Tells which stored results count at all: where their technique is applicable and in scope."""

    def __init__(self, facts: Facts, only: AbstractSet[str] | None = None) -> None:
        """With `only` results of these techniques count and no others."""
        self._facts, self._only = facts, only
        self._known = {technique.id: technique for technique in facts.techniques}
        self._places = dict(facts.places)

    def of(self, technique_id: str, environment_id: str, expected: str | None) -> Counted | None:
        """The technique that a result counts for, through its lineage. None: it is in no figure."""
        technique = self._known.get(self._facts.successors.get(technique_id, technique_id))
        if technique is None or environment_id not in self._places:
            return None
        if self._only is not None and technique.id not in self._only:
            return None
        if not applies(technique.platforms, self._places[environment_id]):
            return None
        decisions = self._facts.decisions
        if not decisions.in_scope(technique.id, technique.parent_id, environment_id):
            return None
        return Counted(technique, expected or decisions.expected(technique.id, technique.parent_id, environment_id))


@dataclass(frozen=True, slots=True)
class Among:
    """Which results are looked at."""

    domain: str | None = None
    """None for all."""
    environment_id: UUID | None = None
    techniques: Sequence[str] = ()
    """ATT&CK ids of what the results count for: the successor where what was tested is gone. Empty for all."""
    include_subtechniques: bool = False

    async def placings(self, session: AsyncSession, now: datetime) -> AsyncIterator[tuple[Placing, datetime]]:
        """For each domain what places its results, and the moment before which results are too old.

        Raises Invalid for an unknown environment.
        """
        for name in DOMAINS if self.domain is None else (self.domain,):
            facts = await read_facts(session, environment_id=self.environment_id, domain=name, platforms=(), now=now)
            only = _named(facts, self.techniques, families=self.include_subtechniques)
            yield Placing(facts, only), now - timedelta(days=facts.decisions.rules.valid_days)


async def tests_that_stand(
    session: AsyncSession, wanted: AbstractSet[Standing], among: Among, now: datetime
) -> list[UUID] | None:
    """The tests whose result stands in one of these ways, just those that the figures count.

    None when no standing is asked for. Raises Invalid for an unknown environment.
    """
    if not wanted:
        return None
    found: list[UUID] = []
    async for placing, cutoff in among.placings(session, now):
        (rows,) = await read_rows(session, (_RESULTS, {}))
        for technique, environment, own, detection, executed_at, test_id in rows:
            counted = placing.of(technique, environment, own)
            if counted and wanted & _standings(Detection(detection), counted.expected, executed_at, cutoff):
                found.append(test_id)
    return found


def _named(facts: Facts, techniques: Sequence[str], *, families: bool) -> set[str] | None:
    """Ids of the techniques of these ATT&CK ids, and with families of their sub-techniques. None: all are meant."""
    if not techniques:
        return None
    names = {technique.upper() for technique in techniques}
    found = {technique.id for technique in facts.techniques if technique.attack_id.upper() in names}
    if families:
        found |= {technique.id for technique in facts.techniques if technique.parent_id in found}
    return found


def _standings(detection: Detection, expected: str, executed_at: datetime, cutoff: datetime) -> set[Standing]:
    if executed_at < cutoff:
        return {Standing.EXPIRED}
    if meets(detection, expected):
        found = Standing.MET
    else:
        found = Standing.MISSED if detection is Detection.NOT_DETECTED else Standing.SIGHTED
    soon = executed_at < cutoff + timedelta(days=EXPIRY_NOTICE_DAYS)
    return {found, Standing.EXPIRING} if soon else {found}
