"""Dated decisions about techniques: scope, expectation, priority, notes, review."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.coverage import Status
from app.errors import FieldError, Invalid
from app.models.knowledge import Technique
from app.models.organisation import Approval, Environment, TechniqueOverlay
from app.services import audit
from app.services.coverage import statuses

FIELDS: Final = ("in_scope", "expected", "priority", "notes")
CONFIRM_WITHIN: Final = timedelta(days=14)
FAILING: Final = frozenset({Status.NOT_COVERED, Status.PARTIAL})


@dataclass(slots=True)
class OverlayInForce:
    """What holds in one environment, field by field."""

    environment_id: UUID
    environment: str
    in_scope: bool = True
    expected: str | None = None
    priority: int | None = None
    notes: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)


async def overlays_in_force(session: AsyncSession, technique_id: UUID) -> list[OverlayInForce]:
    """The decisions that hold now in each active environment, the default one first."""
    environments = await session.scalars(
        select(Environment).where(Environment.is_active).order_by(Environment.is_default.desc(), Environment.name)
    )
    found = {row.id: OverlayInForce(row.id, row.name) for row in environments}
    rows = await session.scalars(
        select(TechniqueOverlay)
        .where(TechniqueOverlay.technique_id == technique_id, _in_force(now()))
        .order_by(TechniqueOverlay.valid_from, TechniqueOverlay.id)
    )
    for row in rows:
        overlay = found.get(row.environment_id)
        for name in FIELDS if overlay is not None else ():
            value = getattr(row, name)
            if value is None:
                continue
            setattr(overlay, name, value)
            assert overlay is not None
            overlay.reasons[name] = row.reason
            overlay.until.pop(name, None)
            if row.valid_until is not None:
                overlay.until[name] = row.valid_until
    return list(found.values())


def _in_force(moment: datetime) -> Any:
    return (TechniqueOverlay.valid_from <= moment) & or_(
        TechniqueOverlay.valid_until.is_(None), TechniqueOverlay.valid_until > moment
    )


async def decide(
    session: AsyncSession,
    actor: Actor,
    technique: Technique,
    *,
    environment_id: UUID | None,
    changes: Mapping[str, Any],
    reason: str,
    until: datetime | None,
) -> None:
    """Write a decision; the fields of `changes` that are None take theirs back.

    Taking a technique with a current miss out of scope needs a second lead, who asks for the same within 14 days.
    Raises Invalid.
    """
    environment = await _environment(session, environment_id)
    moment = now()
    if until is not None and until <= moment:
        raise Invalid(
            "until_past", "The end lies in the past.", fields=[FieldError("until", "Must lie ahead.", "past")]
        )
    if not changes:
        raise Invalid("nothing_decided", "Say what is decided: in_scope, expected, priority or notes.")
    hides = changes.get("in_scope") is False and await _hides_a_miss(session, technique, environment.id)
    if hides and not await _confirmed(session, actor, technique, environment.id, reason):
        changes = {name: value for name, value in changes.items() if name != "in_scope"}
    for name, value in changes.items():
        if until is None or value is None:
            await _end(session, technique.id, environment.id, name, moment)
        if value is not None:
            decision = TechniqueOverlay(
                technique_id=technique.id,
                environment_id=environment.id,
                reason=reason,
                valid_from=moment,
                valid_until=until,
                decided_by_id=actor.user_id,
            )
            setattr(decision, name, value)
            session.add(decision)
    if changes:
        audit.record(
            session,
            actor,
            "technique.decided",
            subject_kind="technique",
            subject_id=technique.id,
            subject_label=technique.attack_id,
            after=dict(changes),
            details={"environment": environment.name, "reason": reason, "until": until},
        )
    # The answer is read by queries of its own.
    await session.flush()


async def _environment(session: AsyncSession, environment_id: UUID | None) -> Environment:
    condition = Environment.is_default if environment_id is None else Environment.id == environment_id
    found = await session.scalar(select(Environment).where(condition, Environment.is_active))
    if found is None:
        message = "There is no such active environment."
        raise Invalid("unknown_environment", message, fields=[FieldError("environment", message, "unknown")])
    return found


async def _end(session: AsyncSession, technique_id: UUID, environment_id: UUID, name: str, moment: datetime) -> None:
    """End earlier decisions on one field. Rows that decide several fields are split, so that the others go on."""
    rows = await session.scalars(
        select(TechniqueOverlay)
        .where(TechniqueOverlay.technique_id == technique_id, TechniqueOverlay.environment_id == environment_id)
        .where(_in_force(moment), getattr(TechniqueOverlay, name).is_not(None))
        .with_for_update()
    )
    for row in rows:
        others = {other: getattr(row, other) for other in FIELDS if other != name and getattr(row, other) is not None}
        if row.valid_from < moment:
            row.valid_until = moment
        for other, value in others.items():
            rest = TechniqueOverlay(
                technique_id=technique_id,
                environment_id=environment_id,
                reason=row.reason,
                valid_from=moment,
                decided_by_id=row.decided_by_id,
            )
            setattr(rest, other, value)
            session.add(rest)


async def _hides_a_miss(session: AsyncSession, technique: Technique, environment_id: UUID) -> bool:
    judged = await statuses(session, environment_id=environment_id, domain=technique.domain, now=now())
    standing = judged.get(technique.id)
    return standing is not None and standing.status in FAILING


async def _confirmed(
    session: AsyncSession, actor: Actor, technique: Technique, environment_id: UUID, reason: str
) -> bool:
    """Whether another lead asked for the same before; else this is the first, and is noted."""
    moment = now()
    pending = await session.scalar(
        select(Approval)
        .where(Approval.kind == "scope", Approval.subject_id == technique.id, Approval.decision.is_(None))
        .with_for_update()
    )
    if pending is not None and pending.expires_at <= moment:
        await session.delete(pending)
        # The unique index of pending requests has to see it gone.
        await session.flush()
        pending = None
    if pending is not None and pending.requested_by_id != actor.user_id:
        pending.decision, pending.decided_by_id, pending.decided_at = "approved", actor.user_id, moment
        return True
    if pending is None:
        assert actor.user_id is not None
        session.add(
            Approval(
                kind="scope",
                subject_id=technique.id,
                requested_by_id=actor.user_id,
                reason=reason,
                details={"environment_id": str(environment_id), "technique": technique.attack_id},
                expires_at=moment + CONFIRM_WITHIN,
            )
        )
        audit.record(
            session,
            actor,
            "technique.scope_requested",
            subject_kind="technique",
            subject_id=technique.id,
            subject_label=technique.attack_id,
            details={"reason": reason},
        )
    return False


async def review(session: AsyncSession, actor: Actor, technique: Technique, notes: str) -> None:
    """Note that somebody looked at what changed; the flag falls until the next change."""
    moment = now()
    await session.execute(
        update(Technique)
        .where(Technique.id == technique.id)
        .values(reviewed_at=moment, reviewed_by_id=actor.user_id, review_note=notes or None)
    )
    await session.refresh(technique)
    audit.record(
        session,
        actor,
        "technique.reviewed",
        subject_kind="technique",
        subject_id=technique.id,
        subject_label=technique.attack_id,
        details={"notes": notes},
    )
