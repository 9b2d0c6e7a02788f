"""Results before and after an upgrade of ATT&CK, and the proof that what moved the scores adds up."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import select

from app.clock import now
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.domain.attribution import Attribution, Cause
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.models.knowledge import Tactic, Technique
from app.models.organisation import Environment
from app.services import coverage
from app.services.coverage.matrix import read_matrix
from app.services.snapshots import Compared, compare_moments, take_snapshot
from tests.builders.coverage import NOW, World
from tests.builders.users import build_user

TESTED = 60
_DETECTIONS = [detection for detection in Detection if detection is not Detection.INCONCLUSIVE]


async def record_results(factory: SessionFactory) -> UUID:
    """Sixty results of techniques in force, a decision on scope, and a snapshot of that."""
    dice = Random(18)
    async with session_scope(factory) as session:
        known = (
            await session.execute(
                select(Technique.attack_id, Technique.id, Technique.platforms)
                .where(Technique.is_active, Technique.domain == "enterprise")
                .order_by(Technique.attack_id)
            )
        ).all()
        user = await build_user(session, role=Role.RED_LEAD)
        environment = await session.scalar(select(Environment.id))
        tactic = await session.scalar(select(Tactic.id).limit(1))
        assert environment is not None
        assert tactic is not None
        world = World(session, user.id, environment, tactic, {attack_id: key for attack_id, key, _ in known})
        # The builder counts ages from a fixed day.
        late = (NOW - now()) / timedelta(days=1)
        for attack_id, _, platforms in dice.sample(known, TESTED):
            pair = await world.test(
                attack_id,
                dice.choice(_DETECTIONS),
                age_days=late + dice.uniform(1, 420),
                platform=dice.choice(platforms) if platforms else None,
            )
            await coverage.record_decision(session, *pair)
        await world.decide(dice.choice(sorted(world.techniques)), in_scope=False, since=now() - timedelta(days=3))
        await coverage.recompute_all(session)
        return (await take_snapshot(session, SYSTEM, now=now(), name="Before the upgrade")).id


async def explain_upgrade(factory: SessionFactory, base: UUID) -> Compared:
    """A month later, held against the snapshot. Checks that every share of every score adds up."""
    async with factory() as session:
        await coverage.recompute_all(session)
        moment = now() + timedelta(days=30)
        compared = await compare_moments(session, base=str(base), head="now", domain="enterprise", now=moment)
        tactics, _ = await read_matrix(session, "enterprise")
        environment = await session.scalar(select(Environment.id))
        narrowed = await compare_moments(
            session, base=str(base), head="now", domain="enterprise", now=moment, environment_id=environment
        )
    found = compared.comparison
    # There is only one environment, so it explains as much as all of them.
    assert narrowed.comparison == found
    assert [tactic.shortname for tactic in found.tactics if tactic.figure.head is not None] == [
        tactic.shortname for tactic in tactics
    ]
    figures = [*found.figures.values(), *(tactic.figure for tactic in found.tactics)]
    assert_adds_up(figure.score for figure in figures)
    assert_adds_up(technique.score for technique in found.techniques)
    return compared


def assert_adds_up(scores: Iterable[Attribution]) -> None:
    """Shares add up to differences, exactly and as they are shown."""
    for score in scores:
        if score.difference is None:
            assert score.shares == ()
            continue
        assert score.base is not None
        assert score.head is not None
        assert Decimal(str(score.head)) - Decimal(str(score.base)) == Decimal(str(score.difference))
        assert sum(Decimal(str(share.points)) for share in score.shares) == Decimal(str(score.difference))
        assert sum(Decimal(str(share.shown)) for share in score.shares) == Decimal(str(score.shown))


def causes_of(score: Attribution) -> set[Cause]:
    """What moved a score."""
    return {share.cause for share in score.shares}
