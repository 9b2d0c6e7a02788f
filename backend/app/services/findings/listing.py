"""Lists of findings: filters, order, and a page in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, UnaryExpression, and_, case, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.findings import CLOSED, Severity, StepStatus
from app.domain.permissions import Permission
from app.models.findings import Finding, FindingResult, FindingStep, RiskAcceptance
from app.models.knowledge import Technique
from app.models.organisation import Approval, Environment, SecurityTool
from app.models.security_test import SecurityTest
from app.services.findings.links import holds_test
from app.services.validation.access import open_to
from app.services.validation.aggregate import Person, load_people

_RANK: Final = case({level.value: rank for rank, level in enumerate(Severity)}, value=Finding.severity)
SORT_KEYS: Final[dict[str, ColumnElement[Any]]] = {
    "number": Finding.number.expression,
    "title": Finding.title.expression,
    "severity": _RANK,
    "status": Finding.status.expression,
    "status_since": Finding.status_since.expression,
    "opened_at": Finding.opened_at.expression,
    "due_on": Finding.due_on.expression,
}


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What a list of findings is narrowed to; empty means all."""

    statuses: Sequence[str] = ()
    open: bool | None = None
    causes: Sequence[str] = ()
    severities: Sequence[str] = ()
    environment_id: UUID | None = None
    platforms: Sequence[str] = ()
    techniques: Sequence[str] = ()
    test_id: UUID | None = None
    """A result that shows it, or a retest."""
    owner_id: UUID | None = None
    assignee_id: UUID | None = None
    """Somebody with an open step."""
    mine: bool = False
    waiting_for_me: bool = False
    overdue: bool = False
    proven_from: datetime | None = None
    proven_to: datetime | None = None
    """Not itself in the period, which is that of the retest that proved it."""
    q: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with what a list shows of it."""

    finding: Finding
    owner_person: Person | None
    tool: SecurityTool | None
    results: int = 0
    environments: Sequence[str] = ()
    techniques: Sequence[str] = ()
    steps: dict[str, int] = field(default_factory=dict)
    accepted_until: datetime | None = None

    @property
    def overdue(self) -> bool:
        """Whether it should be closed by now."""
        return is_overdue(self.finding.due_on, closed=self.finding.status in CLOSED)


def is_overdue(due_on: date | None, *, closed: bool) -> bool:
    """Whether a date has passed with the thing undone."""
    return due_on is not None and not closed and due_on < now().date()


def _has_open_step(user_id: UUID | None) -> ColumnElement[bool]:
    return exists().where(
        FindingStep.finding_id == Finding.id, FindingStep.assignee_id == user_id, FindingStep.status == StepStatus.OPEN
    )


def _may_confirm(actor: Actor) -> ColumnElement[bool]:
    """Findings whose risk somebody else asked to accept, where this actor may be the second person."""
    if Permission.FINDING_MANAGE not in actor.permissions:
        return false()
    return exists().where(
        Approval.kind == "risk_acceptance",
        Approval.subject_id == Finding.id,
        Approval.decision.is_(None),
        Approval.expires_at > now(),
        Approval.requested_by_id != actor.user_id,
        Approval.details["role"].astext != str(actor.role),
    )


def _conditions(actor: Actor, wanted: FindingFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        found.append(Finding.status.in_(wanted.statuses))
    if wanted.open is not None:
        found.append(Finding.status.not_in(CLOSED) if wanted.open else Finding.status.in_(CLOSED))
    if wanted.causes:
        found.append(Finding.cause.in_(wanted.causes))
    if wanted.severities:
        found.append(Finding.severity.in_(wanted.severities))
    if wanted.test_id:
        # Of a sealed test nobody learns what it repeats.
        told = exists().where(SecurityTest.id == wanted.test_id, open_to(actor))
        found.append(and_(holds_test(wanted.test_id), told))
    if wanted.owner_id:
        found.append(Finding.owner_id == wanted.owner_id)
    if wanted.assignee_id:
        found.append(_has_open_step(wanted.assignee_id))
    if wanted.mine:
        found.append(or_(Finding.owner_id == actor.user_id, _has_open_step(actor.user_id)))
    if wanted.waiting_for_me:
        found.append(or_(_has_open_step(actor.user_id), _may_confirm(actor)))
    if wanted.overdue:
        found.append(and_(Finding.due_on < now().date(), Finding.status.not_in(CLOSED)))
    shown = _shown_by(wanted)
    if shown:
        # Results are confirmed tests: none of them is sealed.
        tests = select(FindingResult.finding_id).join(SecurityTest, SecurityTest.id == FindingResult.test_id)
        found.append(Finding.id.in_(tests.join(Technique, Technique.id == SecurityTest.technique_id).where(*shown)))
    if wanted.q.strip():
        found.append(_text(wanted.q.strip()))
    return [*found, *_proven_in(wanted)]


def _proven_in(wanted: FindingFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.proven_from:
        found.append(Finding.proven_at >= wanted.proven_from)
    if wanted.proven_to:
        found.append(Finding.proven_at < wanted.proven_to)
    return found


def _shown_by(wanted: FindingFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.environment_id:
        found.append(SecurityTest.environment_id == wanted.environment_id)
    if wanted.platforms:
        found.append(SecurityTest.platform.in_(wanted.platforms))
    if wanted.techniques:
        found.append(func.upper(Technique.attack_id).in_([t.upper() for t in wanted.techniques]))
    return found


def _text(q: str) -> ColumnElement[bool]:
    escaped = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    digits = q.upper().removeprefix("F-")
    conditions: list[ColumnElement[bool]] = [
        Finding.title.ilike(f"%{escaped}%"),
        Finding.external_ticket.ilike(f"%{escaped}%"),
    ]
    if digits.isdecimal() and len(digits) <= 9:
        conditions.append(Finding.number == int(digits))
    return or_(*conditions)


def _order(sort: str) -> list[UnaryExpression[Any]]:
    column = SORT_KEYS[sort.lstrip("-")]
    if sort.startswith("-"):
        return [column.desc().nulls_last(), Finding.id.desc()]
    return [column.asc().nulls_last(), Finding.id.asc()]


async def list_findings(
    session: AsyncSession, actor: Actor, wanted: FindingFilter, *, sort: str, limit: int, offset: int
) -> tuple[list[FindingRow], int]:
    """Findings: (page, total)."""
    conditions = _conditions(actor, wanted)
    total = await session.scalar(select(func.count()).select_from(Finding).where(*conditions))
    found = await session.scalars(
        select(Finding).where(*conditions).order_by(*_order(sort)).limit(limit).offset(offset)
    )
    return await load_rows(session, found.all()), total or 0


async def load_rows(session: AsyncSession, findings: Sequence[Finding]) -> list[FindingRow]:
    """These findings with what a list shows of them, in five queries whatever their number."""
    ids = [finding.id for finding in findings]
    persons = await load_people(session, [finding.owner_id for finding in findings])
    tools = {
        tool.id: tool
        for tool in await session.scalars(
            select(SecurityTool).where(SecurityTool.id.in_({f.tool_id for f in findings if f.tool_id}))
        )
    }
    shown = await session.execute(
        select(
            FindingResult.finding_id,
            func.count(),
            func.array_agg(Environment.name.distinct()),
            func.array_agg(Technique.attack_id.distinct()),
        )
        .join(SecurityTest, SecurityTest.id == FindingResult.test_id)
        .join(Environment, Environment.id == SecurityTest.environment_id)
        .join(Technique, Technique.id == SecurityTest.technique_id)
        .where(FindingResult.finding_id.in_(ids), SecurityTest.annulled_at.is_(None))
        .group_by(FindingResult.finding_id)
    )
    facts = {row[0]: (row[1], sorted(row[2]), sorted(row[3])) for row in shown}
    steps: dict[UUID, dict[str, int]] = defaultdict(dict)
    for finding_id, status, number in await session.execute(
        select(FindingStep.finding_id, FindingStep.status, func.count())
        .where(FindingStep.finding_id.in_(ids))
        .group_by(FindingStep.finding_id, FindingStep.status)
    ):
        steps[finding_id][status] = number
    accepted: dict[UUID, datetime] = dict(
        (
            await session.execute(
                select(RiskAcceptance.finding_id, func.max(RiskAcceptance.valid_until))
                .where(
                    RiskAcceptance.finding_id.in_(ids),
                    RiskAcceptance.ended_at.is_(None),
                    RiskAcceptance.valid_until > now(),
                )
                .group_by(RiskAcceptance.finding_id)
            )
        ).all()
    )
    rows = []
    for finding in findings:
        results, environments, techniques = facts.get(finding.id, (0, [], []))
        rows.append(
            FindingRow(
                finding,
                persons.get(finding.owner_id) if finding.owner_id else None,
                tools.get(finding.tool_id) if finding.tool_id else None,
                results,
                environments,
                techniques,
                steps[finding.id],
                accepted.get(finding.id),
            )
        )
    return rows
