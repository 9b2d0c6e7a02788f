"""Reports: as JSON, as tables, printed."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.dependencies import PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.coverage import Status
from app.domain.permissions import Permission
from app.errors import FieldError, Invalid
from app.reports import remediation
from app.reports.coverage import coverage_document, tactics_csv, techniques_csv
from app.reports.csv_text import csv_lines
from app.reports.remediation import findings_lines, remediation_document
from app.reports.results import COLUMNS, PRINTED_ROWS, results_document, results_lines
from app.routers.answers import CSV_ANSWER, csv_response
from app.routers.base import protected_router
from app.routers.exports import REPORT_ANSWER, csv_stream, pdf_response
from app.routers.filters import Day, Environment, PlatformNames
from app.routers.report_presenters import coverage_summary, remediation_page, results_page
from app.routers.test_filters import Asked
from app.schemas.findings import FindingStatus, SeverityLevel
from app.schemas.heatmap import DomainName
from app.schemas.reports import CoverageSummary, Remediation, TestResults
from app.schemas.security_tests import MissCause
from app.services.reports.common import environment_name
from app.services.reports.coverage import CoverageQuery, coverage_report
from app.services.reports.remediation import RemediationQuery, remediation_report, stream_findings
from app.services.reports.results import ResultsQuery, results_report, stream_results

router = protected_router("/reports", "reports")
Reader = Annotated[Actor, Depends(require(Permission.REPORT_READ))]
Names = Annotated[list[Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]], Query(max_length=50)]
Statuses = Annotated[list[Status], Query(max_length=7, description="Narrows the lines, not the figures.")]
Format = Annotated[
    Literal["json", "csv", "pdf"], Query(alias="format", description="`csv` is a table, `pdf` is printed.")
]
FirstDay = Annotated[Day | None, Query(alias="from", description="First day of the period, UTC.")]
LastDay = Annotated[Day | None, Query(alias="to", description="Last day of the period, UTC.")]


def period(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The moments between two days, both included. Raises Invalid for an order or a year that makes no sense."""
    for name, day in (("from", first), ("to", last)):
        if day is not None and not 1970 <= day.year <= 9998:
            message = "The year must lie between 1970 and 9998."
            raise Invalid("invalid_period", message, fields=[FieldError(name, message, "invalid_period")])
    if first and last and last < first:
        message = "The period ends before it begins."
        raise Invalid("invalid_period", message, fields=[FieldError("to", message, "invalid_period")])
    since = datetime.combine(first, time(), UTC) if first else None
    return since, datetime.combine(last, time(), UTC) + timedelta(days=1) if last else None


def coverage_query(
    domain: DomainName = "enterprise",
    environment: Environment = None,
    platform: PlatformNames = [],  # noqa: B006  FastAPI copies it
    tactic: Annotated[Names, Query(description="Short names or ATT&CK ids.")] = [],  # noqa: B006  as above
    status: Statuses = [],  # noqa: B006  as above
) -> CoverageQuery:
    """What a coverage report is narrowed to."""
    return CoverageQuery(domain, environment, tuple(platform), tuple(tactic), frozenset(status))


CoverageFilters = Annotated[CoverageQuery, Depends(coverage_query)]


@router.get("/coverage-summary", response_model=CoverageSummary, responses=REPORT_ANSWER)
async def get_coverage_summary(
    _actor: Reader, session: ReadSession, query: CoverageFilters, as_format: Format = "json"
) -> Response | CoverageSummary:
    """Coverage in all, per tactic and per technique; the table has one line a tactic."""
    report = await coverage_report(session, query, now())
    if as_format == "csv":
        return csv_response(tactics_csv(report), "coverage-summary.csv")
    if as_format == "pdf":
        return await pdf_response(coverage_document(report), "coverage.pdf")
    return coverage_summary(report)


@router.get("/coverage-csv", response_class=Response, responses=CSV_ANSWER)
async def get_coverage_csv(_actor: Reader, session: ReadSession, query: CoverageFilters) -> Response:
    """Coverage as a table, one line a technique."""
    return csv_response(techniques_csv(await coverage_report(session, query, now())), "coverage.csv")


@router.get("/test-results", response_model=TestResults, responses=REPORT_ANSWER)
async def get_test_results(
    actor: Reader,
    request: Request,
    session: ReadSession,
    page: PageParams,
    asked: Asked,
    first: FirstDay = None,
    last: LastDay = None,
    tactic: Annotated[Names, Query(description="Short names or ATT&CK ids.")] = [],  # noqa: B006  FastAPI copies it
    as_format: Format = "json",
) -> Response | TestResults:
    """Test results of a period, by when they ran, else were planned: totals of all, and one page of the tests.

    The table has all of them, however many; archived and sealed tests are in none.
    """
    since, until = period(first, last)
    moment = now()
    await environment_name(session, asked.tests.environment_id)
    query = ResultsQuery(await asked.settled(session, moment), tuple(tactic), since, until)
    if as_format == "csv":

        async def lines(own: AsyncSession) -> AsyncIterator[str]:
            async for batch in stream_results(own, actor, query, moment):
                yield results_lines(batch)

        return csv_stream(request, "test-results.csv", csv_lines([COLUMNS]), lines)
    printed = as_format == "pdf"
    limit, offset = (PRINTED_ROWS, 0) if printed else (page.limit, page.offset)
    report = await results_report(session, actor, query, moment, limit=limit, offset=offset)
    if printed:
        return await pdf_response(results_document(report), "test-results.pdf")
    return results_page(report, limit=limit, offset=offset)


@router.get("/remediation", response_model=Remediation, responses=REPORT_ANSWER)
async def get_remediation_report(
    _actor: Reader,
    request: Request,
    session: ReadSession,
    page: PageParams,
    first: FirstDay = None,
    last: LastDay = None,
    status: Annotated[list[FindingStatus], Query(max_length=10)] = [],  # noqa: B006  FastAPI copies it
    cause: Annotated[list[MissCause], Query(max_length=20)] = [],  # noqa: B006  as above
    severity: Annotated[list[SeverityLevel], Query(max_length=4)] = [],  # noqa: B006  as above
    technique: Names = [],  # noqa: B006  as above
    tactic: Annotated[Names, Query(description="Short names or ATT&CK ids.")] = [],  # noqa: B006  as above
    platform: PlatformNames = [],  # noqa: B006  as above
    environment: UUID | None = None,
    as_format: Format = "json",
) -> Response | Remediation:
    """Findings opened in a period and what became of them: totals of all, and one page; the table has all of them."""
    since, until = period(first, last)
    await environment_name(session, environment)
    query = RemediationQuery(status, cause, severity, environment, platform, technique, tactic, since, until)
    moment = now()
    if as_format == "csv":

        async def lines(own: AsyncSession) -> AsyncIterator[str]:
            async for batch in stream_findings(own, query, moment):
                yield findings_lines(batch)

        return csv_stream(request, "remediation.csv", csv_lines([remediation.COLUMNS]), lines)
    printed = as_format == "pdf"
    limit, offset = (remediation.PRINTED_ROWS, 0) if printed else (page.limit, page.offset)
    report = await remediation_report(session, query, moment, limit=limit, offset=offset)
    if printed:
        return await pdf_response(remediation_document(report), "remediation.pdf")
    return remediation_page(report, limit=limit, offset=offset)
