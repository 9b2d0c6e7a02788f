"""One module a resource. `ROUTERS` is what the application serves."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
