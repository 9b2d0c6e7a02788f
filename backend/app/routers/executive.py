"""The executive's figures, as JSON and as a report on one page."""

from typing import Annotated

from fastapi import Depends, Response

from app.clock import now
from app.dependencies import ReadSession, Shared, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.reports.executive import executive_csv, executive_document
from app.routers.answers import csv_response, shared_json
from app.routers.base import protected_router
from app.routers.exports import REPORT_ANSWER, pdf_response
from app.routers.filters import Environment
from app.routers.reports import Format
from app.schemas.executive import ExecutiveMetrics
from app.schemas.heatmap import DomainName
from app.services.executive import executive_report

router = protected_router("/metrics", "metrics")
of_reports = protected_router("/reports", "reports")
Leader = Annotated[Actor, Depends(require(Permission.EXECUTIVE_READ))]


@router.get("/executive", response_model=ExecutiveMetrics)
async def get_executive_metrics(
    _actor: Leader,
    session: ReadSession,
    shared: Shared,
    domain: DomainName = "enterprise",
    environment: Environment = None,
) -> Response:
    """Where we stand, whether we got better than a quarter ago, and where the holes are that matter."""

    async def make() -> ExecutiveMetrics:
        report = await executive_report(session, domain=domain, environment_id=environment, now=now())
        return ExecutiveMetrics.model_validate(report)

    return await shared_json(shared, session, ("executive", domain, environment), make)


@of_reports.get("/executive", response_model=ExecutiveMetrics, responses=REPORT_ANSWER)
async def get_executive_report(
    _actor: Leader,
    session: ReadSession,
    domain: DomainName = "enterprise",
    environment: Environment = None,
    as_format: Format = "json",
) -> Response | ExecutiveMetrics:
    """The same as a report; printed it is one page."""
    report = await executive_report(session, domain=domain, environment_id=environment, now=now())
    if as_format == "csv":
        return csv_response(executive_csv(report), "executive.csv")
    if as_format == "pdf":
        return await pdf_response(executive_document(report), "executive.pdf")
    return ExecutiveMetrics.model_validate(report)
