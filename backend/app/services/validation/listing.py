"""Pages of tests as JSON that the database writes: the hottest list, in two queries whatever its length."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.blindness import BLUE_ROLES, MASK_NAME, sees_sealed
from app.models.security_test import SecurityTest
from app.services.validation.queries import TestFilter, conditions_of, joined_as_needed, order_of

_PERSON = "json_build_object('id', {0}.id, 'username', {0}.username, 'full_name', {0}.full_name)"
_DECIDED = """
    (SELECT o.expected FROM technique_overlay o
     WHERE o.technique_id = {technique} AND o.environment_id = t.environment_id AND o.expected IS NOT NULL
       AND o.valid_from <= :moment AND (o.valid_until IS NULL OR o.valid_until > :moment)
     ORDER BY o.valid_from DESC, o.id DESC LIMIT 1)
"""
# The expectation follows the rule of `services.coverage.decisions`; a test holds both against each other.
_PAGE = text(
    f"""
    SELECT coalesce(json_agg(item ORDER BY place), '[]')::text FROM (
      SELECT p.place, json_build_object(
        'id', t.id, 'number', coalesce('AT-' || t.number, 'BLIND-' || right(replace(t.id::text, '-', ''), 8)),
        'name', CASE WHEN m.masked THEN :mask_name ELSE t.name END, 'state', t.state, 'state_since', t.state_since,
        'round', t.current_round,
        'technique', CASE WHEN NOT m.masked THEN
          json_build_object('id', q.id, 'attack_id', q.attack_id, 'name', q.name, 'is_active', q.is_active) END,
        'technique_at_test', CASE WHEN NOT m.masked THEN t.technique_at_test END,
        'environment', json_build_object('id', e.id, 'name', e.name),
        'platform', CASE WHEN NOT m.masked THEN t.platform END, 'detection', r.detection, 'expected', x.expected,
        'meets_expectation', CASE WHEN r.detection <> 'inconclusive' THEN
           array_position(ARRAY['not_detected', 'partially_detected', 'detected', 'prevented'], r.detection)
             > array_position(ARRAY['logged', 'detected', 'prevented'], x.expected) END,
        'waits_for', CASE
           WHEN t.archived_at IS NOT NULL THEN NULL
           WHEN t.state IN ('draft', 'red_executing') THEN 'red'
           WHEN t.state = 'blue_evaluating' THEN 'blue'
           WHEN t.state = 'rejected' THEN 'leads'
           WHEN t.state = 'in_review' THEN CASE v.sides
             WHEN ARRAY['red'] THEN 'blue_lead' WHEN ARRAY['blue'] THEN 'red_lead' ELSE 'leads' END END,
        'red_assignee', CASE WHEN ra.id IS NOT NULL AND NOT m.masked THEN {_PERSON.format("ra")} END,
        'blue_assignee', CASE WHEN ba.id IS NOT NULL THEN {_PERSON.format("ba")} END,
        'created_by', CASE WHEN NOT m.masked THEN {_PERSON.format("cb")} END,
        'created_at', CASE WHEN m.masked THEN t.handed_over_at ELSE t.created_at END,
        'executed_at', CASE WHEN NOT m.masked THEN r.first_executed_at END, 'decided_at', t.decided_at,
        'archived', t.archived_at IS NOT NULL, 'annulled', t.annulled_at IS NOT NULL, 'blind', t.blind,
        'sealed', t.blind AND t.revealed_at IS NULL,
        'retest_of', CASE WHEN NOT m.masked THEN t.retest_of_id END,
        'tags', CASE WHEN m.masked THEN '[]' ELSE to_json(t.tags) END) AS item
      FROM unnest(:ids) WITH ORDINALITY AS p(id, place)
      JOIN security_test t ON t.id = p.id
      CROSS JOIN LATERAL (SELECT NOT :sees_sealed AND t.blind AND t.revealed_at IS NULL AS masked) m
      JOIN test_round r ON r.test_id = t.id AND r.no = t.current_round
      JOIN technique q ON q.id = t.technique_id
      JOIN environment e ON e.id = t.environment_id
      JOIN user_account cb ON cb.id = t.created_by_id
      LEFT JOIN user_account ra ON ra.id = t.red_assignee_id
      LEFT JOIN user_account ba ON ba.id = t.blue_assignee_id
      CROSS JOIN LATERAL (SELECT coalesce(
        CASE WHEN NOT m.masked THEN coalesce(
          t.expected, {_DECIDED.format(technique="q.id")}, {_DECIDED.format(technique="q.parent_id")}) END,
        (SELECT s.value ->> 'value' FROM setting s WHERE s.key = 'expected_outcome' AND s.valid_from <= :moment
           AND (s.valid_until IS NULL OR s.valid_until > :moment) ORDER BY s.valid_from DESC LIMIT 1),
        :default) AS expected) x
      LEFT JOIN LATERAL (SELECT array_agg(side ORDER BY side) AS sides FROM vote WHERE round_id = r.id) v
        ON t.state = 'in_review'
    ) listed
    """  # noqa: S608  only constants of this module are put in
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def list_tests_json(
    session: AsyncSession,
    actor: Actor,
    wanted: TestFilter,
    settings: Settings,
    *,
    sort: str,
    limit: int,
    offset: int,
) -> tuple[str, int]:
    """A page of the tests that exist for the actor: (JSON array of summaries, total)."""
    conditions = conditions_of(actor, wanted)
    page = (
        joined_as_needed(select(SecurityTest.id), wanted)
        .where(*conditions)
        .order_by(*order_of(sort, masked=await _has_masked(session, actor)))
        .limit(limit)
        .offset(offset)
    )
    total = joined_as_needed(select(func.count()), wanted).where(*conditions)
    found = (
        await session.execute(select(func.array(page.scalar_subquery(), type_=ARRAY(Uuid())), total.scalar_subquery()))
    ).one()
    ids: Sequence[UUID] = found[0]
    facts = {
        "ids": ids,
        "moment": now(),
        "default": settings.expected_outcome,
        "sees_sealed": sees_sealed(actor),
        "mask_name": MASK_NAME,
    }
    items = await session.scalar(_PAGE, facts)
    return str(items), int(found[1])


async def _has_masked(session: AsyncSession, actor: Actor) -> bool:
    """Whether the list holds tests that this actor sees masked; the usual answer is no, and costs an index probe."""
    if actor.role not in BLUE_ROLES:
        return False
    sealed = (SecurityTest.blind, SecurityTest.revealed_at.is_(None), SecurityTest.handed_over_at.is_not(None))
    return bool(await session.scalar(select(exists().where(*sealed))))
