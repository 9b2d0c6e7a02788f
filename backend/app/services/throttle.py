"""Delays after failed log-ins, per account and per address. A delay ends by itself: nobody can lock somebody out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.wording import counted
from app.errors import TooMany
from app.models.identity import LoginThrottle, UserAccount, UserSession
from app.security import keyed_digest

FORGOTTEN_AFTER = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures cost nothing, and how long the delay may grow."""

    free: int
    longest_seconds: int

    def delay(self, failures: int) -> timedelta | None:
        """The wait after so many failures: 1, 2, 4, … seconds beyond the free ones."""
        beyond = failures - self.free
        return None if beyond < 0 else timedelta(seconds=min(2 ** min(beyond, 20), self.longest_seconds))


# One person mistyping at one desk; one account tried from anywhere; one address trying any account.
ALLOWANCES = {"pair": Allowance(5, 120), "account": Allowance(15, 60), "address": Allowance(50, 30)}


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries, from where, as keys of rows that reveal neither."""

    keys: dict[str, str]
    username: str
    address: str


def attempt_of(settings: Settings, username: str, address: str | None) -> Attempt:
    """The rows that an attempt counts on. People mistype passwords into the name field, so names are digested."""
    name, place = username.strip().casefold(), address or "unknown"
    digests = {"pair": f"{name}\n{place}", "account": name, "address": place}
    return Attempt(
        {kind: f"{kind}:{keyed_digest(settings, 'throttle', text)}" for kind, text in digests.items()}, name, place
    )


async def refuse_while_delayed(session: AsyncSession, attempt: Attempt) -> None:
    """Raise TooMany with the seconds to wait.

    The delay of the account does not hold for an address from which its owner has signed in before: strangers who
    guess at his name cannot keep him out.
    """
    at = clock.now()
    rows = await session.execute(
        select(LoginThrottle.key, LoginThrottle.blocked_until).where(
            LoginThrottle.key.in_(attempt.keys.values()), LoginThrottle.blocked_until > at
        )
    )
    blocked = {row.key: row.blocked_until for row in rows}
    account = attempt.keys["account"]
    if account in blocked and await _is_known_place(session, attempt, at):
        del blocked[account]
    if blocked:
        seconds = max(1, int((max(blocked.values()) - at).total_seconds()) + 1)
        raise TooMany(
            "too_many_attempts",
            f"Too many failed attempts. Try again in {counted(seconds, 'second')}.",
            retry_after_seconds=seconds,
        )


async def _is_known_place(session: AsyncSession, attempt: Attempt, at: datetime) -> bool:
    found = await session.scalar(
        select(UserSession.id)
        .join(UserAccount, UserAccount.id == UserSession.user_id)
        .where(
            func.lower(UserAccount.username) == attempt.username,
            UserSession.address == attempt.address,
            UserSession.created_at > at - KNOWN_FOR,
        )
        .limit(1)
    )
    return found is not None


async def count_failure(session: AsyncSession, attempt: Attempt) -> None:
    """Add one failure to each of the attempt's rows and set the delays that follow."""
    at = clock.now()
    # Sorted, so that two failures never wait for each other crosswise.
    for kind, key in sorted(attempt.keys.items()):
        fresh = insert(LoginThrottle).values(key=key, failures=1, last_failed_at=at)
        failures = await session.scalar(
            fresh.on_conflict_do_update(
                index_elements=[LoginThrottle.key],
                set_={
                    "failures": case(
                        (LoginThrottle.last_failed_at < at - FORGOTTEN_AFTER, 1), else_=LoginThrottle.failures + 1
                    ),
                    "last_failed_at": at,
                },
            ).returning(LoginThrottle.failures)
        )
        delay = ALLOWANCES[kind].delay(failures or 1)
        if delay is not None:
            await session.execute(
                update(LoginThrottle).where(LoginThrottle.key == key).values(blocked_until=at + delay)
            )


async def forget_failures(session: AsyncSession, attempt: Attempt) -> None:
    """A success clears the account's rows and halves the address's, on which others may count too."""
    await session.execute(
        delete(LoginThrottle).where(LoginThrottle.key.in_([attempt.keys["account"], attempt.keys["pair"]]))
    )
    await session.execute(
        update(LoginThrottle)
        .where(LoginThrottle.key == attempt.keys["address"])
        .values(failures=LoginThrottle.failures.op("/")(2), blocked_until=None)
    )


async def forget_old(session: AsyncSession) -> int:
    """Delete rows that no longer delay anybody. Returns how many."""
    old = delete(LoginThrottle).where(LoginThrottle.last_failed_at < clock.now() - FORGOTTEN_AFTER)
    return len((await session.scalars(old.returning(LoginThrottle.key))).all())
