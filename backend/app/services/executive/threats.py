"""Actors of the threat profile, how we stand against them, and the gaps that matter."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import UNCOUNTED, Status
from app.domain.scores import Scores, mean_of, without_covered_parents
from app.models.knowledge import ThreatActor
from app.models.threat_profile import ThreatProfileEntry
from app.reports.executive import ActorStanding, Gap
from app.services.knowledge.actor_uses import actor_sets

TOP_ACTORS: Final = 5
GAPS_OF_ACTOR: Final = 5
TOP_GAPS: Final = 8
_URGENCY: Final = {
    Status.NOT_COVERED: 0,
    Status.NOT_EVALUATED: 1,
    Status.IN_PROGRESS: 2,
    Status.PARTIAL: 3,
}
"""Statuses that are gaps, the worst first: a proven miss before the unknown, the unknown before half a defence."""


class _Entry(NamedTuple):
    priority: int
    id: UUID
    attack_id: str
    name: str


async def standings(session: AsyncSession, scores: Scores, now: datetime) -> tuple[list[ActorStanding], list[Gap]]:
    """The profile's actors by priority, the weakest first, and the worst gaps that they and its techniques make."""
    found = await session.execute(
        select(ThreatProfileEntry.priority, ThreatActor.id, ThreatActor.attack_id, ThreatActor.name)
        .join(ThreatActor, ThreatActor.id == ThreatProfileEntry.actor_id)
        .where(
            ThreatProfileEntry.priority > 0,
            ThreatProfileEntry.valid_from <= now,
            or_(ThreatProfileEntry.valid_until.is_(None), ThreatProfileEntry.valid_until > now),
            or_(ThreatProfileEntry.replaced_at.is_(None), ThreatProfileEntry.replaced_at > now),
        )
        .order_by(ThreatProfileEntry.priority.desc(), ThreatActor.name, ThreatActor.id)
    )
    entries = [_Entry(*row) for row in found]
    sets = await actor_sets(session, [entry.id for entry in entries])
    used: dict[UUID, list[str]] = {}
    users: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        techniques = {str(key) for key in sets.get(entry.id, {}).get(scores.inputs.domain, ())}
        used[entry.id] = [
            key for key in without_covered_parents(scores, techniques) if scores.techniques[key].status not in UNCOUNTED
        ]
        for key in used[entry.id]:
            users[key].append(entry.name)
    actors = [_standing(scores, entry, used[entry.id], users) for entry in entries]
    actors.sort(key=lambda actor: (-actor.priority, 101 if actor.score is None else actor.score, actor.name))
    wanted = {key for key, priority in (scores.inputs.profile or {}).items() if priority > 0}
    known = without_covered_parents(scores, {*users, *wanted} & scores.techniques.keys())
    return actors[:TOP_ACTORS], _gaps(scores, known, users)[:TOP_GAPS]


def _standing(scores: Scores, entry: _Entry, used: Sequence[str], users: Mapping[str, Sequence[str]]) -> ActorStanding:
    standing = [scores.techniques[key] for key in used]
    return ActorStanding(
        id=entry.id,
        attack_id=entry.attack_id,
        name=entry.name,
        priority=entry.priority,
        score=mean_of(scores, used).score,
        techniques=len(standing),
        tested=sum(technique.proven for technique in standing),
        validated=sum(technique.status is Status.VALIDATED for technique in standing),
        gaps=_gaps(scores, used, users)[:GAPS_OF_ACTOR],
    )


def _gaps(scores: Scores, keys: Collection[str], users: Mapping[str, Sequence[str]]) -> list[Gap]:
    """Those most actors use first, then the worst."""
    profile = scores.inputs.profile or {}
    open_ones = [key for key in keys if scores.techniques[key].status in _URGENCY]
    open_ones.sort(
        key=lambda key: (
            -profile.get(key, 0),
            -len(users.get(key, ())),
            _URGENCY[scores.techniques[key].status],
            scores.techniques[key].attack_id,
        )
    )
    return [
        Gap(
            scores.techniques[key].attack_id,
            scores.inputs.techniques[key].name,
            scores.techniques[key].status.value,
            scores.techniques[key].score,
            tuple(sorted(users.get(key, ()))),
        )
        for key in open_ones
    ]
