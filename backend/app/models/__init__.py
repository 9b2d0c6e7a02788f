"""All tables; importing this package fills the metadata."""

from app.models import (
    audit,
    catalogue,
    content,
    countermeasures,
    coverage,
    evidence,
    findings,
    identity,
    integrity,
    jobs,
    knowledge,
    notification,
    organisation,
    security_test,
    snapshots,
    threat_profile,
)

__all__ = [
    "audit",
    "catalogue",
    "content",
    "countermeasures",
    "coverage",
    "evidence",
    "findings",
    "identity",
    "integrity",
    "jobs",
    "knowledge",
    "notification",
    "organisation",
    "security_test",
    "snapshots",
    "threat_profile",
]
