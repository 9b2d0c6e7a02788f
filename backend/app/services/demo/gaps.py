"""What the demo organisation does about the gaps that its tests showed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.findings import OPEN, StepStatus
from app.models.findings import Finding, FindingStep
from app.models.security_test import SecurityTest
from app.schemas.findings import FindingUpdate, RiskInput, StepCreate, StepUpdate
from app.services.demo.catalogue import BLUE, BLUE_LEAD, RED_LEAD
from app.services.demo.lives import Life
from app.services.demo.script import Script
from app.services.demo.stage import Stage
from app.services.demo.timetable import Timetable, at
from app.services.findings import commands, risk, steps

RETESTS_DAYS_AGO: Final = 130
"""When the retests of the mended forwarder ran."""
PROVEN_LATE_DAYS_AGO: Final = 60
ACCEPTED_FOR: Final = timedelta(days=300)


class Gaps:
    """Writes what happens to findings into the script. A finding goes by its cause and tool."""

    def __init__(self, stage: Stage, days: Timetable, script: Script) -> None:
        self._stage = stage
        self._days = days
        self._script = script

    def mend_the_forwarder(self) -> None:
        """The logs stop in May; the step is planned when the misses are confirmed, and done a month later."""
        found = ("not_forwarded", "siem")
        self._plan(160, 10, found, "Mend the log forwarder of the workstations", assignee=BLUE[1], due_in=22)
        said = {
            "title": "Logs of the workstations do not arrive",
            "severity": "critical",
            "external_ticket": "CHG-2207",
        }

        async def describe(session: AsyncSession) -> None:
            finding = await self._find(session, found)
            body = FindingUpdate.model_validate({"version": finding.version, **said})
            await commands.update_finding(session, self._stage.cast[BLUE_LEAD], finding.id, body)

        self._script.add(self._when(160, 11), describe)
        self._finish(RETESTS_DAYS_AGO + 20, 16, found, BLUE[1], "The certificate had run out; renewed and watched now.")

    def move_what_was_no_matter_of_the_forwarder(self, lives: Sequence[Life]) -> None:
        """What the retests still missed wants a rule: it goes into that finding, and the forwarder's is proven."""

        async def act(session: AsyncSession) -> None:
            ids = [life.id for life in lives]
            tests = select(SecurityTest.id).where(SecurityTest.retest_of_id.in_(ids))
            ids += (await session.scalars(tests)).all()
            wanted = await self._find(session, ("no_rule", "siem"))
            limit = self._stage.settings.max_retest_count
            await commands.add_results(session, self._stage.cast[BLUE_LEAD], wanted.id, ids, limit)

        self._script.add(self._when(118, 10), act)

    def write_rules(self) -> None:
        """Rules are written, but not all of them: one step is overdue."""
        found = ("no_rule", "siem")
        self._plan(320, 9, found, "Write rules for what the first run missed", assignee=BLUE[0], due_in=50)
        self._finish(270, 15, found, BLUE[0], "Three rules are in use.", leave_open=True)
        self._plan(100, 10, found, "Write a rule for log-ons with a stolen hash", assignee=BLUE[2], due_in=70)

    def tune_the_endpoint_agent(self) -> None:
        """The last run sees it; the retest proves it."""
        found = ("no_rule", "edr")
        self._plan(110, 13, found, "Alert on system names outside of the system folder", assignee=BLUE[3], due_in=40)
        self._finish(PROVEN_LATE_DAYS_AGO + 8, 14, found, BLUE[3], "In use since the last run.")

    def live_with_it(self) -> None:
        """No sensor fits on the old application server: both leads accept that until it is replaced."""
        found = ("no_sensor", "edr")

        async def ask(session: AsyncSession) -> None:
            finding = await self._find(session, found)
            terms = RiskInput(
                reason="No agent runs on the old application server; it is replaced next year.",
                environment=self._stage.environments["Production"],
                until=now() + ACCEPTED_FOR,
            )
            await self._accept(session, BLUE_LEAD, finding, terms)

        async def confirm(session: AsyncSession) -> None:
            await self._accept(session, RED_LEAD, await self._find(session, found), RiskInput())

        self._script.add(self._when(66, 14), ask)
        self._script.add(self._when(65, 9), confirm)

    def close_without_proof(self) -> None:
        """A gap that another change made pointless."""

        async def act(session: AsyncSession) -> None:
            finding = await self._find(session, ("no_rule", "proxy"))
            reason = "Uploads to that service are blocked for everybody since August."
            await commands.close_finding(session, self._stage.cast[BLUE_LEAD], finding.id, reason)

        self._script.add(self._when(64, 11), act)

    async def _accept(self, session: AsyncSession, who: str, finding: Finding, terms: RiskInput) -> None:
        limit = self._stage.settings.max_retest_count
        await risk.accept_risk(session, self._stage.cast[who], finding.id, terms, limit)

    def _when(self, days_ago: int, hour: int) -> datetime:
        return at(self._days.workday(days_ago), hour, days_ago % 50)

    async def _find(self, session: AsyncSession, found: tuple[str, str]) -> Finding:
        cause, tool = found
        return (
            await session.execute(
                select(Finding)
                .where(Finding.cause == cause, Finding.tool_id == self._stage.tools[tool], Finding.status.in_(OPEN))
                .order_by(Finding.opened_at, Finding.id)
                .limit(1)
            )
        ).scalar_one()

    def _plan(
        self, days_ago: int, hour: int, found: tuple[str, str], title: str, *, assignee: str, due_in: int
    ) -> None:
        # The red lead writes steps of the blue side: the blue lead is to judge their retests.
        async def act(session: AsyncSession) -> None:
            finding = await self._find(session, found)
            body = StepCreate(
                title=title,
                assignee_id=self._stage.cast[assignee].user_id,
                due_on=(now() + timedelta(days=due_in)).date(),
            )
            limit = self._stage.settings.max_retest_count
            await steps.add_step(session, self._stage.cast[RED_LEAD], finding.id, body, limit)

        self._script.add(self._when(days_ago, hour), act)

    def _finish(
        self, days_ago: int, hour: int, found: tuple[str, str], who: str, notes: str, *, leave_open: bool = False
    ) -> None:
        if leave_open:
            # More is to do: the finding does not wait for its retests yet.
            self._plan(
                days_ago + 2, 10, found, "Write rules for copies to administrative shares", assignee=BLUE[0], due_in=30
            )
        self._script.add(self._when(days_ago, hour), partial(self._tick, found, who, notes))

    async def _tick(self, found: tuple[str, str], who: str, notes: str, session: AsyncSession) -> None:
        finding = await self._find(session, found)
        mine: UUID | None = self._stage.cast[who].user_id
        step = (
            await session.execute(
                select(FindingStep)
                .where(FindingStep.finding_id == finding.id, FindingStep.status == StepStatus.OPEN)
                .where(FindingStep.assignee_id == mine)
                .order_by(FindingStep.no)
                .limit(1)
            )
        ).scalar_one()
        body = StepUpdate(version=step.version, status="done", notes=notes)
        limit = self._stage.settings.max_retest_count
        await steps.update_step(session, self._stage.cast[who], finding.id, step.id, body=body, max_retests=limit)
