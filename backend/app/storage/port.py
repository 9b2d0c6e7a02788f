"""What every evidence store can do. Keys are ours and opaque: no user's text ever becomes part of a path."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.errors import Invalid, NotFound

KEY_LENGTH = 40
_KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was written: size in bytes, SHA-256 as lower-case hex, both of the bytes that passed through."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What the store says of an object: size in bytes, last change in UTC."""

    key: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an object is handed out, and to whom.

    expires_seconds: the time in which the download must begin.
    subject, person: ids of the evidence and of the person; a link that the application signs is bound to both.
    """

    filename: str
    content_type: str
    expires_seconds: int
    subject: str
    person: str


class EvidenceStore(Protocol):
    """Where evidence lives.

    All methods raise `Unavailable` (`storage_unavailable`) when the store gives no answer in time, `UpstreamFailed`
    (`storage_refused`) when it answers with a refusal, and `Invalid` (`invalid_key`) for a key that is not ours.
    """

    kind: str
    """The adapter's name, as it stands beside stored objects."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> StoredObject:
        """Write the chunks as one object and return its size and SHA-256, computed on the way.

        Nothing is kept when the chunks raise, the task is cancelled or the hash is another than expected
        (`Invalid`, `sha256_mismatch`). The object is durable when this returns. Raises NoSpace (`storage_full`).
        """
        ...

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The object's bytes from `start` on, at most `length` of them. Raises NotFound (`object_missing`)."""
        ...

    async def head(self, key: str) -> ObjectFacts:
        """The object's facts. Raises NotFound (`object_missing`)."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the object; no error when it is not there."""
        ...

    def list_objects(self) -> AsyncIterator[ObjectFacts]:
        """Every object under a key of our form, in no set order; what else lies in the store is passed over."""
        ...

    async def discard_unfinished(self, before: datetime) -> int:
        """Remove what uploads that died before that moment left behind; returns how many."""
        ...

    async def presign(self, key: str, delivery: Delivery) -> str:
        """A URL that fetches the object as an attachment of that name and type until it expires."""
        ...

    def free_bytes(self) -> int | None:
        """Free space of the file system that holds the objects; None where it is not ours to know."""
        ...

    async def prepare(self) -> None:
        """Make what the store needs to exist (folders; in development the bucket)."""
        ...

    async def check(self) -> None:
        """Return when the store can be used now, within a few seconds; raises as above otherwise."""
        ...

    async def close(self) -> None:
        """Let go of threads and connections."""
        ...


def new_key() -> str:
    """A fresh object key: 160 random bits as hex, never used before and not guessable."""
    return secrets.token_hex(KEY_LENGTH // 2)


def is_key(text: str) -> bool:
    """Whether the text has the form of our keys."""
    return _KEY.fullmatch(text) is not None


def require_key(key: str) -> str:
    """The key as given. Raises Invalid (`invalid_key`) for anything that `new_key` cannot have made."""
    if not is_key(key):
        raise Invalid("invalid_key", "This is not a key of the evidence store.")
    return key


def object_missing(key: str) -> NotFound:
    """The error for an object that should be in the store and is not."""
    return NotFound("object_missing", f"The evidence store has no object {key}.")


def require_sha256(actual: str, expected: str | None) -> None:
    """Raise Invalid (`sha256_mismatch`) when a hash was expected and it is another."""
    if expected is not None and actual != expected.lower():
        raise Invalid("sha256_mismatch", "The content's SHA-256 is not the one that was stated.")
