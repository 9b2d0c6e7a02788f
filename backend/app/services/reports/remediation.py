"""The remediation report, from findings, their steps and accepted risks."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.findings import CLOSED, Severity, Status, StepStatus
from app.domain.outcomes import MISS_CAUSES
from app.models.findings import Finding, FindingResult, RiskAcceptance
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.models.security_test import SecurityTest
from app.reports.remediation import AcceptedRisks, FindingLine, RemediationReport, RemediationTotals, Span
from app.services.findings.listing import FindingRow, load_rows
from app.services.reports.common import environment_name, said, trail_now

BATCH = 500
_DAY: Final = 86_400.0
SETTLED: Final = (*CLOSED, Status.RISK_ACCEPTED)


@dataclass(frozen=True, slots=True)
class RemediationQuery:
    """What the report is narrowed to."""

    statuses: Sequence[str] = ()
    causes: Sequence[str] = ()
    severities: Sequence[str] = ()
    environment_id: UUID | None = None
    platforms: Sequence[str] = ()
    techniques: Sequence[str] = ()
    tactics: Sequence[str] = ()
    """Short names or ATT&CK ids."""
    since: datetime | None = None
    until: datetime | None = None
    """Not itself in the period, which is that of the opening."""


async def remediation_report(
    session: AsyncSession, query: RemediationQuery, now: datetime, *, limit: int, offset: int = 0
) -> RemediationReport:
    """Totals of all findings and one page of them, newest first."""
    conditions = _conditions(query)
    found = await session.scalars(_newest_first(conditions).limit(limit).offset(offset))
    return RemediationReport(
        as_of=now,
        since=query.since,
        until=query.until,
        filters=said(
            status=query.statuses,
            cause=query.causes,
            severity=query.severities,
            technique=query.techniques,
            tactic=query.tactics,
            platform=query.platforms,
            environment=await environment_name(session, query.environment_id),
        ),
        totals=await _totals(session, conditions, now),
        lines=[_line(row, now) for row in await load_rows(session, found.all())],
        trail=await trail_now(session),
    )


async def stream_findings(
    session: AsyncSession, query: RemediationQuery, now: datetime
) -> AsyncIterator[list[FindingLine]]:
    """All findings of the report, batch by batch, in bounded memory."""
    found = await session.stream_scalars(_newest_first(_conditions(query)), execution_options={"yield_per": BATCH})
    async for findings in found.partitions():
        yield [_line(row, now) for row in await load_rows(session, findings)]


def shown_in(environment_id: UUID | None) -> Sequence[ColumnElement[bool]]:
    """That a result of an environment showed the finding; nothing is asked for all of them together."""
    if environment_id is None:
        return ()
    # Results are confirmed tests: none of them is sealed.
    results = select(FindingResult.finding_id).join(SecurityTest, SecurityTest.id == FindingResult.test_id)
    return (Finding.id.in_(results.where(SecurityTest.environment_id == environment_id)),)


async def accepted_risks(session: AsyncSession, now: datetime, environment_id: UUID | None = None) -> AcceptedRisks:
    """The risks that are accepted now: how many, and since when.

    environment_id: only what was shown in this environment and is accepted there; None for all.
    """
    age = extract("epoch", now - RiskAcceptance.valid_from).cast(Float) / _DAY
    row = (
        await session.execute(
            select(func.count(), func.avg(age), func.max(age), func.min(RiskAcceptance.valid_until)).where(
                RiskAcceptance.ended_at.is_(None),
                RiskAcceptance.valid_from <= now,
                RiskAcceptance.valid_until > now,
                *_accepted_in(environment_id),
            )
        )
    ).one()
    return AcceptedRisks(row[0], _number(row[1]), _number(row[2]), row[3])


def _accepted_in(environment_id: UUID | None) -> Sequence[ColumnElement[bool]]:
    if environment_id is None:
        return ()
    there = or_(RiskAcceptance.environment_id.is_(None), RiskAcceptance.environment_id == environment_id)
    return there, RiskAcceptance.finding_id.in_(select(Finding.id).where(*shown_in(environment_id)))


def _conditions(query: RemediationQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Finding.merged_into_id.is_(None)]
    for column, values in (
        (Finding.status, query.statuses),
        (Finding.cause, query.causes),
        (Finding.severity, query.severities),
    ):
        if values:
            found.append(column.in_(values))
    if query.since is not None:
        found.append(Finding.opened_at >= query.since)
    if query.until is not None:
        found.append(Finding.opened_at < query.until)
    shown = _shown_by(query)
    if shown:
        # Results are confirmed tests: none of them is sealed.
        tests = select(FindingResult.finding_id).join(SecurityTest, SecurityTest.id == FindingResult.test_id)
        found.append(Finding.id.in_(tests.join(Technique, Technique.id == SecurityTest.technique_id).where(*shown)))
    return found


def _shown_by(query: RemediationQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.environment_id is not None:
        found.append(SecurityTest.environment_id == query.environment_id)
    if query.platforms:
        found.append(SecurityTest.platform.in_(query.platforms))
    if query.techniques:
        found.append(func.upper(Technique.attack_id).in_([name.upper() for name in query.techniques]))
    if query.tactics:
        named = or_(Tactic.shortname.in_(query.tactics), Tactic.attack_id.in_(query.tactics))
        places = select(TechniqueTactic.technique_id).join(Tactic, Tactic.id == TechniqueTactic.tactic_id)
        found.append(Technique.id.in_(places.where(named)))
    return found


def _newest_first(conditions: Sequence[ColumnElement[bool]]) -> Select[Finding]:
    return select(Finding).where(*conditions).order_by(Finding.opened_at.desc(), Finding.id.desc())


def _line(row: FindingRow, now: datetime) -> FindingLine:
    finding = row.finding
    return FindingLine(
        id=finding.id,
        number=f"F-{finding.number}",
        title=finding.title,
        status=finding.status,
        cause=finding.cause,
        severity=finding.severity,
        owner=finding.owner,
        responsible=row.owner_person.username if row.owner_person else None,
        tool=row.tool.name if row.tool else None,
        due_on=finding.due_on,
        overdue=row.overdue,
        external_ticket=finding.external_ticket,
        opened_at=finding.opened_at,
        age_days=((finding.closed_at or now) - finding.opened_at) / timedelta(days=1),
        remediated_at=finding.remediated_at,
        proven_at=finding.proven_at,
        closed_at=finding.closed_at,
        accepted_until=row.accepted_until,
        results=row.results,
        steps=sum(count for status, count in row.steps.items() if status != StepStatus.DROPPED),
        steps_done=row.steps.get(StepStatus.DONE, 0),
        techniques=tuple(row.techniques),
        environments=tuple(row.environments),
    )


async def _totals(session: AsyncSession, conditions: Sequence[ColumnElement[bool]], now: datetime) -> RemediationTotals:
    kind = (Finding.status, Finding.cause, Finding.severity)
    late = func.count().filter(Finding.due_on < now.date())
    statuses, causes, severities = Counter[str](), Counter[str](), Counter[str]()
    overdue = 0
    for status, cause, severity, count, past in await session.execute(
        select(*kind, func.count(), late).where(*conditions).group_by(*kind)
    ):
        statuses[status] += count
        if status in SETTLED:
            continue
        causes[cause] += count
        severities[severity] += count
        overdue += past
    return RemediationTotals(
        findings=statuses.total(),
        open=causes.total(),
        overdue=overdue,
        by_status={status.value: statuses[status] for status in Status},
        by_cause={cause: causes[cause] for cause in MISS_CAUSES},
        by_severity={severity.value: severities[severity] for severity in Severity},
        proven=await _span(session, Finding.proven_at - Finding.opened_at, *conditions, Finding.proven_at.is_not(None)),
        claimed=await _span(
            session, Finding.remediated_at - Finding.opened_at, *conditions, Finding.remediated_at.is_not(None)
        ),
        open_age=await _span(session, now - Finding.opened_at, *conditions, Finding.status.not_in(SETTLED)),
        accepted=await accepted_risks(session, now),
    )


async def _span(session: AsyncSession, took: Any, *conditions: ColumnElement[bool]) -> Span:
    days = extract("epoch", took).cast(Float) / _DAY
    middle = func.percentile_cont(0.5).within_group(days)
    row = (await session.execute(select(func.count(), func.avg(days), middle).where(*conditions))).one()
    return Span(row[0], _number(row[1]), _number(row[2]))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
