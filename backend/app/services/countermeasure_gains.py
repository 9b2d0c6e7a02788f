"""What implementing each countermeasure that we lack would add to the score."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.gains import Gain, gains_of, with_one_more
from app.domain.scores import Scores, score_all
from app.errors import NotFound
from app.services.scores import read_inputs

SHOWN: Final = 20
"""So many techniques of a countermeasure are shown with what they would win."""
_LACKED: Final = text(
    """
    SELECT c.id, c.d3fend_id, c.name, c.tactic, coalesce(s.status, 'no') AS status, x.techniques
    FROM countermeasure c
    LEFT JOIN countermeasure_status s ON s.countermeasure_id = c.id AND s.valid_until IS NULL
    LEFT JOIN LATERAL (
      SELECT coalesce(array_agg(DISTINCT l.technique_id::text), '{}') AS techniques FROM content_link l
      WHERE l.source_kind = 'countermeasure' AND l.source_id = c.id AND l.is_active AND l.technique_id IS NOT NULL
    ) x ON true
    WHERE c.withdrawn_at IS NULL AND coalesce(s.status, 'no') <> 'implemented'
      AND (CAST(:one AS text) IS NULL OR upper(c.d3fend_id) = upper(:one) OR c.id::text = lower(:one))
    """
)


async def list_gains(session: AsyncSession, *, environment_id: UUID | None, now: datetime) -> dict[str, Any]:
    """Every countermeasure that we lack with the points that it would add, those that add most first.

    Raises Invalid for an unknown environment.
    """
    scores = score_all(await read_inputs(session, environment_id=environment_id, now=now))
    rows = list((await session.execute(_LACKED, {"one": None})).mappings())
    gains = gains_of(scores, {row["d3fend_id"]: row["techniques"] for row in rows})
    items = [_shown(dict(row), gains[row["d3fend_id"]]) for row in rows]
    items.sort(key=lambda item: (-(item["gain"] or 0), item["d3fend_id"]))
    return {"as_of": now, "score": scores.organization.in_scope.score, "items": items}


async def one_gain(
    session: AsyncSession, identifier: str, *, environment_id: UUID | None, now: datetime
) -> dict[str, Any]:
    """One countermeasure that we lack: the figures of the organisation before and after, and the techniques behind.

    Raises NotFound for one that there is not or that is implemented already, Invalid for an unknown environment.
    """
    row = (await session.execute(_LACKED, {"one": identifier})).mappings().one_or_none()
    if row is None:
        raise NotFound("nothing_to_gain", "There is no such countermeasure, or it is implemented already.")
    before = score_all(await read_inputs(session, environment_id=environment_id, now=now))
    after = score_all(with_one_more(before.inputs, row["techniques"]))
    gain = gains_of(before, {row["d3fend_id"]: row["techniques"]})[row["d3fend_id"]]
    return {
        **_shown(dict(row), gain),
        "as_of": now,
        "in_scope": _move(_in_scope(before), _in_scope(after)),
        "profile": None if before.organization.profile is None else _move(_on_profile(before), _on_profile(after)),
        "moves": [_technique_move(identity, before, after) for identity in gain.techniques[:SHOWN]],
    }


def _shown(row: dict[str, Any], gain: Gain) -> dict[str, Any]:
    return {**row, "techniques": len(gain.techniques), "gain": gain.points}


def _move(before: float | None, after: float | None) -> dict[str, float | None]:
    return {"before": before, "after": after}


def _in_scope(scores: Scores) -> float | None:
    return scores.organization.in_scope.score


def _on_profile(scores: Scores) -> float | None:
    profile = scores.organization.profile
    return None if profile is None else profile.score


def _technique_move(identity: str, before: Scores, after: Scores) -> dict[str, Any]:
    technique = before.inputs.techniques[identity]
    return {
        "attack_id": technique.attack_id,
        "name": technique.name,
        **_move(before.techniques[identity].score, after.techniques[identity].score),
    }
