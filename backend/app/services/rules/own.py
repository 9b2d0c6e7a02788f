"""Rules of our own, and the switch of any rule."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.content import CUSTOM_SOURCE
from app.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models.knowledge import ContentLink, DetectionRule, Technique
from app.schemas.rules import RuleCreate
from app.services import audit
from app.services.coverage import recount_at_commit

_AUDITED = ("name", "description", "level", "language", "platforms", "source_text", "is_active")


async def create_rule(session: AsyncSession, actor: Actor, body: RuleCreate) -> DetectionRule:
    """Make a rule of our own. Raises Invalid for an unknown technique."""
    key = new_id()
    rule = DetectionRule(
        id=key,
        source=CUSTOM_SOURCE,
        upstream_id=f"custom:{key}",
        created_by_id=actor.user_id,
        content_hash=_hash_of(body.source_text),
        query=body.source_text,
        **body.model_dump(exclude={"techniques"}),
    )
    session.add(rule)
    # The links refer to it.
    await session.flush()
    touched = await _link(session, rule, body.techniques)
    _audit(session, actor, rule, "rule.created", after=_audited(rule))
    recount_at_commit(session, touched)
    return rule


async def update_rule(session: AsyncSession, actor: Actor, rule_id: UUID, changes: dict[str, Any]) -> DetectionRule:
    """Change a rule of our own.

    Raises Forbidden for anything imported or somebody else's, Conflict `stale_version`, Invalid.
    """
    rule = await lock_rule(session, rule_id)
    if rule.source != CUSTOM_SOURCE:
        raise Forbidden("not_custom", "What a publisher owns is never edited; it can be deactivated.")
    _require_mine(actor, rule)
    based_on = changes.pop("version", None)
    if based_on is not None and based_on != rule.version:
        raise Conflict("stale_version", "Somebody changed it meanwhile.", extra={"current_version": rule.version})
    before = _audited(rule)
    techniques = changes.pop("techniques", None)
    for name, value in changes.items():
        if value is not None or name == "level":
            setattr(rule, name, value)
    rule.query, rule.content_hash = rule.source_text, _hash_of(rule.source_text)
    rule.version += 1
    rule.updated_at = now()
    if techniques is not None:
        touched = await techniques_of(session, rule.id)
        await session.execute(
            delete(ContentLink).where(ContentLink.source_kind == "rule", ContentLink.source_id == rule.id)
        )
        touched |= await _link(session, rule, techniques)
        recount_at_commit(session, touched)
    _audit(session, actor, rule, "rule.updated", before=before, after=_audited(rule))
    # The answer is read by a query of its own.
    await session.flush()
    return rule


async def toggle_rule(session: AsyncSession, actor: Actor, rule_id: UUID) -> DetectionRule:
    """Switch a rule off or on. Technicians switch their own, leads any; no import touches the switch."""
    rule = await lock_rule(session, rule_id)
    _require_mine(actor, rule)
    rule.is_active = not rule.is_active
    before, after = {"is_active": not rule.is_active}, {"is_active": rule.is_active}
    _audit(session, actor, rule, "rule.toggled", before=before, after=after)
    recount_at_commit(session, await techniques_of(session, rule.id))
    return rule


async def lock_rule(session: AsyncSession, rule_id: UUID) -> DetectionRule:
    """The rule's row, locked to the end of the transaction. Raises NotFound."""
    rule = await session.scalar(
        select(DetectionRule).where(DetectionRule.id == rule_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if rule is None:
        raise NotFound("detection_rule_not_found", "There is no such detection rule.")
    return rule


async def techniques_of(session: AsyncSession, rule_id: UUID) -> set[UUID]:
    """Techniques that a rule detects, as far as they are known."""
    rows = await session.scalars(
        select(ContentLink.technique_id).where(
            ContentLink.source_kind == "rule",
            ContentLink.source_id == rule_id,
            ContentLink.technique_id.is_not(None),
        )
    )
    return {technique_id for technique_id in rows if technique_id is not None}


def _hash_of(source_text: str) -> str:
    return hashlib.sha256(source_text.encode()).hexdigest()


def _require_mine(actor: Actor, rule: DetectionRule) -> None:
    if actor.is_admin or actor.lead_of is not None or rule.created_by_id == actor.user_id:
        return
    raise Forbidden("not_your_rule", "Only its author, a lead or an admin may do this.")


async def _link(session: AsyncSession, rule: DetectionRule, attack_ids: Sequence[str]) -> set[UUID]:
    wanted = list(dict.fromkeys(name.upper() for name in attack_ids))
    rows = await session.execute(
        select(Technique.attack_id, Technique.id)
        .where(Technique.attack_id.in_(wanted), Technique.is_active)
        .order_by(text("CASE domain WHEN 'enterprise' THEN 2 WHEN 'mobile' THEN 1 ELSE 0 END"))
    )
    known: dict[str, UUID] = {row[0]: row[1] for row in rows}
    for index, name in enumerate(wanted):
        if name not in known:
            message = f"There is no technique {name} in force."
            raise Invalid("unknown_technique", message, fields=[FieldError(f"techniques.{index}", message, "unknown")])
    session.add_all(
        ContentLink(
            source=CUSTOM_SOURCE,
            upstream_id=f"{rule.upstream_id}>{name}",
            relation="detects",
            source_kind="rule",
            source_upstream_id=rule.upstream_id,
            source_id=rule.id,
            target_kind="technique",
            target_attack_id=name,
            technique_id=known[name],
            resolution="exact",
        )
        for name in wanted
    )
    # Statistics and the answer are read by queries of their own.
    await session.flush()
    return set(known.values())


def _audited(rule: DetectionRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _AUDITED}


def _audit(
    session: AsyncSession,
    actor: Actor,
    rule: DetectionRule,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="rule",
        subject_id=rule.id,
        subject_label=rule.name,
        before=before,
        after=after,
    )
