"""The facts behind the statuses of a page of techniques, written by the database in the statement of the page.

The same inputs as `services.coverage.facts` reads for all techniques, judged by the same `judge`; a test holds both
against each other. A list has no time for several round trips.
"""

from collections import defaultdict
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.coverage.decisions import Decisions, OrganisationRules, Overlay, first_rules
from app.services.coverage.facts import Counts, Facts, ResultGroup, TechniqueRow, end_of_lineage

_FACTS: Final = text(
    """
    (WITH family AS MATERIALIZED (
      SELECT t.id, t.attack_id, t.parent_id, t.platforms FROM technique t
      WHERE t.is_active AND NOT t.unresolved AND (t.id = ANY(listed.ids) OR t.parent_id = ANY(listed.ids))
    ), place AS MATERIALIZED (
      SELECT e.id, e.is_default, e.name,
             (SELECT array_agg(DISTINCT p.platform) FROM environment_platform p
              WHERE p.environment_id = e.id
                AND p.valid_from <= :moment AND (p.valid_until IS NULL OR p.valid_until > :moment)) AS platforms
      FROM environment e WHERE e.is_active
    ), decided AS MATERIALIZED (
      SELECT DISTINCT ON (s.key) s.key, s.value -> 'value' AS value FROM setting s
      WHERE s.key IN ('expected_outcome', 'result_valid_days')
        AND s.valid_from <= :moment AND (s.valid_until IS NULL OR s.valid_until > :moment)
      ORDER BY s.key, s.valid_from DESC
    ), successor AS MATERIALIZED (
      SELECT t.id AS gone, (array_agg(DISTINCT a.technique_id))[1] AS successor
      FROM technique t
      JOIN technique_alias a ON a.scheme = 'attack' AND a.external_id = t.attack_id AND a.technique_id <> t.id
      WHERE NOT t.is_active AND a.kind IN ('same', 'revoked_by', 'merge')
        AND EXISTS (SELECT FROM technique_stats s WHERE s.technique_id = t.id)
      GROUP BY t.id HAVING count(DISTINCT a.technique_id) = 1
    ), counted AS MATERIALIZED (
      SELECT id FROM family UNION ALL SELECT gone FROM successor
    )
    SELECT json_build_object(
      'techniques', (SELECT json_agg(json_build_array(id, attack_id, parent_id, platforms) ORDER BY attack_id)
                     FROM family),
      'places', (SELECT json_agg(json_build_array(id, platforms) ORDER BY is_default DESC, name) FROM place),
      'settings', (SELECT json_object_agg(key, value) FROM decided),
      'successors', (SELECT json_object_agg(gone, successor) FROM successor),
      'overlays', (
        SELECT json_agg(json_build_array(technique_id, environment_id, in_scope, expected)) FROM (
          SELECT o.technique_id, o.environment_id,
            (array_agg(o.in_scope ORDER BY o.valid_from DESC, o.id DESC) FILTER (WHERE o.in_scope IS NOT NULL))[1]
              AS in_scope,
            (array_agg(o.expected ORDER BY o.valid_from DESC, o.id DESC) FILTER (WHERE o.expected IS NOT NULL))[1]
              AS expected
          FROM technique_overlay o
          WHERE o.technique_id IN (SELECT id FROM family UNION SELECT parent_id FROM family)
            AND o.valid_from <= :moment AND (o.valid_until IS NULL OR o.valid_until > :moment)
            AND (o.in_scope IS NOT NULL OR o.expected IS NOT NULL)
          GROUP BY o.technique_id, o.environment_id) v),
      'results', (
        SELECT json_agg(json_build_array(technique_id, environment_id, expected, prevented, detected,
                                         partially_detected, not_detected, expired))
        FROM (
          SELECT c.technique_id, c.environment_id, c.expected,
            count(*) FILTER (WHERE c.detection = 'prevented' AND c.executed_at >= x.cutoff) AS prevented,
            count(*) FILTER (WHERE c.detection = 'detected' AND c.executed_at >= x.cutoff) AS detected,
            count(*) FILTER (WHERE c.detection = 'partially_detected' AND c.executed_at >= x.cutoff)
              AS partially_detected,
            count(*) FILTER (WHERE c.detection = 'not_detected' AND c.executed_at >= x.cutoff) AS not_detected,
            count(*) FILTER (WHERE c.executed_at < x.cutoff) AS expired
          FROM current_result c
          CROSS JOIN (SELECT :moment - make_interval(hours => 24 * coalesce(
            (SELECT CAST(value #>> '{}' AS integer) FROM decided WHERE key = 'result_valid_days'), :valid_days))
            AS cutoff) x
          WHERE c.technique_id IN (SELECT id FROM counted)
          GROUP BY c.technique_id, c.environment_id, c.expected) g),
      'counts', (
        SELECT json_agg(json_build_array(s.technique_id, s.environment_id, s.tests,
          s.red_executing + s.blue_evaluating + s.in_review, s.inconclusive,
          s.red_executing + s.blue_evaluating + s.in_review + s.validated > 0
            OR s.rules_deployed > 0 OR s.countermeasures_implemented > 0))
        FROM technique_stats s WHERE s.technique_id IN (SELECT id FROM counted))
    )::text)
    """
)


def facts_column(session: AsyncSession, now: datetime) -> TextClause:
    """A column with the facts of the techniques of `listed (ids, …)`, over all active environments."""
    return _FACTS.bindparams(moment=now, valid_days=first_rules(session).valid_days)


def facts_of_page(session: AsyncSession, written: str, now: datetime) -> Facts:
    """The facts from that column."""
    found = orjson.loads(written)
    environments = {key: frozenset(platforms) if platforms else None for key, platforms in found["places"] or ()}
    settings, first = found["settings"] or {}, first_rules(session)
    rules = OrganisationRules(
        expected=str(settings.get("expected_outcome", first.expected)),
        valid_days=int(settings.get("result_valid_days", first.valid_days)),
        actionable_severity=first.actionable_severity,
    )
    overlays: dict[str, dict[str, Overlay]] = defaultdict(dict)
    for technique, environment, scope, expected in found["overlays"] or ():
        overlays[environment][technique] = Overlay(scope, expected)
    ends = end_of_lineage(found["successors"] or {})
    results: dict[str, list[ResultGroup]] = defaultdict(list)
    for technique, *group in found["results"] or ():
        if group[0] in environments:
            # When they were run is in no list.
            results[ends.get(technique, technique)].append(ResultGroup._make((*group, now)))
    counts: dict[str, list[Counts]] = defaultdict(list)
    for technique, *count in found["counts"] or ():
        if count[0] in environments:
            counts[ends.get(technique, technique)].append(Counts(*count))
    techniques = [
        TechniqueRow(key, attack_id, "", parent, frozenset(platforms), review_required=False, attack_version=None)
        for key, attack_id, parent, platforms in found["techniques"] or ()
    ]
    return Facts(
        now, techniques, environments, frozenset(), Decisions(rules, overlays), results, counts, ends, summed=None
    )
