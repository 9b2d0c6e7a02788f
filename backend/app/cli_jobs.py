"""`aegis jobs`: run a scheduled job by hand."""

import asyncio

import typer

from app.bootstrap import embedded_database
from app.config import Settings, load_settings
from app.database import make_engine, make_session_factory
from app.jobs.base import JobContext
from app.jobs.registry import JOBS
from app.jobs.runner import run_job
from app.services.audit import configure_keys
from app.services.content.runner import ImportRunner
from app.storage import make_store

jobs_app = typer.Typer(help="Scheduled jobs.", no_args_is_help=True)


@jobs_app.command("list")
def list_jobs() -> None:
    """Name every job."""
    for job in JOBS.values():
        typer.echo(f"{job.name:24} {job.title}")


@jobs_app.command("run")
def run(name: str) -> None:
    """Run one job now and wait for it; imports that it asks for are carried out too."""
    if name not in JOBS:
        typer.echo(f"There is no job {name}.", err=True)
        raise typer.Exit(2)
    with embedded_database(load_settings()) as (settings, _postgres):
        finished = asyncio.run(_run(settings, name))
    typer.echo("done" if finished else "another process runs it")


async def _run(settings: Settings, name: str) -> bool:
    configure_keys(settings)
    assert settings.database_url is not None, "embedded_database gives the URL"
    engine = make_engine(settings.database_url, pool_size=4, statement_timeout_ms=None)
    factory, store = make_session_factory(engine, settings), make_store(settings)
    imports = ImportRunner(factory, settings)
    try:
        run_id = await run_job(JobContext(factory, settings, store, imports), JOBS[name], trigger="manual")
        await imports.wait_idle()
    finally:
        await imports.stop()
        await store.close()
        await engine.dispose()
    return run_id is not None
