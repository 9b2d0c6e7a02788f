"""`aegis evidence`: verify, sweep and count what is stored."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from app.bootstrap import embedded_database
from app.config import Settings, SettingsError, load_settings
from app.database import SessionFactory, make_engine, make_session_factory
from app.embedded import EmbeddedPostgresError
from app.errors import AppError
from app.logging import configure_logging
from app.services import audit
from app.services.evidence import sweep_evidence, take_inventory, verify_all
from app.services.integrity import Findings, find_orphans
from app.storage import EvidenceStore, make_store

T = TypeVar("T")

evidence_app = typer.Typer(help="Look after stored evidence.", no_args_is_help=True)

EvidenceId = Annotated[UUID | None, typer.Argument(help="Id of one piece of evidence.")]
All = Annotated[bool, typer.Option("--all", help="Every piece of evidence.")]
DeleteMany = Annotated[bool, typer.Option(help="Delete even when more than a quarter of all objects are orphans.")]


@evidence_app.command("verify")
def verify_command(evidence_id: EvidenceId = None, *, everything: All = False) -> None:
    """Hash stored files anew and compare; with --all also find objects that belong to nothing. Status 1 for faults."""
    if (evidence_id is None) is not everything:
        raise typer.BadParameter("give one id, or --all")

    async def work(factory: SessionFactory, store: EvidenceStore) -> tuple[int, int, int]:
        checked = bad = 0
        async for result in verify_all(factory, store, evidence_id=evidence_id):
            checked += 1
            if not result.intact:
                bad += 1
                typer.echo(f"{result.evidence_id}  {result.outcome}  expected {result.expected_sha256}")
            elif evidence_id is not None:
                typer.echo(f"{result.evidence_id}  intact  {result.sha256}")
        strays = Findings()
        if everything:
            await find_orphans(factory, store, strays)
        for item in strays.items:
            typer.echo(f"{item.subject_id}  {item.code}  {item.message}")
        return checked, bad, strays.count

    checked, bad, orphans = _with_store(work)
    typer.echo(f"{checked} checked, {bad} not intact{f', {orphans} orphaned' if orphans else ''}.")
    if bad or orphans:
        raise typer.Exit(1)


@evidence_app.command("sweep")
def sweep_command(*, delete_many: DeleteMany = False) -> None:
    """Remove objects that no record knows, and report records whose object is gone; status 1 for those."""
    report = _with_store(lambda factory, store: sweep_evidence(factory, store, delete_many=delete_many))
    typer.echo(
        f"{report.objects} objects, {report.orphans} orphans, {report.deleted} deleted, "
        f"{report.unfinished} unfinished uploads removed, {len(report.missing)} missing."
    )
    for object_id in report.missing:
        typer.echo(f"{object_id}  missing")
    if report.refused:
        typer.echo("Too many orphans to be true, none was deleted; is this the right database? Else: --delete-many.")
    if report.refused or report.missing:
        raise typer.Exit(1)


@evidence_app.command("inventory")
def inventory_command() -> None:
    """Count files and bytes."""

    async def work(factory: SessionFactory, _store: EvidenceStore) -> str:
        async with factory() as session:
            found = await take_inventory(session)
        sides = ", ".join(f"{side} {count}" for side, count in found.files_by_side.items()) or "none"
        return (
            f"{found.files} files ({sides}), {found.withdrawn} withdrawn; {found.objects} objects, {found.size} bytes."
        )

    typer.echo(_with_store(work))


def _with_store(work: Callable[[SessionFactory, EvidenceStore], Awaitable[T]]) -> T:
    """Run the work with database and store; expected errors become one sentence and status 2."""
    try:
        with embedded_database(load_settings()) as (settings, _postgres):
            return asyncio.run(_run(settings, work))
    except (SettingsError, EmbeddedPostgresError, AppError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


async def _run(settings: Settings, work: Callable[[SessionFactory, EvidenceStore], Awaitable[T]]) -> T:
    assert settings.database_url is not None, "embedded_database gives the URLs"
    configure_logging(settings.log_level, stream=sys.stderr)
    audit.configure_keys(settings)
    engine = make_engine(settings.database_url, pool_size=2, statement_timeout_ms=None)
    store = make_store(settings)
    try:
        await store.prepare()
        return await work(make_session_factory(engine, settings), store)
    finally:
        await store.close()
        await engine.dispose()
