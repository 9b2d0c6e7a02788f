"""`aegis content`: packs of content for installations without a network."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import embedded_database
from app.cli_sync import finished, tell
from app.config import Settings, load_settings
from app.database import make_engine, make_session_factory, session_scope
from app.domain.actor import SYSTEM
from app.errors import AppError
from app.importers.packs import Pack, new_key, signing_key
from app.models.content import SyncRun
from app.services.audit import configure_keys
from app.services.content import packs
from app.services.content.registry import ensure_sources
from app.services.content.runner import WORK_FOLDER, ImportRunner

content_app = typer.Typer(help="Content packs: the publishers' content in one file.", no_args_is_help=True)


@content_app.command()
def keygen(out: Annotated[Path, typer.Argument(help="File for the private key; it must not be there yet.")]) -> None:
    """Make a key to sign packs with, and print what CONTENT_TRUSTED_KEYS has to name."""
    pem, public = new_key()
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        typer.echo(f"{out} cannot be written: {error.strerror}.", err=True)
        raise typer.Exit(2) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    typer.echo(public)


@content_app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The pack to write.")],
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    key: Annotated[Path | None, typer.Option(help="Sign the pack with this key.")] = None,
) -> None:
    """Fetch all sources as their publishers have them now, and write them into one pack."""
    names = source or packs.exported_sources()
    unknown = sorted(set(names) - set(packs.exported_sources()))
    if unknown:
        typer.echo(f"There is no source {unknown[0]}: {', '.join(packs.exported_sources())}.", err=True)
        raise typer.Exit(2)
    with embedded_database(load_settings()) as (settings, _postgres):
        try:
            pack = asyncio.run(_export(settings, out, names, key))
        except (AppError, OSError) as error:
            typer.echo(f"Nothing was written: {error}", err=True)
            raise typer.Exit(1) from None
    _describe(pack)


async def _export(settings: Settings, out: Path, names: list[str], key: Path | None) -> Pack:
    signer = None if key is None else signing_key(await asyncio.to_thread(key.read_bytes))
    assert settings.database_url is not None, "embedded_database gives the URL"
    engine = make_engine(settings.database_url, pool_size=2)
    factory = make_session_factory(engine, settings)
    folder = settings.aegis_data_dir / WORK_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # What a kill leaves there is swept.
    work_dir = Path(tempfile.mkdtemp(prefix="pack-", dir=folder))
    try:
        async with session_scope(factory) as session:
            await ensure_sources(session, settings)
        async with factory() as session:
            return await packs.export_pack(session, settings, out, names=names, work_dir=work_dir, key=signer)
    finally:
        shutil.rmtree(work_dir, ignore_errors=True)
        await engine.dispose()


@content_app.command()
def verify(pack: Annotated[Path, typer.Argument(help="The pack.")]) -> None:
    """Check every file of a pack against its manifest, and who signed that.

    Status 1 for a damaged pack and, where CONTENT_TRUSTED_KEYS names keys, for one that none of them signed.
    """
    settings = load_settings()
    try:
        found = asyncio.run(packs.open_pack(settings, pack))
    except AppError as error:
        typer.echo(f"{error.code}: {error.message}", err=True)
        raise typer.Exit(1) from None
    _describe(found)
    if settings.content_trusted_keys and found.trust != "trusted":
        typer.echo("None of CONTENT_TRUSTED_KEYS signed it.", err=True)
        raise typer.Exit(1)


@content_app.command("import")
def import_command(
    pack: Annotated[Path, typer.Argument(help="The pack.")],
    accept_unsigned: Annotated[bool, typer.Option(help="Take it though no trusted key signed it.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would change.")] = False,
    force: Annotated[bool, typer.Option(help="Accept older releases and any number of withdrawn items.")] = False,
) -> None:
    """Import a pack, source by source, through the same parsers as any download."""
    with embedded_database(load_settings()) as (settings, _postgres):
        try:
            ended = asyncio.run(_import(settings, pack, accept=accept_unsigned, preview=dry_run, force=force))
        except AppError as error:
            typer.echo(f"{error.code}: {error.message}", err=True)
            raise typer.Exit(1) from None
    for run in ended:
        tell(run)
    if any(run.status not in {"succeeded", "partial"} for run in ended):
        raise typer.Exit(1)


async def _import(settings: Settings, path: Path, *, accept: bool, preview: bool, force: bool) -> list[SyncRun]:
    configure_keys(settings)
    pack = await packs.open_pack(settings, path)
    packs.refuse_untrusted(pack, accepted=accept)
    assert settings.database_url is not None, "embedded_database gives the URL"
    engine = make_engine(settings.database_url, pool_size=4, statement_timeout_ms=None)
    factory = make_session_factory(engine, settings)
    imports = ImportRunner(factory, settings)
    folder = await asyncio.to_thread(packs.unpack_uploads, settings, path, pack)
    try:
        async with session_scope(factory) as session:
            await ensure_sources(session, settings)
            started = await packs.request_runs(session, SYSTEM, pack, folder, preview=preview, force=force)
        return [await finished(factory, imports, run) for run in started]
    finally:
        await imports.stop()
        shutil.rmtree(folder, ignore_errors=True)
        await engine.dispose()


def _describe(pack: Pack) -> None:
    signed = {"trusted": "signed by a trusted key", "unknown_key": "signed by an unknown key", "unsigned": "unsigned"}
    typer.echo(f"{pack.name} of {pack.made_at}: {len(pack.files)} files, {signed[pack.trust]}")
    if pack.key is not None:
        typer.echo(f"  key {pack.key}")
    for file in pack.files:
        typer.echo(f"  {file.source:18} {file.part:12} {file.size:>12} {file.sha256[:16]} {file.release or ''}")
