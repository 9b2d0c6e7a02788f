"""`aegis audit`: prove the trail, and the facts that it seals."""

import asyncio
import sys
from typing import Annotated

import typer

from app.bootstrap import embedded_database
from app.config import Settings, SettingsError, load_settings
from app.database import make_engine, make_session_factory
from app.embedded import EmbeddedPostgresError
from app.logging import configure_logging, escape_text
from app.services import audit
from app.services.integrity import Verdict, check_trail

audit_app = typer.Typer(help="Look after the audit trail.", no_args_is_help=True)

Facts = Annotated[bool, typer.Option("--facts", help="Also compare every fact that the trail seals with the tables.")]


@audit_app.callback()
def audit_group() -> None:
    """Look after the audit trail."""


@audit_app.command("verify")
def verify_command(*, facts: Facts = False) -> None:
    """Check every entry of the trail; status 1 when something is not as it was written."""
    try:
        with embedded_database(load_settings()) as (settings, _postgres):
            verdict = asyncio.run(_verify(settings, facts=facts))
    except (SettingsError, EmbeddedPostgresError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    _tell(verdict)
    if not verdict.intact:
        raise typer.Exit(1)


async def _verify(settings: Settings, *, facts: bool) -> Verdict:
    assert settings.database_url is not None, "embedded_database gives the URL"
    configure_logging(settings.log_level, stream=sys.stderr)
    audit.configure_keys(settings)
    engine = make_engine(settings.database_url, pool_size=2, statement_timeout_ms=None)

    async def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{done} of {total}", nl=False, err=True)

    try:
        return await check_trail(make_session_factory(engine, settings), settings, progress, facts=facts)
    finally:
        await engine.dispose()


def _tell(verdict: Verdict) -> None:
    result = verdict.result
    for fault in result["faults"]:
        typer.echo(f"entry {fault['seq']}  {fault['code']}  {escape_text(fault['message'])}")
    compared = result.get("facts")
    if compared is not None:
        for item in compared["findings"]:
            entry = "" if item["seq"] is None else f"  entry {item['seq']}"
            typer.echo(f"{item['kind']}  {item['code']}{entry}  {escape_text(item['message'])}")
        checked = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in compared["checked"].items())
        typer.echo(f"Compared: {checked or 'nothing'}; {compared['finding_count']} not as recorded.")
    verb = "The trail is whole" if not result["faults"] else f"The trail breaks at entry {result['faults'][0]['seq']}"
    typer.echo(f"{verb}: {result['entries']} entries, head {result['head_seq']} {result['head_hash']}.")
    for line in result["not_proven"]:
        typer.echo(f"Not proven: {line}")
