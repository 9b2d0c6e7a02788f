"""From rows to operational metrics: a fixed number of queries, none of them per test."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Invalid
from app.models.organisation import Environment
from app.schemas.operational import (
    AcceptedRisks,
    DetectionSeries,
    EnvironmentFigures,
    OperationalFilters,
    OperationalMetrics,
    OutcomeRejections,
    TeamBreakdown,
)
from app.services.coverage.decisions import in_force
from app.services.operational import sql
from app.services.operational.figures import (
    Efficacy,
    Grouped,
    decision_groups,
    detection_groups,
    efficacy_of,
    number,
    open_findings,
    rate,
    response,
    sides,
    span,
    times_in_state,
    times_of,
    trend,
)
from app.services.operational.scope import Scope
from app.services.operational.velocity import velocity
from app.services.reading import read_rows


async def operational_metrics(session: AsyncSession, scope: Scope) -> OperationalMetrics:
    """All figures of the scope. Raises Invalid for an unknown environment."""
    asked = scope.parameters
    environments, decisions, _ = await in_force(session, scope.now, scope.environment_id)
    if scope.environment_id is not None and not environments:
        message = "There is no such environment."
        raise Invalid("unknown_environment", message, fields=[FieldError("environment", message, "unknown")])
    cutoff = scope.now - timedelta(days=decisions.rules.valid_days)
    (
        detection_rows,
        waits,
        outcomes,
        [manual],
        [fidelity],
        decision_rows,
        rejections,
        states,
        findings,
        statuses,
        [accepted],
        finding_months,
        current,
    ) = await read_rows(
        session,
        (sql.DETECTION, asked),
        (sql.RESPONSE, asked),
        (sql.OUTCOMES, asked),
        (sql.MANUAL_TIMES, asked),
        (sql.FIDELITY, asked),
        (sql.DECISIONS, asked),
        (sql.REJECTIONS, asked),
        (sql.TIME_IN_STATE, asked),
        (sql.FINDINGS, asked),
        (sql.FINDING_STATUSES, asked),
        (sql.ACCEPTED, asked),
        (sql.FINDINGS_BY_MONTH, asked),
        (sql.CURRENT, {**asked, "cutoff": cutoff}),
    )
    detection, decided = detection_groups(detection_rows), decision_groups(decision_rows)
    efficacy = efficacy_of(current, decisions, environments)
    whole = efficacy[None]
    spans = {kind: facts for kind, *facts in findings}
    judged = decided.all or (0, 0, 0, 0)
    contain = response(waits, "contained")
    return OperationalMetrics(
        as_of=scope.now,
        since=scope.since,
        until=scope.until,
        filters=OperationalFilters(
            domain=scope.domain,
            environment=scope.environment_id,
            platforms=list(scope.platforms),
            tactic=scope.tactic,
        ),
        mttd=DetectionSeries(
            all=times_of(detection.all),
            blind=times_of(detection.series.get(True)),
            announced=times_of(detection.series.get(False)),
            clock_skew=detection.all[3] if detection.all else 0,
        ),
        time_to_acknowledge=response(waits, "triaged"),
        time_to_contain=contain,
        mttr=span(spans.get("proven")),
        mttr_claimed=span(spans.get("claimed")),
        mttr_respond=contain.all,
        open_findings=open_findings(spans.get("open"), dict(statuses)),
        accepted_risks=AcceptedRisks(count=accepted[0], oldest_age_seconds=number(accepted[1]), next_end=accepted[2]),
        detection_efficacy=rate(whole.met, whole.results),
        prevention_rate=rate(whole.prevented, whole.results),
        alert_rate=rate(whole.alerted, whole.results),
        telemetry_only_rate=rate(whole.telemetry_only, whole.results),
        silent_block_rate=rate(whole.silent, whole.results),
        alert_fidelity=rate(fidelity[0], fidelity[1]),
        rules_evaluated=fidelity[3],
        coverage_velocity=await velocity(session, scope),
        validation_rate=rate(judged[1], judged[0]),
        first_pass_yield=rate(judged[3], judged[2]),
        rejections=[OutcomeRejections(side=side, reason_code=code, count=n) for side, code, n in rejections],
        time_in_state=times_in_state(states),
        team_breakdown=TeamBreakdown(
            by_side=sides(states, rejections),
            by_environment=await _environments(session, environments, detection, decided, efficacy),
        ),
        manual_times=rate(*manual),
        trend=trend(scope, detection, decided, outcomes, finding_months),
    )


async def _environments(
    session: AsyncSession,
    ids: Iterable[str],
    detection: Grouped,
    decided: Grouped,
    efficacy: Mapping[str | None, Efficacy],
) -> list[EnvironmentFigures]:
    wanted = [UUID(i) for i in ids]
    rows = await session.execute(select(Environment.id, Environment.name).where(Environment.id.in_(wanted)))
    names: dict[UUID, str] = dict(rows.all())
    figures = []
    for identity in wanted:
        key = str(identity)
        judged = decided.environments.get(key, (0, 0, 0, 0))
        part = efficacy.get(key, Efficacy())
        figures.append(
            EnvironmentFigures(
                environment_id=identity,
                environment=names[identity],
                mttd=times_of(detection.environments.get(key)),
                detection_efficacy=rate(part.met, part.results),
                validation_rate=rate(judged[1], judged[0]),
                first_pass_yield=rate(judged[3], judged[2]),
            )
        )
    return figures
