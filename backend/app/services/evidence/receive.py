"""Taking in a file: checked before the first byte, streamed into the store, and recorded under the test's lock.

An upload lasts minutes, so it holds no database connection: one short session before, one transaction after. When the
test has moved on in between, or anything else goes wrong, the object is removed again.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import Actor
from app.domain.evidence import EvidenceSide, add_refusal, clean_filename, is_late
from app.domain.permissions import Side
from app.errors import AppError, FieldError, Invalid
from app.models.evidence import Evidence, EvidenceObject
from app.models.security_test import TestTransition
from app.schemas.evidence import EvidenceFields
from app.services import audit
from app.services.evidence.content import ContentFacts, ContentInspector
from app.services.evidence.custody import record_custody
from app.services.evidence.queries import EvidenceView, get_evidence
from app.services.evidence.quotas import require_free_space, require_quota
from app.services.evidence.slots import Slots
from app.services.idempotency import Idempotency
from app.services.validation.access import LockedTest, facts_of, get_visible, lock_test, round_of
from app.services.validation.effects import contribute, number_of
from app.storage import EvidenceStore, StoredObject, new_key
from app.uploads import UploadForm

UPLOADS_AT_ONCE = 2

log = structlog.get_logger(__name__)
_uploads = Slots(UPLOADS_AT_ONCE, "too_many_uploads", f"At most {UPLOADS_AT_ONCE} uploads at a time.")


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A file in the store that no row knows yet."""

    stored: StoredObject
    filename: str
    content: ContentFacts
    fields: EvidenceFields


async def receive_evidence(
    factory: SessionFactory,
    store: EvidenceStore,
    settings: Settings,
    *,
    actor: Actor,
    test_id: UUID,
    side: EvidenceSide,
    form: UploadForm,
    declared_bytes: int,
    address: str | None,
    key: str | None = None,
) -> EvidenceView:
    """Store the form's file as evidence on that side of the test's current round and return it.

    declared_bytes: size of the body as announced, 0 when unknown; quotas are checked with it before, exactly after.
    key: of a request that may be a repetition: the same file with the same fields is then kept once.
    Raises NotFound, Forbidden, Conflict, Invalid, TooLarge, TooMany, NoSpace; nothing is kept then.
    """
    assert actor.user_id is not None
    with _uploads.taken(actor.user_id):
        async with factory() as session:
            await _require_welcome(
                session, settings, actor=actor, test_id=test_id, side=side, declared_bytes=declared_bytes
            )
        require_free_space(settings, store, declared_bytes)
        arrived = await _take_in(store, form)
        once = _repetition_of(actor.user_id, test_id, side, arrived, key)
        try:
            view = await _record(
                factory,
                store,
                settings,
                actor=actor,
                test_id=test_id,
                side=side,
                arrived=arrived,
                address=address,
                once=once,
            )
        except BaseException:
            await _discard(store, arrived.stored.key)
            raise
        if view.stored.key != arrived.stored.key:
            await _discard(store, arrived.stored.key)
        return view


def _repetition_of(user_id: UUID, test_id: UUID, side: EvidenceSide, arrived: _Arrived, key: str | None) -> Idempotency:
    """What makes two uploads the same: the file's hash, its name and the fields beside it. Boundaries differ."""
    said = (side.value, arrived.stored.sha256, arrived.filename, arrived.fields.model_dump_json())
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return Idempotency(key=key, user_id=user_id, route=f"POST evidence of {test_id}", body_hash=digest)


async def _require_welcome(
    session: AsyncSession, settings: Settings, *, actor: Actor, test_id: UUID, side: EvidenceSide, declared_bytes: int
) -> None:
    assert actor.user_id is not None
    test = await get_visible(session, actor, test_id)
    facts = await facts_of(session, test, await round_of(session, test), four_eyes=settings.four_eyes == "strict")
    denied = add_refusal(actor, facts, side)
    if denied is not None:
        raise denied
    await require_quota(session, settings, test_id=test_id, user_id=actor.user_id, size=declared_bytes)


async def _take_in(store: EvidenceStore, form: UploadForm) -> _Arrived:
    filename = clean_filename(await form.next_file())
    inspector = ContentInspector()
    stored = await store.put(new_key(), inspector.watch(form.file_chunks()))
    try:
        if stored.size == 0:
            raise Invalid("empty_file", "The file is empty.", fields=[FieldError("file", "Has no bytes.", "empty")])
        return _Arrived(stored, filename, inspector.facts(filename), _checked(form.fields))
    except AppError:
        await _discard(store, stored.key)
        raise


def _checked(fields: dict[str, str]) -> EvidenceFields:
    given = {name: value for name, value in fields.items() if value.strip()}
    try:
        return EvidenceFields.model_validate(given)
    except ValidationError as error:
        faults = [
            FieldError(".".join(map(str, item["loc"])), item["msg"].removeprefix("Value error, "), item["type"])
            for item in error.errors()
        ]
        raise Invalid("invalid_input", "The fields beside the file are not right.", fields=faults) from error


async def _record(
    factory: SessionFactory,
    store: EvidenceStore,
    settings: Settings,
    *,
    actor: Actor,
    test_id: UUID,
    side: EvidenceSide,
    arrived: _Arrived,
    address: str | None,
    once: Idempotency,
) -> EvidenceView:
    assert actor.user_id is not None
    async with session_scope(factory) as session:
        known = await once.created_before(session)
        if known is not None:
            return await get_evidence(session, actor=actor, test_id=test_id, evidence_id=known)
        locked = await lock_test(session, actor, test_id, four_eyes=settings.four_eyes == "strict")
        denied = add_refusal(actor, locked.facts, side)
        if denied is not None:
            raise denied
        await require_quota(session, settings, test_id=test_id, user_id=actor.user_id, size=arrived.stored.size)
        evidence = await _insert(session, locked, arrived, uploaded_by_id=actor.user_id, side=side, kind=store.kind)
        await _leave_traces(session, actor, locked, evidence, arrived=arrived, address=address)
        await once.remember(session, evidence.id)
        return await get_evidence(session, actor=actor, test_id=test_id, evidence_id=evidence.id)


async def _insert(
    session: AsyncSession, locked: LockedTest, arrived: _Arrived, *, uploaded_by_id: UUID, side: EvidenceSide, kind: str
) -> Evidence:
    stored = EvidenceObject(
        key=arrived.stored.key,
        sha256=arrived.stored.sha256,
        size=arrived.stored.size,
        content_type=arrived.content.content_type,
        dangerous=arrived.content.dangerous,
        store=kind,
    )
    session.add(stored)
    await session.flush()  # the evidence refers to it
    evidence = Evidence(
        test_id=locked.test.id,
        round_id=locked.round.id,
        object_id=stored.id,
        side=side,
        filename=arrived.filename,
        caption=arrived.fields.caption,
        notes=arrived.fields.notes,
        sensitivity=arrived.fields.sensitivity,
        collected_at=arrived.fields.collected_at,
        collected_from=arrived.fields.collected_from,
        late=is_late(side, locked.facts.state),
        uploaded_by_id=uploaded_by_id,
    )
    session.add(evidence)
    await session.flush()  # custody and history refer to it
    return evidence


async def _leave_traces(
    session: AsyncSession,
    actor: Actor,
    locked: LockedTest,
    evidence: Evidence,
    *,
    arrived: _Arrived,
    address: str | None,
) -> None:
    facts = {
        "evidence_id": str(evidence.id),
        "team": evidence.side,
        "round": locked.round.no,
        "filename": evidence.filename,
        "size": arrived.stored.size,
        "sha256": arrived.stored.sha256,
        "late": evidence.late,
    }
    record_custody(
        session,
        actor,
        evidence.id,
        "received",
        address=address,
        details={"sha256": arrived.stored.sha256, "size": arrived.stored.size},
    )
    if evidence.side in set(Side):
        await contribute(session, actor, locked.round, Side(evidence.side))
    session.add(
        TestTransition(
            test_id=locked.test.id,
            round_no=locked.round.no,
            event="evidence_added",
            from_state=locked.test.state,
            to_state=locked.test.state,
            actor_id=actor.user_id,
            actor_label=actor.label,
            details=facts,
            at=now(),
        )
    )
    audit.record(
        session,
        actor,
        "evidence.uploaded",
        subject_kind="test",
        subject_id=locked.test.id,
        subject_label=number_of(locked.test),
        details=facts,
    )


async def _discard(store: EvidenceStore, key: str) -> None:
    """Remove an object that no row will know. What cannot be removed now, the sweep finds later."""
    try:
        await store.delete(key)
    except AppError as error:
        log.warning("evidence.discard_failed", key=key, code=error.code)
