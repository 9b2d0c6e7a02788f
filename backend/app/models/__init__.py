"""All tables; importing this package fills the metadata."""

from app.models import (
    audit,
    content,
    coverage,
    evidence,
    identity,
    jobs,
    knowledge,
    notification,
    organisation,
    security_test,
)

__all__ = [
    "audit",
    "content",
    "coverage",
    "evidence",
    "identity",
    "jobs",
    "knowledge",
    "notification",
    "organisation",
    "security_test",
]
