"""Requests that create, sent twice, create once."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.errors import Invalid
from app.models.identity import IdempotencyKey

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """One request that may be a repetition. Without a key nothing is remembered."""

    key: str | None
    user_id: UUID
    route: str
    body_hash: str

    async def created_before(self, session: AsyncSession) -> UUID | None:
        """What an earlier request with this key, person, route and body created, None for the first.

        A second request waits here until the first one's transaction ends.
        Raises Invalid `idempotency_mismatch` when the body is another.
        """
        if self.key is None:
            return None
        await session.execute(select(func.pg_advisory_xact_lock(self._lock_key())))
        row = await session.scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.user_id == self.user_id,
                IdempotencyKey.route == self.route,
                IdempotencyKey.key == self.key,
            )
        )
        if row is None:
            return None
        if row.expires_at <= clock.now():
            await session.delete(row)
            # The row has to be gone before one with the same key is added.
            await session.flush()
            return None
        if row.body_hash != self.body_hash:
            raise Invalid("idempotency_mismatch", "This Idempotency-Key was used with another body.")
        return row.subject_id

    async def remember(self, session: AsyncSession, subject_id: UUID) -> None:
        """Note what was created, in the same transaction."""
        if self.key is None:
            return
        at = clock.now()
        session.add(
            IdempotencyKey(
                user_id=self.user_id,
                route=self.route,
                key=self.key,
                body_hash=self.body_hash,
                subject_id=subject_id,
                created_at=at,
                expires_at=at + KEPT_FOR,
            )
        )

    async def once(self, session: AsyncSession, create: Callable[[], Awaitable[UUID]]) -> UUID:
        """The id of what `create` makes, or made when the same request came before.

        The caller reads the thing by this id under the rights of this moment: a repetition shows nothing that its
        sender may no longer see.
        """
        known = await self.created_before(session)
        if known is not None:
            return known
        made = await create()
        await self.remember(session, made)
        return made

    def _lock_key(self) -> int:
        text = f"idempotency\n{self.user_id}\n{self.route}\n{self.key}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


async def forget_old_keys(session: AsyncSession) -> int:
    """Delete keys that are out of date. Returns how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.expires_at < clock.now())
    return len((await session.scalars(old.returning(IdempotencyKey.id))).all())
