"""`aegis demo`: the example organisation, in a data folder of its own."""

import shutil
import sys
from pathlib import Path

import typer
import uvloop

from app.bootstrap import prepare_data_folder
from app.clock import frozen_at, now
from app.config import Settings, SettingsError, load_settings
from app.database import make_engine, make_session_factory
from app.embedded.lockfile import ServerState, read_state
from app.security import Passwords
from app.seed import prepare_database
from app.services import audit, demo, demo_mark
from app.storage import make_store

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def demo_settings(data_dir: Path) -> Settings:
    """The settings, but with a folder, a database and a store that hold nothing but the demo.

    Raises SettingsError in production, and where others could reach it: its passwords are public.
    """
    settings = load_settings(
        aegis_data_dir=data_dir, database_url=None, database_owner_url=None, minio_endpoint=None, four_eyes="strict"
    )
    if settings.is_production:
        raise SettingsError("ENVIRONMENT: the demo does not run in production.")
    if settings.host not in LOOPBACK:
        raise SettingsError("HOST: the demo's passwords are public, so it listens on 127.0.0.1 only.")
    return settings


def claim_folder(settings: Settings) -> None:
    """Make the folder the demo's. What an interrupted or older build left there is removed first.

    Raises SettingsError for a folder that holds something else.
    """
    folder = settings.aegis_data_dir
    if demo_mark.is_complete(folder):
        return
    if read_state(folder / "postgres" / "data") is not ServerState.none:
        raise SettingsError(f"AEGIS_DATA_DIR: the demo in {folder} is in use by another process.")
    if demo_mark.is_demo(folder):
        shutil.rmtree(folder)
    prepare_data_folder(settings)
    demo_mark.mark(folder, None)


def prepare_demo(settings: Settings) -> None:
    """Bring the schema up; in a fresh folder, live the year. Prints who can log in."""
    folder = settings.aegis_data_dir
    if demo_mark.is_complete(folder):
        prepare_database(settings)
    else:
        today = now()
        with frozen_at(demo.first_moment(today)):
            # Without ATT&CK: the year begins with an earlier release than the bundled one.
            prepare_database(settings.model_copy(update={"attack_source": "offline"}))
        uvloop.run(_build(settings))
        demo_mark.mark(folder, today)
    names = ", ".join(username for username, _, _ in demo.PEOPLE)
    typer.echo(f"{demo_mark.COMPANY} is made up. Its people, all with the password {demo.PASSWORD}: {names}", err=True)


async def _build(settings: Settings) -> None:
    assert settings.database_url is not None, "embedded_database gives the URL"
    audit.configure_keys(settings)
    engine = make_engine(settings.database_url, pool_size=3, statement_timeout_ms=None)
    store = make_store(settings)
    shown = 0
    # The terminal's standard output belongs to the line that says where Aegis is.
    with typer.progressbar(length=100, label="Living a year of the demo", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            nonlocal shown
            bar.update(100 * done // total - shown)
            shown = 100 * done // total

        try:
            await store.prepare()
            await demo.build_demo(
                make_session_factory(engine), store, settings, Passwords(), now=now(), progress=progress
            )
        finally:
            await store.close()
            await engine.dispose()
