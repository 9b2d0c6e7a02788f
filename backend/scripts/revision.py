"""Drafts a migration by comparing the models with a database at the newest schema, in a PostgreSQL of its own."""

import sys
import tempfile
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BACKEND))

from alembic import command  # noqa: E402  after the path

from app.embedded import EmbeddedPostgres  # noqa: E402  needs the path
from app.migrate import alembic_config, upgrade_to_head  # noqa: E402  needs the path

FILE_TEMPLATE = "%%(rev)s_%%(slug)s"


def main(message: str) -> None:
    """Write the draft; it is to be read and edited."""
    numbers = [int(file.name[:4]) for file in (BACKEND / "migrations" / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")]
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres", sync=False) as postgres:
        upgrade_to_head(postgres.owner_url)
        config = alembic_config(postgres.owner_url)
        config.set_main_option("file_template", FILE_TEMPLATE)
        command.revision(config, message, autogenerate=True, rev_id=f"{max(numbers, default=0) + 1:04d}")


if __name__ == "__main__":
    main(sys.argv[1])
