"""The catalogue of detection rules as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Uuid, case, exists, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.models.knowledge import ContentLink, DetectionRule, Technique
from app.models.organisation import RuleDeployment, SecurityTool
from app.models.security_test import RuleResult, SecurityTest, TestRound
from app.services.knowledge.listing import text_condition
from app.services.reading import one_page
from app.services.validation.access import unsealed

LEVELS: Final = ("informational", "low", "medium", "high", "critical")
SORT_KEYS: Final = ("name", "source", "level", "created_at", "updated_at")
MAX_TESTS: Final = 200

_LOOKED_FOR = """
    SELECT FROM rule_result x JOIN test_round o ON o.id = x.round_id JOIN security_test e ON e.id = o.test_id
    WHERE x.rule_id = r.id AND (NOT e.blind OR e.revealed_at IS NOT NULL)
"""
# One column of a query that has `listed (ids, total)`. What it writes is `RuleSummary`; a test compares both.
_ITEMS = text(
    f"""
    (SELECT coalesce(json_agg(item ORDER BY place), '[]')::text FROM (
      SELECT p.place, json_build_object(
        'id', r.id, 'name', r.name, 'source', r.source, 'upstream_id', r.upstream_id, 'level', r.level,
        'status', r.status, 'retired', r.retired, 'language', r.language, 'platforms', r.platforms,
        'author', r.author, 'is_active', r.is_active, 'withdrawn_at', r.withdrawn_at,
        'techniques', ARRAY(
           SELECT DISTINCT coalesce(t.attack_id, l.target_attack_id) FROM content_link l
           LEFT JOIN technique t ON t.id = l.technique_id
           WHERE l.source_kind = 'rule' AND l.source_id = r.id AND l.target_kind = 'technique' ORDER BY 1),
        'deployed_in', ARRAY(
           SELECT s.name FROM rule_deployment d JOIN security_tool s ON s.id = d.tool_id
           WHERE d.rule_id = r.id AND d.valid_until IS NULL AND d.status = 'active' ORDER BY s.name),
        'firing_state', CASE WHEN EXISTS ({_LOOKED_FOR} AND x.fired) THEN 'fired'
                             WHEN EXISTS ({_LOOKED_FOR}) THEN 'silent' ELSE 'never' END) AS item
      FROM unnest(listed.ids) WITH ORDINALITY AS p(id, place) JOIN detection_rule r ON r.id = p.id
    ) written)
    """  # noqa: S608  only constants of this module are put in
)


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """What the catalogue is narrowed to."""

    sources: Sequence[str] = ()
    techniques: Sequence[str] = ()
    include_subtechniques: bool = False
    levels: Sequence[str] = ()
    statuses: Sequence[str] = ()
    platforms: Sequence[str] = ()
    languages: Sequence[str] = ()
    deployed: bool | None = None
    tool: UUID | None = None
    firing: Sequence[str] = ()
    retired: bool | None = None
    active: bool | None = None
    q: str = ""


RUNNING: Final = exists(
    select(RuleDeployment.id).where(
        RuleDeployment.rule_id == DetectionRule.id,
        RuleDeployment.valid_until.is_(None),
        RuleDeployment.status == "active",
    )
)
_EVALUATED: Final = (
    select(RuleResult.id)
    .join(TestRound, TestRound.id == RuleResult.round_id)
    .join(SecurityTest, SecurityTest.id == TestRound.test_id)
    .where(RuleResult.rule_id == DetectionRule.id, unsealed())
)
FIRING: Final[Mapping[str, ColumnElement[bool]]] = {
    "fired": exists(_EVALUATED.where(RuleResult.fired)),
    "silent": exists(_EVALUATED) & ~exists(_EVALUATED.where(RuleResult.fired)),
    "never": ~exists(_EVALUATED),
}
"""What a rule did in the tests that everybody may see: it fired in one, it was looked for and fired in none, or
nobody looked for it."""


def _conditions(wanted: RuleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, values in (
        (DetectionRule.source, wanted.sources),
        (DetectionRule.level, wanted.levels),
        (DetectionRule.status, wanted.statuses),
        (DetectionRule.language, wanted.languages),
    ):
        if values:
            conditions.append(column.in_(values))
    if wanted.platforms:
        conditions.append(DetectionRule.platforms.overlap(list(wanted.platforms)))
    if wanted.techniques:
        conditions.append(_of_techniques(wanted))
    if wanted.deployed is not None:
        conditions.append(RUNNING if wanted.deployed else ~RUNNING)
    if wanted.tool is not None:
        conditions.append(_runs_in(wanted.tool))
    if wanted.firing:
        conditions.append(or_(*(FIRING[word] for word in wanted.firing)))
    if wanted.retired is not None:
        conditions.append(DetectionRule.retired == wanted.retired)
    if wanted.active is not None:
        usable = DetectionRule.is_active & DetectionRule.withdrawn_at.is_(None)
        conditions.append(usable if wanted.active else ~usable)
    if wanted.q:
        conditions.append(text_condition(wanted.q, DetectionRule.upstream_id, DetectionRule.name))
    return conditions


def _runs_in(tool_id: UUID) -> ColumnElement[bool]:
    """Deployed in that tool now, in whatever way."""
    return exists(
        select(RuleDeployment.id).where(
            RuleDeployment.rule_id == DetectionRule.id,
            RuleDeployment.tool_id == tool_id,
            RuleDeployment.valid_until.is_(None),
        )
    )


def _of_techniques(wanted: RuleFilter) -> ColumnElement[bool]:
    """A rule is found by the id that its author wrote and by what that id means today."""
    names = [name.upper() for name in wanted.techniques]
    fits: ColumnElement[bool] = Technique.attack_id.in_(names) | ContentLink.target_attack_id.in_(names)
    if wanted.include_subtechniques:
        below = (Technique.attack_id.startswith(f"{name}.", autoescape=True) for name in names)
        raw = (ContentLink.target_attack_id.startswith(f"{name}.", autoescape=True) for name in names)
        fits = or_(fits, *below, *raw)
    found = (
        select(ContentLink.source_id)
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(ContentLink.source_kind == "rule", fits)
    )
    return DetectionRule.id.in_(found)


async def list_rules_json(
    session: AsyncSession, wanted: RuleFilter, *, sort: str, limit: int, offset: int
) -> tuple[str, int]:
    """A page of the catalogue, (JSON array of summaries, how many there are under the same filters), in one query."""
    conditions = _conditions(wanted)
    total = select(func.count()).select_from(DetectionRule).where(*conditions)
    key = sort.removeprefix("-")
    rank = case({level: place for place, level in enumerate(LEVELS)}, value=DetectionRule.level, else_=-1)
    column: Any = rank if key == "level" else getattr(DetectionRule, key)
    order = (column.desc() if sort.startswith("-") else column.asc(), DetectionRule.id)
    page = one_page(select(DetectionRule.id).where(*conditions).order_by(*order), limit, offset)
    return await _written(session, func.array(page.scalar_subquery()), total.scalar_subquery())


async def _written(session: AsyncSession, ids: ColumnElement[Any], total: ColumnElement[int]) -> tuple[str, int]:
    listed = select(ids.label("ids"), total.label("total")).cte("listed")
    found = (await session.execute(select(_ITEMS, listed.c.total))).one()
    return str(found[0]), int(found[1])


async def get_rule(session: AsyncSession, rule_id: UUID) -> DetectionRule:
    """Raise NotFound for an unknown rule."""
    rule = await session.get(DetectionRule, rule_id)
    if rule is None:
        raise NotFound("detection_rule_not_found", "There is no such detection rule.")
    return rule


async def rule_detail(session: AsyncSession, rule_id: UUID) -> dict[str, Any]:
    """A rule with its text, techniques, deployments and the tests it was looked for in."""
    rule = await get_rule(session, rule_id)
    listed, _ = await _written(session, array([rule_id], type_=Uuid()), literal(1))
    own = {column.key: getattr(rule, column.key) for column in DetectionRule.__table__.columns}
    return {
        **own,
        **orjson.loads(listed)[0],
        "references": [address for address in rule.external_references if isinstance(address, str)],
        "technique_links": await _links(session, rule_id),
        "deployments": await deployments_of(session, rule),
        "tests": await _tests(session, rule_id),
        "firing": await _firing(session, rule_id),
    }


async def _links(session: AsyncSession, rule_id: UUID) -> list[Mapping[str, Any]]:
    rows = await session.execute(
        select(
            ContentLink.target_attack_id.label("attack_id"),
            ContentLink.raw_tactic.label("tactic"),
            Technique.attack_id.label("technique"),
            Technique.name.label("name"),
            ContentLink.resolution.label("resolution"),
        )
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(
            ContentLink.source_kind == "rule",
            ContentLink.source_id == rule_id,
            ContentLink.target_kind == "technique",
        )
        .order_by(ContentLink.target_attack_id, ContentLink.raw_tactic)
    )
    return [dict(row) for row in rows.mappings()]


async def deployments_of(session: AsyncSession, rule: DetectionRule) -> list[dict[str, Any]]:
    """Where the rule runs and ran, those in force first. `outdated`: the rule has changed since it was put there."""
    rows = await session.execute(
        select(RuleDeployment, SecurityTool.name)
        .join(SecurityTool, SecurityTool.id == RuleDeployment.tool_id)
        .where(RuleDeployment.rule_id == rule.id)
        .order_by(RuleDeployment.valid_until.is_not(None), RuleDeployment.valid_from.desc(), RuleDeployment.id)
        .limit(MAX_TESTS)
    )
    return [
        {
            "tool_id": row.tool_id,
            "tool": name,
            "status": row.status,
            "since": row.valid_from,
            "until": row.valid_until,
            "outdated": row.valid_until is None and row.rule_hash != (rule.content_hash or ""),
        }
        for row, name in rows
    ]


async def _tests(session: AsyncSession, rule_id: UUID) -> list[Mapping[str, Any]]:
    rows = await session.execute(
        select(
            SecurityTest.id,
            SecurityTest.number,
            SecurityTest.name,
            SecurityTest.state,
            TestRound.no.label("round"),
            RuleResult.fired,
            RuleResult.attributed,
            RuleResult.noise_count,
            RuleResult.notes,
            RuleResult.recorded_at,
        )
        .join(TestRound, TestRound.id == RuleResult.round_id)
        .join(SecurityTest, SecurityTest.id == TestRound.test_id)
        .where(RuleResult.rule_id == rule_id, unsealed())
        .order_by(RuleResult.recorded_at.desc(), RuleResult.id)
        .limit(MAX_TESTS)
    )
    return [dict(row) for row in rows.mappings()]


async def _firing(session: AsyncSession, rule_id: UUID) -> Mapping[str, Any]:
    """How the rule did over all rounds that everybody may see."""
    row = await session.execute(
        select(
            func.count().label("evaluated"),
            func.count().filter(RuleResult.fired).label("fired"),
            func.count().filter(RuleResult.attributed).label("attributed"),
            func.coalesce(func.sum(RuleResult.noise_count), 0).label("noise"),
        )
        .select_from(RuleResult)
        .join(TestRound, TestRound.id == RuleResult.round_id)
        .join(SecurityTest, SecurityTest.id == TestRound.test_id)
        .where(RuleResult.rule_id == rule_id, unsealed())
    )
    return dict(row.mappings().one())
