"""One module a resource. `ROUTERS` is what the application serves."""

from fastapi import APIRouter

from app.routers import (
    audit_logs,
    auth,
    data_sources,
    evidence,
    health,
    heatmap,
    metrics,
    notifications,
    security_tests,
    system,
    techniques,
    users,
)

ROUTERS: tuple[APIRouter, ...] = (
    audit_logs.router,
    auth.public,
    auth.router,
    data_sources.router,
    evidence.router,
    evidence.files_router,
    health.router,
    heatmap.router,
    metrics.router,
    notifications.router,
    security_tests.router,
    system.router,
    techniques.router,
    techniques.tactics_router,
    users.router,
)
