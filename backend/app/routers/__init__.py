"""One module a resource. `ROUTERS` is what the application serves."""

from fastapi import APIRouter

from app.routers import (
    audit_logs,
    auth,
    data_sources,
    environments,
    evidence,
    health,
    heatmap,
    jobs,
    metrics,
    notifications,
    security_tests,
    system,
    techniques,
    templates,
    threat_actors,
    tools,
    users,
)

ROUTERS: tuple[APIRouter, ...] = (
    audit_logs.router,
    auth.public,
    auth.router,
    data_sources.router,
    environments.router,
    evidence.router,
    evidence.files_router,
    health.router,
    heatmap.router,
    jobs.router,
    metrics.router,
    notifications.router,
    security_tests.router,
    system.router,
    techniques.router,
    techniques.tactics_router,
    templates.router,
    threat_actors.router,
    tools.router,
    users.router,
)
