"""Everything that is known of one technique."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.clock import now
from app.domain.actor import Actor
from app.models.knowledge import (
    Analytic,
    ContentLink,
    DetectionRule,
    DetectionStrategy,
    Mitigation,
    Software,
    Tactic,
    Technique,
    TechniqueAlias,
    TechniqueTactic,
    TestTemplate,
)
from app.models.organisation import Approval
from app.models.security_test import SecurityTest
from app.services.content.intelligence import reasons_for_review
from app.services.coverage import TechniqueStatus
from app.services.knowledge.decisions import overlays_in_force
from app.services.knowledge.listing import AnyRow, statuses_of
from app.services.validation.access import open_to

FIRST_TEMPLATES = 50
FIRST_TESTS = 20

_ACTORS = text(
    """
    SELECT g.id, g.attack_id, g.name, l.description AS how, NULL AS via_campaign, l.source,
      l.external_references AS references
    FROM content_link l JOIN threat_actor g ON g.id = l.source_id AND g.is_active
    WHERE l.technique_id = :technique AND l.relation = 'uses' AND l.source_kind = 'group' AND l.is_active
    UNION ALL
    SELECT g.id, g.attack_id, g.name, l.description, c.attack_id, l.source, l.external_references
    FROM content_link l JOIN attack_campaign c ON c.id = l.source_id AND c.is_active
    JOIN content_link a ON a.source_id = c.id AND a.relation = 'attributed-to' AND a.is_active
    JOIN threat_actor g ON g.id = a.target_id AND g.is_active
    WHERE l.technique_id = :technique AND l.relation = 'uses' AND l.source_kind = 'campaign' AND l.is_active
    ORDER BY 3, 2, 5 NULLS FIRST
    """
)


async def technique_detail(session: AsyncSession, actor: Actor, technique: Technique) -> dict[str, Any]:
    """The technique's page: its knowledge, our decisions, its tests as far as the actor may see them."""
    judged = await statuses_of(session, [technique.domain])
    status = judged.get(technique.id)
    own = {column.key: getattr(technique, column.key) for column in Technique.__table__.columns}
    tactics = await _tactics(session, technique.id)
    parent = await session.get(Technique, technique.parent_id) if technique.parent_id else None
    return {
        **own,
        **_standing(status),
        "references": technique.external_references,
        "tactics": [tactic.shortname for tactic in tactics],
        "tactic_refs": tactics,
        "parent": parent.attack_id if parent else None,
        "parent_technique": _link(parent, judged) if parent else None,
        "subtechniques": await _subtechniques(session, technique.id, judged),
        **await _lineage(session, technique),
        "mitigations": await _mitigations(session, technique.id),
        "detection_strategies": await _strategies(session, technique.id),
        "actors": (await session.execute(_ACTORS, {"technique": technique.id})).all(),
        "software": await _software(session, technique.id),
        **await _templates_and_rules(session, technique.id),
        **await _tests(session, actor, technique.id),
        "overlays": await overlays_in_force(session, technique.id),
        "review_reasons": await reasons_for_review(session, technique),
        "pending_scope_change": await _scope_pending(session, technique.id),
    }


def _standing(status: TechniqueStatus | None) -> dict[str, Any]:
    if status is None:
        nothing = dict.fromkeys(("status", "expected", "breakdown"))
        return {**nothing, "in_scope": False, "proven": False, "tests": 0, "open_tests": 0}
    return {
        "status": status.status,
        "in_scope": status.in_scope,
        "expected": status.expected,
        "proven": status.proven,
        "tests": status.tests,
        "open_tests": status.open_tests,
        "breakdown": {
            "status": status.status,
            "reasons": list(status.reasons),
            "units": status.units,
            "units_validated": status.units_validated,
            "met": status.tally.met,
            "sighted": status.tally.sighted,
            "missed": status.tally.missed,
            "expired": status.tally.expired,
            "inconclusive": status.inconclusive,
            "open_tests": status.open_tests,
            "expected": status.expected,
            "last_executed_at": status.last_executed_at,
        },
    }


def _link(technique: Technique, judged: dict[UUID, TechniqueStatus]) -> dict[str, Any]:
    status = judged.get(technique.id)
    return {"attack_id": technique.attack_id, "name": technique.name, "status": status.status if status else None}


async def _tactics(session: AsyncSession, technique_id: UUID) -> Sequence[Tactic]:
    return (
        await session.scalars(
            select(Tactic)
            .join(TechniqueTactic, TechniqueTactic.tactic_id == Tactic.id)
            .where(TechniqueTactic.technique_id == technique_id)
            .order_by(Tactic.position, Tactic.attack_id)
        )
    ).all()


async def _subtechniques(
    session: AsyncSession, technique_id: UUID, judged: dict[UUID, TechniqueStatus]
) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Technique).where(Technique.parent_id == technique_id, Technique.is_active).order_by(Technique.attack_id)
    )
    return [_link(row, judged) for row in rows]


async def _lineage(session: AsyncSession, technique: Technique) -> dict[str, Any]:
    successor = (
        await session.execute(
            select(Technique.attack_id, Technique.name)
            .join(TechniqueAlias, TechniqueAlias.technique_id == Technique.id)
            .where(TechniqueAlias.scheme == "stix", TechniqueAlias.external_id == technique.stix_id)
            .where(TechniqueAlias.kind == "revoked_by")
            .limit(1)
        )
    ).one_or_none()
    older = await session.scalars(
        select(TechniqueAlias.external_id)
        .where(TechniqueAlias.technique_id == technique.id, TechniqueAlias.scheme == "attack")
        .order_by(TechniqueAlias.external_id)
    )
    return {"successor": successor, "predecessors": older.all()}


async def _mitigations(session: AsyncSession, technique_id: UUID) -> Sequence[AnyRow]:
    return (
        await session.execute(
            select(
                Mitigation.attack_id,
                Mitigation.name,
                Mitigation.url,
                Mitigation.description,
                ContentLink.description.label("how"),
            )
            .join(ContentLink, ContentLink.source_id == Mitigation.id)
            .where(ContentLink.technique_id == technique_id, ContentLink.relation == "mitigates", ContentLink.is_active)
            .where(Mitigation.is_active)
            .order_by(Mitigation.attack_id)
        )
    ).all()


async def _strategies(session: AsyncSession, technique_id: UUID) -> list[dict[str, Any]]:
    found = (
        await session.scalars(
            select(DetectionStrategy)
            .join(ContentLink, ContentLink.source_id == DetectionStrategy.id)
            .where(ContentLink.technique_id == technique_id, ContentLink.relation == "detects", ContentLink.is_active)
            .where(DetectionStrategy.is_active)
            .order_by(DetectionStrategy.attack_id)
        )
    ).all()
    analytics: dict[UUID | None, list[Analytic]] = defaultdict(list)
    rows = await session.scalars(
        select(Analytic)
        .where(Analytic.strategy_id.in_([strategy.id for strategy in found]), Analytic.is_active)
        .order_by(Analytic.attack_id)
    )
    for analytic in rows:
        analytics[analytic.strategy_id].append(analytic)
    return [
        {
            "attack_id": strategy.attack_id,
            "name": strategy.name,
            "description": strategy.description,
            "url": strategy.url,
            "analytics": analytics[strategy.id],
        }
        for strategy in found
    ]


async def _software(session: AsyncSession, technique_id: UUID) -> dict[str, int]:
    rows = await session.execute(
        select(Software.software_type, func.count(Software.id.distinct()))
        .join(ContentLink, ContentLink.source_id == Software.id)
        .where(ContentLink.technique_id == technique_id, ContentLink.relation == "uses", ContentLink.is_active)
        .where(Software.is_active)
        .group_by(Software.software_type)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    return {"malware": counts.get("malware", 0), "tools": counts.get("tool", 0)}


async def _templates_and_rules(session: AsyncSession, technique_id: UUID) -> dict[str, Any]:
    linked = select(ContentLink.source_id).where(ContentLink.technique_id == technique_id)
    templates = (TestTemplate.id.in_(linked), TestTemplate.is_active, TestTemplate.withdrawn_at.is_(None))
    rules = (DetectionRule.id.in_(linked), DetectionRule.is_active, DetectionRule.withdrawn_at.is_(None))
    first = await session.scalars(
        select(TestTemplate).where(*templates).order_by(TestTemplate.name, TestTemplate.id).limit(FIRST_TEMPLATES)
    )
    return {
        "templates": first.all(),
        "templates_total": await session.scalar(select(func.count()).select_from(TestTemplate).where(*templates)),
        "rules_total": await session.scalar(select(func.count()).select_from(DetectionRule).where(*rules)),
    }


async def _tests(session: AsyncSession, actor: Actor, technique_id: UUID) -> dict[str, Any]:
    theirs = (SecurityTest.technique_id == technique_id, SecurityTest.archived_at.is_(None), open_to(actor))
    first = await session.scalars(
        select(SecurityTest).where(*theirs).order_by(SecurityTest.created_at.desc(), SecurityTest.id).limit(FIRST_TESTS)
    )
    return {
        "recent_tests": first.all(),
        "tests_total": await session.scalar(select(func.count()).select_from(SecurityTest).where(*theirs)),
    }


async def _scope_pending(session: AsyncSession, technique_id: UUID) -> bool:
    pending = aliased(Approval)
    found = await session.scalar(
        select(pending.id).where(
            pending.kind == "scope",
            pending.subject_id == technique_id,
            pending.decision.is_(None),
            pending.expires_at > now(),
        )
    )
    return found is not None
