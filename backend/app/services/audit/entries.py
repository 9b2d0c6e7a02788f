"""Collecting entries during a transaction and writing them as its last statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from app import clock
from app.domain.actor import Actor
from app.models.audit import AuditHead, AuditLog
from app.services.announcements import announcement, telling
from app.services.audit.chain import canonical, chain_keys, entry_hash, storable

BUFFER = "aegis_audit_entries"
ACTION = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Pending:
    at: datetime
    facts: Mapping[str, object]
    savepoint: SessionTransaction | None


def record(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | str | None = None,
    subject_label: str | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Add an entry to the trail; it is written when the transaction commits and vanishes with a rollback.

    actor: None for somebody unknown, as at a failed log-in.
    action: `noun.verb_past`.
    before, after: fields from an explicit list, never secrets or contents of evidence; equal ones are left out.
    """
    if not ACTION.fullmatch(action):
        raise ValueError(f"not an audit action: {action}")
    if before is not None and after is not None:
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        before = {name: before[name] for name in changed if name in before}
        after = {name: after[name] for name in changed if name in after}
    context = structlog.contextvars.get_contextvars()
    facts = {
        "v": 1,
        "actor_id": actor.user_id if actor else None,
        "actor_label": actor.label if actor else "anonymous",
        "actor_role": actor.role if actor and actor.user_id else None,
        "session_id": actor.session_id if actor else None,
        "token_id": actor.token_id if actor else None,
        "via": _via(actor),
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": None if subject_id is None else str(subject_id),
        "subject_label": subject_label,
        "before": before,
        "after": after,
        "details": details,
        "request_id": context.get("request_id"),
        "address": context.get("client_address"),
    }
    pending = _Pending(clock.now(), facts, session.sync_session.get_nested_transaction())
    session.info.setdefault(BUFFER, []).append(pending)


def _via(actor: Actor | None) -> str:
    if actor is None:
        return "anonymous"
    if actor.user_id is None:
        return "system"
    return "token" if actor.is_token else "session"


@event.listens_for(Session, "before_commit")
def _write_entries(session: Session) -> None:
    """Number, chain and insert what was collected.

    The head row is locked here and nowhere else, after everything else of the transaction was sent, so that one slow
    transaction never holds up the trail of all others.
    """
    if session.in_nested_transaction() or not session.info.get(BUFFER):
        return
    session.flush()
    pending: list[_Pending] = session.info.pop(BUFFER)
    told = telling(_announced(entry.facts) for entry in pending)
    if told is not None:
        session.execute(*told)
    head = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1).with_for_update()).one()
    key = chain_keys()[0]
    seq, previous = head.seq, head.hash
    rows = []
    for entry in pending:
        seq += 1
        row = _row(entry, seq, previous, key)
        previous = str(row["hash"])
        rows.append(row)
    # One statement: everybody who writes waits for the head until this has gone to the server and back.
    moved = (
        update(AuditHead).where(AuditHead.id == 1).values(seq=seq, hash=previous).returning(AuditHead.id).cte("moved")
    )
    session.execute(insert(AuditLog).values(rows).add_cte(moved))


def _announced(facts: Mapping[str, object]) -> str | None:
    subject = facts["subject_id"]
    return announcement(str(facts["subject_kind"]), None if subject is None else str(subject), str(facts["action"]))


def _row(entry: _Pending, seq: int, previous: str, key: bytes) -> dict[str, object]:
    body = canonical({**entry.facts, "seq": seq, "at": entry.at})
    columns = {
        name: storable(value) if isinstance(value, str) else value
        for name, value in entry.facts.items()
        if name in AuditLog.__table__.columns
    }
    return {
        **columns,
        "seq": seq,
        "at": entry.at,
        "body": body,
        "prev_hash": previous,
        "hash": entry_hash(key, previous, body),
    }


@event.listens_for(Session, "after_soft_rollback")
def _forget_entries(session: Session, previous: SessionTransaction) -> None:
    """Drop what was collected inside the transaction or savepoint that was rolled back."""
    pending: list[_Pending] | None = session.info.get(BUFFER)
    if not pending:
        return
    session.info[BUFFER] = [] if not previous.nested else [e for e in pending if not _within(e.savepoint, previous)]


def _within(savepoint: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while savepoint is not None:
        if savepoint is outer:
            return True
        savepoint = savepoint.parent
    return False
