"""Canonical entries, the keyed hash that chains them, and the check of the whole chain."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings, get_settings
from app.models.audit import AuditHead, AuditLog
from app.security import purpose_keys
from app.services.audit import guards

NO_HASH = "0" * 64
BATCH = 1_000
MAX_FAULTS = 100
NEVER_PROVEN = (
    "That newest entries were not cut off together with the head: this needs an anchor kept elsewhere.",
    "Anything against someone who holds both the database and SECRET_KEY.",
)
"""What no check of the trail can show, however it is installed."""

_keys: tuple[bytes, ...] | None = None


def configure_keys(settings: Settings) -> None:
    """Chain with keys derived from these settings; without this call the process's own settings serve."""
    global _keys  # noqa: PLW0603  the hook that writes entries is called by SQLAlchemy, which hands it no settings
    _keys = purpose_keys(settings, "audit")


def chain_keys() -> tuple[bytes, ...]:
    """The key for new entries, then the one before it while a rotation lasts."""
    return _keys if _keys is not None else purpose_keys(get_settings(), "audit")


def canonical(value: object) -> str:
    """The one text form of an entry: JSON with sorted keys, without spaces, in UTF-8, times in UTC."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:  # noqa: PLR0911  one line a type
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return storable(str(value))


def storable(text: str) -> str:
    """Text that PostgreSQL takes: NUL and lone surrogates become the replacement character."""
    return text.replace("\x00", "\ufffd").encode("utf-8", errors="replace").decode("utf-8")


def instant(moment: datetime) -> str:
    """A moment in UTC with microseconds, always of the same length."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_hash(key: bytes, previous: str, body: str) -> str:
    """HMAC-SHA-256 in hex over the hash before and the canonical body."""
    return hmac.digest(key, f"{previous}\n{body}".encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry whose hash is right: its number and what it says."""

    seq: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in the chain that is not as it was written."""

    seq: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of the chain found."""

    intact: bool
    entries: int
    head_seq: int
    head_hash: str
    first_at: datetime | None
    last_at: datetime | None
    faults: tuple[Fault, ...]
    not_proven: tuple[str, ...]


Watch = Callable[[Sequence[Entry]], Awaitable[None]]
"""Looks at entries of the chain that were found whole, batch by batch."""
Progress = Callable[[int, int], Awaitable[None]]
"""Told how many entries were read, and of how many."""


async def verify_chain(
    session: AsyncSession, *, watch: Watch | None = None, progress: Progress | None = None
) -> ChainReport:
    """Read the whole trail in order and compare numbers, links, hashes, columns and the head.

    Constant memory, and hashing goes on beside the event loop. At most 100 faults are listed; `intact` counts them all.
    """
    # In this order: what is added while we read is beyond both, and an entry beyond a head read later is forged.
    newest = await session.scalar(select(func.max(AuditLog.seq))) or 0
    head = (await session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1))).one_or_none()
    head_seq, head_hash = (head.seq, head.hash) if head is not None else (0, NO_HASH)
    check = _ChainCheck()
    after = 0
    while True:
        query = (
            select(*AuditLog.__table__.columns)
            .where(AuditLog.seq > after, AuditLog.seq <= head_seq)
            .order_by(AuditLog.seq)
            .limit(BATCH)
        )
        rows = (await session.execute(query)).all()
        if not rows:
            break
        whole = await asyncio.to_thread(check.take_all, rows)
        if watch is not None:
            await watch(whole)
        if progress is not None:
            await progress(check.count, head_seq)
        after = rows[-1].seq
    check.close(head_seq, head_hash, newest)
    for code, message in await guards.faults_of(session):
        check.fault(head_seq, code, message)
    return check.report(head_seq, head_hash, await guards.weaknesses_of(session))


class _ChainCheck:
    """Walks entries in order and collects what is wrong."""

    def __init__(self) -> None:
        self.keys = chain_keys()
        self.previous_seq = 0
        self.previous_hash = NO_HASH
        self.count = 0
        self.fault_count = 0
        self.faults: list[Fault] = []
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None

    def fault(self, seq: int, code: str, message: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(seq, code, message))

    def take_all(self, rows: Sequence[Any]) -> list[Entry]:
        """Check rows in order; those whose hash and columns are right, read."""
        return [entry for row in rows if (entry := self.take(row)) is not None]

    def take(self, row: Any) -> Entry | None:
        self.count += 1
        self.first_at = self.first_at or row.at
        self.last_at = row.at
        whole, body = True, {}
        if row.seq != self.previous_seq + 1:
            self.fault(row.seq, "gap", f"Entries {self.previous_seq + 1} to {row.seq - 1} are missing.")
        elif row.prev_hash != self.previous_hash:
            self.fault(row.seq, "broken_link", "The entry does not follow the one before it.")
        if not any(hmac.compare_digest(entry_hash(key, row.prev_hash, row.body), row.hash) for key in self.keys):
            self.fault(row.seq, "altered", "The entry was changed after it was written, or made with another key.")
            whole = False
        elif not columns_agree(row, body := json.loads(row.body)):
            self.fault(row.seq, "columns_differ", "The searchable columns do not say what the sealed entry says.")
        self.previous_seq, self.previous_hash = row.seq, row.hash
        return Entry(row.seq, body) if whole else None

    def close(self, head_seq: int, head_hash: str, newest: int) -> None:
        if self.previous_seq != head_seq:
            self.fault(head_seq, "truncated", f"The head says {head_seq}, the last entry is {self.previous_seq}.")
        elif self.previous_hash != head_hash:
            self.fault(head_seq, "head_differs", "The head does not carry the hash of the last entry.")
        if newest > head_seq:
            self.fault(newest, "beyond_head", f"There are entries up to {newest}, but the head says {head_seq}.")

    def report(self, head_seq: int, head_hash: str, weaknesses: Sequence[str]) -> ChainReport:
        return ChainReport(
            intact=self.fault_count == 0,
            entries=self.count,
            head_seq=head_seq,
            head_hash=head_hash,
            first_at=self.first_at,
            last_at=self.last_at,
            faults=tuple(self.faults),
            not_proven=(*NEVER_PROVEN, *weaknesses),
        )


def columns_agree(row: Any, body: Mapping[str, object]) -> bool:
    """Whether the columns that lists search repeat the sealed body."""
    expected = {
        "seq": row.seq,
        "at": instant(row.at),
        "actor_id": _text(row.actor_id),
        "actor_label": row.actor_label,
        "action": row.action,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "subject_label": row.subject_label,
        "request_id": row.request_id,
        "address": row.address,
        "via": row.via,
    }
    return all(body.get(name) == value for name, value in expected.items())


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
