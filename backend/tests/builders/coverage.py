"""A small organisation with techniques and finished tests, written straight into the tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.states import State
from app.ids import new_id
from app.models.identity import UserAccount
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.models.organisation import Environment, TechniqueOverlay
from app.models.security_test import SecurityTest, TestRound

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    """A moment before NOW."""
    return NOW - timedelta(days=days)


@dataclass
class World:
    """One person, one environment, one tactic and the techniques made so far."""

    session: AsyncSession
    user_id: UUID
    environment_id: UUID
    tactic_id: UUID
    techniques: dict[str, UUID]

    async def technique(
        self,
        attack_id: str,
        *,
        platforms: tuple[str, ...] = ("Windows",),
        tactics: tuple[UUID, ...] | None = None,
        domain: str = "enterprise",
        revoked: bool = False,
    ) -> UUID:
        """An ATT&CK technique; `T0001.002` becomes a sub-technique of `T0001`."""
        parent, dot, _ = attack_id.partition(".")
        row = Technique(
            source="mitre_attack",
            stix_id=f"attack-pattern--{attack_id}-{domain}",
            attack_id=attack_id,
            name=f"Technique {attack_id}",
            domain=domain,
            platforms=list(platforms),
            is_subtechnique=bool(dot),
            parent_id=self.techniques[parent] if dot else None,
            attack_version="18.1",
            revoked=revoked,
        )
        self.session.add(row)
        await self.session.flush()
        for tactic_id in tactics or (self.tactic_id,):
            self.session.add(TechniqueTactic(technique_id=row.id, tactic_id=tactic_id))
        await self.session.flush()
        self.techniques[attack_id] = row.id
        return row.id

    async def tactic(self, shortname: str, position: int, *, domain: str = "enterprise") -> UUID:
        """A tactic, `TA` and its position as id."""
        row = Tactic(
            source="mitre_attack",
            stix_id=f"x-mitre-tactic--{domain}-{shortname}",
            attack_id=f"TA{position:04d}",
            name=shortname.title(),
            domain=domain,
            shortname=shortname,
            position=position,
        )
        self.session.add(row)
        await self.session.flush()
        return row.id

    async def environment(self, name: str, *, default: bool = False, active: bool = True) -> UUID:
        """Another environment."""
        row = Environment(name=name, is_default=default, is_active=active)
        self.session.add(row)
        await self.session.flush()
        return row.id

    async def decide(
        self,
        attack_id: str,
        *,
        in_scope: bool | None = None,
        expected: str | None = None,
        environment_id: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """A dated decision about a technique."""
        self.session.add(
            TechniqueOverlay(
                technique_id=self.techniques[attack_id],
                environment_id=environment_id or self.environment_id,
                in_scope=in_scope,
                expected=expected,
                reason="because",
                valid_from=since or days_ago(10),
                valid_until=until,
            )
        )
        await self.session.flush()

    async def test(
        self,
        attack_id: str,
        detection: Detection | None = Detection.DETECTED,
        *,
        state: State = State.VALIDATED,
        age_days: float = 5,
        procedure: str = "custom:one",
        platform: str | None = "Windows",
        expected: str | None = None,
        environment_id: UUID | None = None,
    ) -> tuple[SecurityTest, TestRound]:
        """A test in a state with its first round. Derived rows are left to the caller."""
        decided = state in {State.VALIDATED, State.REJECTED}
        executed_at = days_ago(age_days)
        test = SecurityTest(
            id=new_id(),
            name="A test",
            state=state,
            state_since=executed_at,
            technique_id=self.techniques[attack_id],
            technique_at_test=attack_id,
            environment_id=environment_id or self.environment_id,
            platform=platform,
            procedure_key=procedure,
            procedure_hash="0" * 64,
            expected=expected,
            expected_reason="because" if expected else None,
            created_by_id=self.user_id,
            updated_at=executed_at,
            decided_at=executed_at if decided else None,
        )
        self.session.add(test)
        await self.session.flush()
        round_ = TestRound(
            test_id=test.id,
            no=1,
            opened_by_id=self.user_id,
            detection=detection if decided else None,
            first_executed_at=None if state is State.DRAFT else executed_at,
            verdict=str(state) if decided else None,
            decided_at=executed_at if decided else None,
        )
        self.session.add(round_)
        await self.session.flush()
        return test, round_


async def build_world(session: AsyncSession) -> World:
    """An organisation without tests: a default environment and the tactic `execution`."""
    user = UserAccount(username=f"lead-{new_id().hex[-12:]}", role=Role.RED_LEAD)
    environment = Environment(name="Default", is_default=True)
    session.add_all([user, environment])
    await session.flush()
    world = World(session, user.id, environment.id, environment.id, {})
    world.tactic_id = await world.tactic("execution", 2)
    return world
