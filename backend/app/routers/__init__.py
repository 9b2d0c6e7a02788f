"""One module a resource. `ROUTERS` is what the application serves."""

from fastapi import APIRouter

from app.routers import evidence, health, notifications, security_tests

ROUTERS: tuple[APIRouter, ...] = (
    evidence.router,
    evidence.files_router,
    health.router,
    notifications.router,
    security_tests.router,
)
