"""One test of the demo: each method puts a step of its life into the script."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.evidence import EvidenceSide
from app.domain.permissions import Side
from app.models.security_test import SecurityTest, TestRound
from app.schemas.security_tests import (
    AssignInput,
    BlueUpdate,
    ObservationInput,
    RedUpdate,
    ReopenInput,
    RuleResultInput,
    SecurityTestCreate,
    VoteCreate,
)
from app.services import evidence
from app.services.demo.catalogue import BLUE_LEAD, RED_LEAD
from app.services.demo.files import upload_form
from app.services.demo.script import Script
from app.services.demo.stage import Stage
from app.services.validation import blue, people, planning, red, review, votes
from app.services.validation.access import get_visible, round_of

_LEADS = {Side.RED: RED_LEAD, Side.BLUE: BLUE_LEAD}


class Life:
    """A test, from its draft on. Times are given by who writes the story; ids come as the story is lived."""

    def __init__(self, stage: Stage, script: Script) -> None:
        self._stage = stage
        self._script = script
        self._id: UUID | None = None

    @property
    def id(self) -> UUID:
        """The test's id, once it was drafted."""
        assert self._id is not None, "a step of a test that was not drafted yet"
        return self._id

    async def _round(self, session: AsyncSession, who: str) -> TestRound:
        return await round_of(session, await get_visible(session, self._stage.cast[who], self.id))

    def draft(self, at: datetime, who: str, plan: dict[str, object], *, template: object = None) -> None:
        """Plan the test; template: the item of the plan whose template it is made of."""

        async def act(session: AsyncSession) -> None:
            made_of = next((i for item, i in self._stage.templates.items() if item is template), None)
            body = SecurityTestCreate.model_validate({**plan, "template_id": made_of})
            self._remember(await planning.create_test(session, self._stage.cast[who], body))

        self._script.add(at, act)

    def adopt(self, at: datetime, origin: "Life") -> None:
        """Take up the retest of another test that was drafted when the work on its finding was done."""

        async def act(session: AsyncSession) -> None:
            drafted = (
                select(SecurityTest)
                .where(SecurityTest.retest_of_id == origin.id, SecurityTest.automatic)
                .order_by(SecurityTest.generation.desc())
                .limit(1)
            )
            self._remember((await session.execute(drafted)).scalar_one())

        self._script.add(at, act)

    def _remember(self, test: SecurityTest) -> None:
        self._id = test.id

    def start(self, at: datetime, who: str) -> None:
        """Start the clock."""
        self._script.add(at, lambda s: red.start(s, self._stage.cast[who], self.id, self._stage.settings))

    def red_record(self, at: datetime, who: str, **fields: object) -> None:
        """Write red's record."""

        async def act(session: AsyncSession) -> None:
            version = (await self._round(session, who)).red_version
            body = RedUpdate.model_validate({"version": version, **fields})
            await red.edit_red(session, self._stage.cast[who], self.id, body, self._stage.settings)

        self._script.add(at, act)

    def hand_to_blue(self, at: datetime, who: str) -> None:
        """Hand over to blue."""
        self._script.add(at, lambda s: red.submit_red(s, self._stage.cast[who], self.id, self._stage.settings))

    def ask_red(self, at: datetime, who: str, question: str) -> None:
        """Send it back to red with a question."""
        self._script.add(
            at, lambda s: blue.return_to_red(s, self._stage.cast[who], self.id, question, self._stage.settings)
        )

    def blue_record(self, at: datetime, who: str, sightings: Sequence[dict[str, object]], **fields: object) -> None:
        """Write blue's record. A sighting names its tool by key."""

        async def act(session: AsyncSession) -> None:
            version = (await self._round(session, who)).blue_version
            seen = [
                ObservationInput.model_validate({**s, "tool_id": self._stage.tools[str(s["tool_id"])]})
                for s in sightings
            ]
            body = BlueUpdate.model_validate({"version": version, "observations": seen, **fields})
            await blue.edit_blue(session, self._stage.cast[who], self.id, body, self._stage.settings)

        self._script.add(at, act)

    def rule(self, at: datetime, who: str, rule: str, result: str, noise: int | None = None) -> None:
        """Tick whether a rule fired."""

        async def act(session: AsyncSession) -> None:
            body = RuleResultInput.model_validate({"result": result, "noise_count": noise})
            await blue.put_rule_result(
                session,
                self._stage.cast[who],
                self.id,
                rule_id=self._stage.rules[rule],
                body=body,
                settings=self._stage.settings,
            )

        self._script.add(at, act)

    def hand_to_leads(self, at: datetime, who: str) -> None:
        """Hand over to the leads."""
        self._script.add(at, lambda s: blue.submit_blue(s, self._stage.cast[who], self.id, self._stage.settings))

    def vote(self, at: datetime, side: Side, *, decision: str = "approve", notes: str = "", code: str = "") -> None:
        """Let the side's lead judge."""
        body = VoteCreate.model_validate(
            {"side": side, "decision": decision, "notes": notes or None, "reason_code": code or None}
        )
        who = _LEADS[side]
        self._script.add(at, lambda s: votes.cast_vote(s, self._stage.cast[who], self.id, body, self._stage.settings))

    def reopen(self, at: datetime, who: str, reason: str, redo: str) -> None:
        """Open the next round."""
        body = ReopenInput.model_validate({"reason": reason, "redo": redo})
        self._script.add(at, lambda s: review.reopen(s, self._stage.cast[who], self.id, body, self._stage.settings))

    def confirm_carried(self, at: datetime, who: str, side: Side) -> None:
        """Confirm the record carried over from the last round."""
        self._script.add(
            at, lambda s: people.confirm_carried(s, self._stage.cast[who], self.id, side, self._stage.settings)
        )

    def assign(self, at: datetime, who: str, side: Side, to: str) -> None:
        """Give a side to somebody."""

        async def act(session: AsyncSession) -> None:
            body = AssignInput.model_validate({"side": side, "user_id": self._stage.cast[to].user_id})
            await people.assign(session, self._stage.cast[who], self.id, body, self._stage.settings)

        self._script.add(at, act)

    def archive(self, at: datetime, who: str, reason: str) -> None:
        """Put it aside."""
        self._script.add(at, lambda s: review.archive(s, self._stage.cast[who], self.id, reason, self._stage.settings))

    def annul(self, at: datetime, who: str, reason: str) -> None:
        """Ask for, or confirm, its annulment."""
        self._script.add(at, lambda s: review.annul(s, self._stage.cast[who], self.id, reason, self._stage.settings))

    def file(self, at: datetime, who: str, side: Side, filename: str, content: bytes, *, caption: str) -> None:
        """Upload a file."""

        async def act() -> None:
            stage = self._stage
            await evidence.receive_evidence(
                stage.factory,
                stage.store,
                stage.settings,
                actor=stage.cast[who],
                test_id=self.id,
                side=EvidenceSide(side),
                form=upload_form(filename, content, caption=caption),
                declared_bytes=len(content),
                address=None,
            )

        self._script.add_alone(at, act)
