"""Techniques of our own. No import touches them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.content import CUSTOM_SOURCE
from app.errors import Conflict, FieldError, Forbidden, Invalid
from app.ids import new_id
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.models.security_test import SecurityTest
from app.schemas.techniques import TechniqueCreate
from app.services import audit

_NUMBER_LOCK = 7_105_511_991


async def create_technique(session: AsyncSession, actor: Actor, body: TechniqueCreate) -> Technique:
    """Make a technique of our own.

    Raises Conflict `attack_id_taken`, Invalid `unknown_parent` or `unknown_tactic`.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NUMBER_LOCK})
    parent = await _parent(session, body)
    attack_id = body.attack_id or await _next_id(session)
    taken = select(Technique.id).where(Technique.attack_id == attack_id, Technique.withdrawn_at.is_(None))
    if await session.scalar(taken) is not None:
        raise Conflict("attack_id_taken", f"There is a technique {attack_id}.")
    key = new_id()
    technique = Technique(
        id=key,
        source=CUSTOM_SOURCE,
        stix_id=f"custom--{key}",
        attack_id=attack_id,
        name=body.name,
        description=body.description,
        domain=body.domain,
        platforms=sorted(set(body.platforms)),
        is_subtechnique=parent is not None,
        parent_id=None if parent is None else parent.id,
        is_custom=True,
        created_by_id=actor.user_id,
    )
    session.add(technique)
    # The placements refer to it, and the answer shows what the database works out.
    await session.flush()
    await _place(session, technique, body.tactics)
    await session.refresh(technique)
    _audit(session, actor, technique, "technique.created", after={"name": technique.name})
    return technique


async def update_technique(
    session: AsyncSession, actor: Actor, technique: Technique, changes: dict[str, Any]
) -> Technique:
    """Change a technique of our own. Raises Forbidden `not_custom` for anything imported."""
    _require_custom(technique)
    before = {name: getattr(technique, name) for name in ("name", "description", "platforms")}
    tactics = changes.pop("tactics", None)
    for name, value in changes.items():
        if value is not None:
            setattr(technique, name, sorted(set(value)) if name == "platforms" else value)
    technique.updated_at = now()
    if tactics is not None:
        await session.execute(delete(TechniqueTactic).where(TechniqueTactic.technique_id == technique.id))
        await _place(session, technique, tactics)
    _audit(
        session,
        actor,
        technique,
        "technique.updated",
        before=before,
        after={name: getattr(technique, name) for name in before},
    )
    # The answer is read by queries of its own.
    await session.flush()
    await session.refresh(technique)
    return technique


async def delete_technique(session: AsyncSession, actor: Actor, technique: Technique) -> None:
    """Take a technique of our own out of the catalogue.

    Raises Forbidden `not_custom`, Conflict `technique_in_use` while tests stand on it.
    """
    _require_custom(technique)
    if await session.scalar(select(SecurityTest.id).where(SecurityTest.technique_id == technique.id).limit(1)):
        raise Conflict("technique_in_use", "There are tests on this technique.")
    technique.withdrawn_at = now()
    _audit(session, actor, technique, "technique.deleted", before={"name": technique.name})


def _require_custom(technique: Technique) -> None:
    if not technique.is_custom:
        raise Forbidden("not_custom", "What a publisher owns is never edited; decisions of ours stand beside it.")


async def _parent(session: AsyncSession, body: TechniqueCreate) -> Technique | None:
    """The technique that the new one is a part of: the one named, or the one that its id names."""
    name = body.parent or (body.attack_id.partition(".")[0] if body.attack_id and "." in body.attack_id else None)
    if name is None:
        return None
    found = await session.scalar(
        select(Technique).where(
            Technique.attack_id == name.upper(), Technique.domain == body.domain, Technique.is_active
        )
    )
    if found is None or found.is_subtechnique:
        message = f"There is no technique {name} in {body.domain} that could have parts."
        raise Invalid("unknown_parent", message, fields=[FieldError("parent", message, "unknown")])
    return found


async def _next_id(session: AsyncSession) -> str:
    highest = await session.scalar(
        select(func.max(func.substr(Technique.attack_id, 2, 4))).where(Technique.attack_id.regexp_match("^X[0-9]{4}"))
    )
    return f"X{int(highest or 0) + 1:04d}"


async def _place(session: AsyncSession, technique: Technique, names: Sequence[str]) -> None:
    rows = (
        await session.execute(
            select(Tactic.id, Tactic.shortname, Tactic.attack_id)
            .where(Tactic.domain == technique.domain, Tactic.is_active)
            .where(or_(Tactic.shortname.in_(names), Tactic.attack_id.in_(names)))
        )
    ).all()
    known = {name for row in rows for name in (row.shortname, row.attack_id)}
    for index, name in enumerate(names):
        if name not in known:
            message = f"There is no tactic {name} in {technique.domain}."
            raise Invalid("unknown_tactic", message, fields=[FieldError(f"tactics.{index}", message, "unknown")])
    session.add_all(TechniqueTactic(technique_id=technique.id, tactic_id=row.id) for row in rows)


def _audit(
    session: AsyncSession,
    actor: Actor,
    technique: Technique,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    identifier: UUID = technique.id
    audit.record(
        session,
        actor,
        action,
        subject_kind="technique",
        subject_id=identifier,
        subject_label=technique.attack_id,
        before=before,
        after=after,
    )
