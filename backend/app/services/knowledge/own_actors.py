"""Threat actors of our own, and what we add to those of publishers. No import touches any of it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.content import CUSTOM_SOURCE
from app.errors import FieldError, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models.knowledge import ContentLink, Technique, ThreatActor
from app.schemas.actors import ActorCreate, ActorUseIn
from app.services import audit
from app.services.knowledge.lookup import technique_by_attack_id

LOCAL: Final = frozenset({"country", "sectors", "regions", "notes", "is_active"})
"""What may be set of any actor: it stands beside what the publisher says."""
_AUDITED: Final = ("name", "aliases", "description", "country", "sectors", "regions", "notes", "url", "switched_off")
_NUMBER_LOCK: Final = 7_105_511_992


async def create_actor(session: AsyncSession, actor: Actor, body: ActorCreate) -> ThreatActor:
    """Make an actor of our own with what it uses. Raises Invalid for an unknown technique."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NUMBER_LOCK})
    key = new_id()
    made = ThreatActor(
        id=key,
        source=CUSTOM_SOURCE,
        stix_id=f"custom--{key}",
        attack_id=await _next_id(session),
        external_references=[reference.model_dump() for reference in body.references],
        created_by_id=actor.user_id,
        **body.model_dump(exclude={"references", "techniques"}),
    )
    session.add(made)
    # The uses refer to it, and the answer shows what the database works out.
    await session.flush()
    named: dict[str, Technique] = {}
    for index, name in enumerate(body.techniques):
        try:
            technique = await _usable(session, name)
        except (Invalid, NotFound) as error:
            field = FieldError(f"techniques.{index}", error.message, error.code)
            raise Invalid("unknown_technique", error.message, fields=[field]) from error
        named.setdefault(technique.attack_id, technique)
    session.add_all(_link(made, technique, ActorUseIn()) for technique in named.values())
    await session.flush()
    await session.refresh(made)
    _audit(session, actor, made, "threat_actor.created", after=_facts(made))
    return made


async def update_actor(session: AsyncSession, actor: Actor, found: ThreatActor, changes: Mapping[str, Any]) -> None:
    """Change an actor: of a publisher's only what is ours. Raises Forbidden `not_custom`, Invalid."""
    foreign = sorted(set(changes) - LOCAL)
    if foreign and found.source != CUSTOM_SOURCE:
        raise Forbidden("not_custom", f"What a publisher owns is never edited: {', '.join(foreign)}.")
    if "name" in changes and changes["name"] is None:
        raise Invalid("name_required", "An actor needs a name.", fields=[FieldError("name", "must not be null")])
    await session.refresh(found, with_for_update=True)
    before = _facts(found)
    for name, value in changes.items():
        if name == "is_active":
            found.switched_off = value is False
        elif name == "references":
            found.external_references = value or []
        elif value is not None or name in {"country", "url"}:
            setattr(found, name, value)
    found.updated_at = now()
    # The answer is read by queries of its own, and shows what the database works out.
    await session.flush()
    await session.refresh(found)
    _audit(session, actor, found, "threat_actor.updated", before=before, after=_facts(found))


async def delete_actor(session: AsyncSession, actor: Actor, found: ThreatActor) -> None:
    """Take an actor of our own out of the catalogue. Raises Forbidden `not_custom`."""
    if found.source != CUSTOM_SOURCE:
        raise Forbidden("not_custom", "What a publisher owns is never deleted; it can be switched off.")
    found.withdrawn_at = now()
    await session.execute(update(ContentLink).where(*_uses_of(found)).values(is_active=False))
    _audit(session, actor, found, "threat_actor.deleted", before={"name": found.name})


async def put_use(session: AsyncSession, actor: Actor, found: ThreatActor, attack_id: str, body: ActorUseIn) -> None:
    """Say that an actor uses a technique, or say it in other words. What the publisher says stays beside it.

    Raises NotFound for an unknown technique, Invalid `inactive_technique`.
    """
    technique = await _usable(session, attack_id)
    wanted = _link(found, technique, body)
    known = await session.scalar(
        select(ContentLink).where(*_uses_of(found), ContentLink.upstream_id == wanted.upstream_id).with_for_update()
    )
    if known is None:
        session.add(wanted)
    else:
        known.description, known.external_references = wanted.description, wanted.external_references
        known.is_active = True
    _audit(session, actor, found, "threat_actor.use_set", details={"technique": technique.attack_id, "how": body.how})
    # The answer is read by queries of its own.
    await session.flush()


async def delete_use(session: AsyncSession, actor: Actor, found: ThreatActor, attack_id: str) -> None:
    """Take back a use that we named.

    Raises NotFound `use_not_found`, Forbidden `not_custom` where only the publisher names it.
    """
    technique = await technique_by_attack_id(session, attack_id)
    named = (ContentLink.technique_id == technique.id) | (ContentLink.target_attack_id == technique.attack_id)
    gone = await session.scalars(delete(ContentLink).where(*_uses_of(found), named).returning(ContentLink.id))
    if not gone.all():
        theirs = select(ContentLink.id).where(
            ContentLink.source_id == found.id, ContentLink.relation == "uses", named, ContentLink.is_active
        )
        if await session.scalar(theirs.limit(1)) is not None:
            raise Forbidden("not_custom", "The publisher names this use; only those that we named can be taken back.")
        raise NotFound("use_not_found", "We named no such use.")
    _audit(session, actor, found, "threat_actor.use_deleted", details={"technique": technique.attack_id})


async def _usable(session: AsyncSession, attack_id: str) -> Technique:
    technique = await technique_by_attack_id(session, attack_id)
    if not technique.is_active and not technique.unresolved:
        raise Invalid("inactive_technique", f"{technique.attack_id} is not in force in our ATT&CK release.")
    return technique


def _uses_of(found: ThreatActor) -> tuple[Any, ...]:
    return (
        ContentLink.source == CUSTOM_SOURCE,
        ContentLink.source_kind == "group",
        ContentLink.source_id == found.id,
        ContentLink.relation == "uses",
    )


def _link(found: ThreatActor, technique: Technique, body: ActorUseIn) -> ContentLink:
    # Named by ATT&CK id, as every source but ATT&CK does, so that it follows renamed techniques as theirs do.
    return ContentLink(
        source=CUSTOM_SOURCE,
        upstream_id=f"{found.source}:{found.stix_id}>{technique.attack_id}",
        relation="uses",
        source_kind="group",
        source_upstream_id=found.stix_id,
        source_attack_id=found.attack_id,
        source_id=found.id,
        target_kind="technique",
        target_attack_id=technique.attack_id,
        technique_id=technique.id if technique.is_active else None,
        resolution="exact" if technique.is_active else "unresolved",
        description=body.how,
        external_references=[reference.model_dump() for reference in body.references],
    )


async def _next_id(session: AsyncSession) -> str:
    highest = await session.scalar(
        select(func.max(func.substr(ThreatActor.attack_id, 3))).where(ThreatActor.attack_id.regexp_match("^XG[0-9]{4}"))
    )
    return f"XG{int(highest or 0) + 1:04d}"


def _facts(found: ThreatActor) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _AUDITED}


def _audit(
    session: AsyncSession,
    actor: Actor,
    found: ThreatActor,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="threat_actor",
        subject_id=found.id,
        subject_label=found.name,
        before=before,
        after=after,
        details=details,
    )
