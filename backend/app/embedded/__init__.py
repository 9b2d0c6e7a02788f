"""PostgreSQL started by the application itself, so that a first run needs no database server."""

from app.embedded.binaries import EmbeddedPostgresError
from app.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres

__all__ = ["APP_ROLE", "OWNER_ROLE", "EmbeddedPostgres", "EmbeddedPostgresError"]
