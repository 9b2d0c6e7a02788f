"""Reports as JSON."""

from app.reports.coverage import CoverageReport
from app.reports.remediation import RemediationReport
from app.reports.results import ResultsReport
from app.schemas.reports import CoverageNumbers, CoverageSummary, Remediation, ReportFilter, TestResults


def coverage_summary(report: CoverageReport) -> CoverageSummary:
    """The coverage report as JSON."""
    tactics = [
        {"attack_id": tactic.attack_id, "shortname": tactic.shortname, "name": tactic.name}
        | {name: getattr(tactic.figures, name) for name in CoverageNumbers.model_fields}
        for tactic in report.tactics
    ]
    return CoverageSummary.model_validate(
        {
            **_said(report),
            "domain": report.domain,
            "attack_version": report.attack_version,
            "totals": report.totals,
            "tactics": tactics,
            "techniques": report.techniques,
        }
    )


def results_page(report: ResultsReport, *, limit: int, offset: int) -> TestResults:
    """The report of test results as JSON."""
    return TestResults.model_validate(
        {
            **_said(report),
            "since": report.since,
            "until": report.until,
            "totals": report.totals,
            "items": report.lines,
            "total": report.totals.tests + report.totals.annulled,
            "limit": limit,
            "offset": offset,
        }
    )


def remediation_page(report: RemediationReport, *, limit: int, offset: int) -> Remediation:
    """The remediation report as JSON."""
    return Remediation.model_validate(
        {
            **_said(report),
            "since": report.since,
            "until": report.until,
            "totals": report.totals,
            "items": report.lines,
            "total": report.totals.findings,
            "limit": limit,
            "offset": offset,
        }
    )


def _said(report: CoverageReport | ResultsReport | RemediationReport) -> dict[str, object]:
    return {
        "as_of": report.as_of,
        "filters": [ReportFilter(name=name, value=value) for name, value in report.filters],
        "trail": report.trail,
    }
