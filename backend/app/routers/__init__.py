"""One module a resource. `ROUTERS` is what the application serves."""

from fastapi import APIRouter

from app.routers import health, notifications, security_tests

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    notifications.router,
    security_tests.router,
)
