"""The `aegis` command: `python -m app.cli --help`."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import embedded_database
from app.cli_audit import audit_app
from app.cli_content import content_app
from app.cli_coverage import coverage_app
from app.cli_evidence import evidence_app
from app.cli_jobs import jobs_app
from app.cli_sync import sync
from app.config import Settings, SettingsError, load_settings
from app.embedded import EmbeddedPostgresError
from app.migrate import MigrationError, upgrade_to_head
from app.seed import main as seed_main

# One line a group of commands: (name, its typer application).
SUB_APPS: tuple[tuple[str, typer.Typer], ...] = (
    ("audit", audit_app),
    ("content", content_app),
    ("coverage", coverage_app),
    ("evidence", evidence_app),
    ("jobs", jobs_app),
)

app = typer.Typer(
    name="aegis",
    help="Run and look after Aegis.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _sub_app in SUB_APPS:
    app.add_typer(_sub_app, name=_name)

app.command("sync")(sync)


@contextmanager
def explained_errors() -> Iterator[None]:
    """Turn errors that have a sentence for the person at the terminal into that sentence and exit status 2."""
    try:
        yield
    except (SettingsError, EmbeddedPostgresError, MigrationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _run(settings: Settings, prepare: Callable[[Settings], None] | None = None) -> None:
    # The application takes a second or two to import: a wrong setting is told before that. Nothing that is imported
    # ever becomes garbage; looking for it there would take a sixth of the start, and some of every later search.
    gc.disable()
    from app.server import run  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    if prepare is None:
        run(settings)
    else:
        run(settings, prepare=prepare)


@app.command("run")
def run_command() -> None:
    """Serve Aegis; without DATABASE_URL it brings its own PostgreSQL."""
    with explained_errors():
        _run(load_settings())


@app.command()
def serve() -> None:
    """Serve Aegis with the database of DATABASE_URL, never with one of its own."""
    with explained_errors():
        settings = load_settings()
        if settings.is_embedded:
            raise SettingsError("DATABASE_URL must be set for this command; `run` brings its own PostgreSQL.")
        _run(settings)


@app.command("demo")
def demo_command(
    data_dir: Annotated[Path, typer.Option(help="Folder of the demo; never that of real data.")] = Path(".aegis-demo"),
) -> None:
    """Serve a made-up organisation with a year of tests, in a data folder of its own."""
    with explained_errors():
        # Its story is imported only by those who want to hear it.
        from app import cli_demo  # noqa: PLC0415

        settings = cli_demo.demo_settings(data_dir)
        cli_demo.claim_folder(settings)
        _run(settings, cli_demo.prepare_demo)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    with explained_errors(), embedded_database(load_settings()) as (settings, _postgres):
        upgrade_to_head(settings.database_owner_url or settings.database_url or "")
    typer.echo("The schema is up to date.")


@app.command()
def seed() -> None:
    """Put in what a first start needs; does nothing the second time."""
    with explained_errors():
        seed_main()


if __name__ == "__main__":
    app()
