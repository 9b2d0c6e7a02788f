"""Runs of integrity checks as the API shows them."""

from app.models.integrity import IntegrityRun
from app.schemas.audit import CheckRun
from app.services.integrity import status_of


def check_run(run: IntegrityRun) -> CheckRun:
    """A run without its findings."""
    columns = {name: getattr(run, name) for name in CheckRun.model_fields}
    return CheckRun.model_validate(columns | {"status": status_of(run)})
