"""Proofs on demand: the trail, the facts that it seals, the evidence in the store."""

from app.services.integrity.checks import Verdict, check_evidence, check_trail, find_orphans
from app.services.integrity.findings import Findings
from app.services.integrity.runner import IntegrityRunner, check_everything
from app.services.integrity.runs import get_run, list_runs, status_of
from app.services.integrity.views import counts_are_open, visible_result

__all__ = [
    "Findings",
    "IntegrityRunner",
    "Verdict",
    "check_everything",
    "check_evidence",
    "check_trail",
    "counts_are_open",
    "find_orphans",
    "get_run",
    "list_runs",
    "status_of",
    "visible_result",
]
