"""One module a resource. `ROUTERS` is what the application serves."""

from fastapi import APIRouter

from app.routers import audit_logs, auth, evidence, health, heatmap, notifications, security_tests, users

ROUTERS: tuple[APIRouter, ...] = (
    audit_logs.router,
    auth.public,
    auth.router,
    evidence.router,
    evidence.files_router,
    health.router,
    heatmap.router,
    notifications.router,
    security_tests.router,
    users.router,
)
