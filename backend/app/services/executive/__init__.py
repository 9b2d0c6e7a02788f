"""The executive's figures, from scores, snapshots, findings and operational metrics."""

from app.services.executive.build import executive_report

__all__ = ["executive_report"]
