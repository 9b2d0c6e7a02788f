"""`aegis sync`: fetch and import one source now, and wait for it."""

import asyncio
from typing import Annotated

import typer

from app.bootstrap import embedded_database
from app.config import Settings, load_settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.actor import SYSTEM
from app.domain.content import OPEN_RUN_STATUSES
from app.errors import AppError
from app.models.content import SyncRun
from app.services.audit import configure_keys
from app.services.content import runs, sources
from app.services.content.registry import SOURCES, ensure_sources
from app.services.content.runner import ImportRunner

POLL_SECONDS = 1.0
SHOWN_PROBLEMS = 10


def sync(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(SOURCES)}.")],
    part: Annotated[list[str] | None, typer.Option(help="Only this part of the source; may be repeated.")] = None,
    way: Annotated[str | None, typer.Option(help="Only this way, such as offline or github.")] = None,
    force: Annotated[bool, typer.Option(help="Accept an older release and any number of withdrawn items.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would change.")] = False,
) -> None:
    """Fetch and import one source, wait for it, and say what changed."""
    if name not in SOURCES:
        typer.echo(f"There is no source {name}: {', '.join(SOURCES)}.", err=True)
        raise typer.Exit(2)
    with embedded_database(load_settings()) as (settings, _postgres):
        try:
            run = asyncio.run(_sync(settings, name, parts=part, way=way, force=force, preview=dry_run))
        except AppError as error:
            typer.echo(f"{error.code}: {error.message}", err=True)
            raise typer.Exit(1) from None
    tell(run)
    if run.status not in {"succeeded", "partial"}:
        raise typer.Exit(1)


async def _sync(
    settings: Settings, name: str, *, parts: list[str] | None, way: str | None, force: bool, preview: bool
) -> SyncRun:
    configure_keys(settings)
    assert settings.database_url is not None, "embedded_database gives the URL"
    engine = make_engine(settings.database_url, pool_size=4, statement_timeout_ms=None)
    factory = make_session_factory(engine, settings)
    imports = ImportRunner(factory, settings)
    try:
        async with session_scope(factory) as session:
            await ensure_sources(session, settings)
            run = await sources.request_sync(
                session, SYSTEM, name, domains=parts, way=way, force=force, preview=preview
            )
        return await finished(factory, imports, run)
    finally:
        await imports.stop()
        await engine.dispose()


async def finished(factory: SessionFactory, imports: ImportRunner, run: SyncRun) -> SyncRun:
    """Wait for a queued run, whichever process carries it out."""
    imports.kick()
    while True:
        await imports.wait_idle()
        async with factory() as session:
            found = await runs.get_run(session, run.id)
        if found.status not in OPEN_RUN_STATUSES:
            return found
        await asyncio.sleep(POLL_SECONDS)


def tell(run: SyncRun) -> None:
    """How a run ended, for a terminal."""
    numbers = ", ".join(f"{number} {name}" for name, number in run.counts.items())
    typer.echo(f"{run.source}: {run.status} ({numbers})")
    for warning in run.report.get("warnings", ()):
        typer.echo(f"  would be refused: {warning['code']}: {warning['message']}")
    for note in run.notes:
        typer.echo(f"  left {note['way']}: {note['reason']}")
    if run.error is not None:
        typer.echo(f"  {run.error['code']}: {run.error['message']}", err=True)
    for problem in run.problems[:SHOWN_PROBLEMS]:
        typer.echo(f"  {problem['path']}: {problem['code']}: {problem['message']}")
    left = run.report.get("problem_count", 0) - SHOWN_PROBLEMS
    if left > 0:
        typer.echo(f"  and {left} more problems")
