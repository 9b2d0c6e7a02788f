"""The weights of the score: the environment gives the first ones, dated decisions all others."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.scoring import COMPONENTS, Weights
from app.models.identity import UserAccount
from app.models.organisation import Setting
from app.services import audit

KEY: Final = "scoring_weights"
HISTORY: Final = 50
WEIGHTS_IN_FORCE: Final = """
SELECT value -> 'value' FROM setting
WHERE key = 'scoring_weights' AND valid_from <= %(moment)s AND (valid_until IS NULL OR valid_until > %(moment)s)
ORDER BY valid_from DESC LIMIT 1
"""
_LOCK: Final = 7_105_511_991


def first_weights(session: AsyncSession) -> Weights:
    """What holds until somebody decides something else: the settings of the application whose session this is."""
    settings = session.info.get("settings")
    if isinstance(settings, Settings):
        return Weights(**settings.scoring_weights())
    known = Settings.model_fields
    return Weights(*(known[f"scoring_weight_{name}"].default for name in COMPONENTS))


def weights_from(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> Weights:
    """The weights from the row of WEIGHTS_IN_FORCE, if there is one."""
    return Weights(**rows[0][0]) if rows else first_weights(session)


async def weights_history(session: AsyncSession) -> list[dict[str, Any]]:
    """The latest decisions about the weights, newest first; the first weights close a list that is whole."""
    rows = await session.execute(
        select(Setting, UserAccount.username)
        .outerjoin(UserAccount, UserAccount.id == Setting.decided_by_id)
        .where(Setting.key == KEY)
        .order_by(Setting.valid_from.desc(), Setting.id.desc())
        .limit(HISTORY)
    )
    history = [
        {
            **row.value["value"],
            "reason": row.reason,
            "valid_from": row.valid_from,
            "valid_until": row.valid_until,
            "decided_by": username,
        }
        for row, username in rows
    ]
    if len(history) < HISTORY:
        until = history[-1]["valid_from"] if history else None
        first = {"reason": "", "valid_from": None, "valid_until": until, "decided_by": None}
        history.append(asdict(first_weights(session)) | first)
    return history


async def set_weights(session: AsyncSession, actor: Actor, weights: Weights, reason: str) -> None:
    """Weigh the components otherwise from now on. The weights that hold already change nothing."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    current = await session.scalar(select(Setting).where(Setting.key == KEY, Setting.valid_until.is_(None)))
    before = Weights(**current.value["value"]) if current else first_weights(session)
    if before == weights:
        return
    moment: datetime = now()
    if current is not None and current.valid_from < moment:
        current.valid_until = moment
    elif current is not None:
        await session.delete(current)
    # Only one row may be open: the old one ends before the new one comes.
    await session.flush()
    setting = Setting(
        key=KEY, value={"value": asdict(weights)}, valid_from=moment, decided_by_id=actor.user_id, reason=reason
    )
    session.add(setting)
    # The answer is read by queries of its own.
    await session.flush()
    audit.record(
        session,
        actor,
        "scoring.weighted",
        subject_kind="setting",
        subject_id=setting.id,
        subject_label=KEY,
        before=asdict(before),
        after=asdict(weights),
        details={"reason": reason},
    )
