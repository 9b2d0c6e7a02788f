"""`aegis coverage`: work out derived rows anew."""

import asyncio

import typer

from app.bootstrap import embedded_database
from app.config import Settings, SettingsError, load_settings
from app.database import make_engine, make_session_factory, session_scope
from app.embedded import EmbeddedPostgresError
from app.services import coverage
from app.services.coverage.recompute import Difference

coverage_app = typer.Typer(help="Look after current results and statistics.", no_args_is_help=True)


@coverage_app.callback()
def _group() -> None:
    """Keep `recompute` a command of its own while it is the only one."""


@coverage_app.command("recompute")
def recompute_command() -> None:
    """Work out current results and statistics from scratch and say how the stored ones differed."""
    try:
        with embedded_database(load_settings()) as (settings, _postgres):
            report = asyncio.run(_recompute(settings))
    except (SettingsError, EmbeddedPostgresError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"Current results: {_words(report.results)}.")
    typer.echo(f"Technique statistics: {_words(report.stats)}.")
    typer.echo(f"Sums of results: {_words(report.sums)}.")
    typer.echo("All was right." if report.was_right else "Mended.")


async def _recompute(settings: Settings) -> coverage.RecomputeReport:
    assert settings.database_url is not None, "embedded_database gives the URL"
    engine = make_engine(settings.database_url, pool_size=1, statement_timeout_ms=None)
    try:
        async with session_scope(make_session_factory(engine, settings)) as session:
            return await coverage.recompute_all(session)
    finally:
        await engine.dispose()


def _words(found: Difference) -> str:
    return f"{found.total} in all, {found.added} added, {found.changed} changed, {found.removed} removed"
