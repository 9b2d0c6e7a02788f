"""Pages of tests as JSON that the database writes: the hottest list, in one query whatever its length."""

from sqlalchemy import exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.blindness import BLUE_ROLES, MASK_NAME, sees_sealed
from app.models.security_test import SecurityTest
from app.services.ranks import meets
from app.services.validation.access import sealed
from app.services.validation.queries import TestFilter, page_of, total_of

# Names by subqueries, not joins: each is planned by itself, while the planner tries joins in every order.
_PERSON = """(SELECT json_build_object('id', u.id, 'username', u.username, 'full_name', u.full_name)
             FROM user_account u WHERE u.id = t.{0})"""
# One column of a query that has `listed (ids, total)`. The expectation follows the rule of
# `services.coverage.decisions`; a test holds both against each other.
_ITEMS = text(
    f"""
    (SELECT coalesce(json_agg(item ORDER BY place), '[]')::text FROM (
      SELECT p.place, json_build_object(
        'id', t.id, 'number', coalesce('AT-' || t.number, 'BLIND-' || right(replace(t.id::text, '-', ''), 8)),
        'name', CASE WHEN m.masked THEN :mask_name ELSE t.name END, 'state', t.state, 'state_since', t.state_since,
        'round', t.current_round,
        'technique', CASE WHEN NOT m.masked THEN
          json_build_object('id', q.id, 'attack_id', q.attack_id, 'name', q.name, 'is_active', q.is_active) END,
        'technique_at_test', CASE WHEN NOT m.masked THEN t.technique_at_test END,
        'environment', (SELECT json_build_object('id', e.id, 'name', e.name)
                        FROM environment e WHERE e.id = t.environment_id),
        'platform', CASE WHEN NOT m.masked THEN t.platform END, 'detection', r.detection, 'expected', x.expected,
        'meets_expectation', CASE WHEN r.detection <> 'inconclusive' THEN
           {meets("r.detection", "x.expected")} END,
        'waits_for', CASE
           WHEN t.archived_at IS NOT NULL THEN NULL
           WHEN t.state IN ('draft', 'red_executing') THEN 'red'
           WHEN t.state = 'blue_evaluating' THEN 'blue'
           WHEN t.state = 'rejected' THEN 'leads'
           WHEN t.state = 'in_review' THEN
             CASE (SELECT array_agg(v.side ORDER BY v.side) FROM vote v WHERE v.round_id = r.id)
             WHEN ARRAY['red'] THEN 'blue_lead' WHEN ARRAY['blue'] THEN 'red_lead' ELSE 'leads' END END,
        'red_assignee', CASE WHEN NOT m.masked THEN {_PERSON.format("red_assignee_id")} END,
        'blue_assignee', {_PERSON.format("blue_assignee_id")},
        'created_by', CASE WHEN NOT m.masked THEN {_PERSON.format("created_by_id")} END,
        'created_at', CASE WHEN m.masked THEN t.handed_over_at ELSE t.created_at END,
        'executed_at', CASE WHEN NOT m.masked THEN r.first_executed_at END, 'decided_at', t.decided_at,
        'archived', t.archived_at IS NOT NULL, 'annulled', t.annulled_at IS NOT NULL, 'blind', t.blind,
        'sealed', t.blind AND t.revealed_at IS NULL,
        'retest_of', CASE WHEN NOT m.masked THEN t.retest_of_id END,
        'tags', CASE WHEN m.masked THEN '[]' ELSE to_json(t.tags) END) AS item
      FROM unnest(listed.ids) WITH ORDINALITY AS p(id, place)
      JOIN security_test t ON t.id = p.id
      CROSS JOIN LATERAL (SELECT NOT :sees_sealed AND t.blind AND t.revealed_at IS NULL AS masked) m
      JOIN test_round r ON r.test_id = t.id AND r.no = t.current_round
      JOIN technique q ON q.id = t.technique_id
      CROSS JOIN LATERAL (SELECT coalesce(
        CASE WHEN NOT m.masked THEN coalesce(t.expected,
          (SELECT o.expected FROM technique_overlay o
           WHERE o.technique_id IN (q.id, q.parent_id) AND o.environment_id = t.environment_id
             AND o.expected IS NOT NULL AND o.valid_from <= :moment
             AND (o.valid_until IS NULL OR o.valid_until > :moment)
           ORDER BY o.technique_id <> q.id, o.valid_from DESC, o.id DESC LIMIT 1)) END,
        (SELECT s.value ->> 'value' FROM setting s WHERE s.key = 'expected_outcome' AND s.valid_from <= :moment
           AND (s.valid_until IS NULL OR s.valid_until > :moment) ORDER BY s.valid_from DESC LIMIT 1),
        :default) AS expected OFFSET 0) x
    ) written)
    """  # noqa: S608  only constants of this module are put in
)


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
    page = page_of(actor, wanted, sort=sort, limit=limit, offset=offset, masked=await _has_masked(session, actor))
    ids, total = func.array(page.scalar_subquery()), total_of(actor, wanted)
    listed = select(ids.label("ids"), total.label("total")).cte("listed")
    facts = {
        "moment": now(),
        "default": settings.expected_outcome,
        "sees_sealed": sees_sealed(actor),
        "mask_name": MASK_NAME,
    }
    found = (await session.execute(select(_ITEMS, listed.c.total), facts)).one()
    return str(found[0]), int(found[1])


async def _has_masked(session: AsyncSession, actor: Actor) -> bool:
    """Whether the list holds tests that this actor sees masked; the usual answer is no, and costs an index probe."""
    if actor.role not in BLUE_ROLES:
        return False
    return bool(await session.scalar(select(exists().where(sealed(), SecurityTest.handed_over_at.is_not(None)))))
