"""What scores rest on: tests, results, and procedures tested of procedures known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.scores import Scores
from app.domain.scoring import Evidence, wilson
from app.services.coverage.facts import Facts
from app.services.reading import read_rows

# LOLBAS and GTFOBins list hundreds of near-copies: they stand beside the share.
_PROCEDURES: Final = """
WITH known AS (
  SELECT DISTINCT l.technique_id, m.upstream_id, m.source IN ('lolbas', 'gtfobins') AS apart
  FROM content_link l JOIN test_template m ON m.id = l.source_id
  JOIN technique t ON t.id = l.technique_id AND t.domain = %(domain)s
  WHERE l.source_kind = 'template' AND l.is_active AND m.is_active AND m.withdrawn_at IS NULL
), tested AS (
  SELECT technique_id, procedure_key FROM current_result
  WHERE executed_at >= %(cutoff)s AND environment_id = ANY(CAST(%(environments)s AS uuid[]))
    AND (cardinality(CAST(%(platforms)s AS text[])) = 0 OR platform = ANY(%(platforms)s))
)
SELECT CAST(k.technique_id AS text),
       count(*) FILTER (
           WHERE NOT k.apart AND (k.technique_id, k.upstream_id) IN (SELECT technique_id, procedure_key FROM tested)),
       count(*) FILTER (WHERE NOT k.apart),
       count(*) FILTER (WHERE k.apart)
FROM known k
GROUP BY k.technique_id
"""


class Procedures(NamedTuple):
    """Procedures of a technique."""

    tested: int = 0
    known: int = 0
    apart: int = 0


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of any set of techniques, from what was read once."""

    tests: Mapping[str, int]
    procedures: Mapping[str, Procedures]
    as_of: datetime

    def of(self, scores: Scores, technique_ids: Iterable[str], evidence: Evidence) -> dict[str, Any]:
        """The sample of some techniques, a parent's with its sub-techniques."""
        units = {unit for one in technique_ids for unit in (one, *scores.children.get(one, ()))}
        procedures = [self.procedures[unit] for unit in units if unit in self.procedures]
        interval = wilson(evidence.met, evidence.current)
        return {
            "tests": sum(self.tests.get(unit, 0) for unit in units),
            "results": evidence.current,
            "met": evidence.met,
            "sighted": evidence.sighted,
            "missed": evidence.missed,
            "expired": evidence.expired,
            "detection_rate": evidence.met / evidence.current if evidence.current else None,
            "interval": None if interval is None else {"low": interval[0], "high": interval[1]},
            "procedures_tested": sum(found.tested for found in procedures),
            "procedures_known": sum(found.known for found in procedures),
            "procedures_apart": sum(found.apart for found in procedures),
        }


async def read_samples(session: AsyncSession, facts: Facts, domain: str) -> Samples:
    """Tests and procedures of every technique of a domain."""
    asked = {
        "domain": domain,
        "cutoff": facts.now - timedelta(days=facts.decisions.rules.valid_days),
        "environments": list(facts.environments),
        "platforms": sorted(facts.platforms),
    }
    (rows,) = await read_rows(session, (_PROCEDURES, asked))
    tests = {technique: sum(count.tests for count in counts) for technique, counts in facts.counts.items()}
    return Samples(tests, {technique: Procedures(*counts) for technique, *counts in rows}, facts.now)
