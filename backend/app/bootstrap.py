"""What has to be there before the application can start: a data folder, a key, a database."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from app.config import DEFAULT_SECRET_KEY, Settings, SettingsError
from app.embedded import EmbeddedPostgres


def prepare_data_folder(settings: Settings) -> None:
    """Make the data folder, readable by us only."""
    folder = settings.aegis_data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"AEGIS_DATA_DIR: {folder} cannot be used: {error.strerror}.") from error


@contextmanager
def embedded_database(settings: Settings) -> Iterator[tuple[Settings, EmbeddedPostgres | None]]:
    """The settings with a database that runs inside the block: the operator's, or ours."""
    if not settings.is_embedded:
        yield settings, None
        return
    prepare_data_folder(settings)
    postgres = EmbeddedPostgres(settings.aegis_data_dir / "postgres", bin_override=settings.aegis_pg_bin)
    postgres.start()
    try:
        changes: dict[str, object] = {"database_url": postgres.app_url, "database_owner_url": postgres.owner_url}
        if settings.secret_key.get_secret_value() == DEFAULT_SECRET_KEY and not settings.is_production:
            changes["secret_key"] = SecretStr(own_secret_key(settings.aegis_data_dir / "secret_key"))
        yield settings.model_copy(update=changes), postgres
    finally:
        # A second Ctrl-C must not leave the server half stopped.
        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, signal.SIG_IGN)
        postgres.stop()


def own_secret_key(path: Path) -> str:
    """The key of this data folder, made once and readable by us only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text(encoding="ascii").strip()
        if not key:
            raise SettingsError(f"SECRET_KEY: {path} is empty; restore it or set SECRET_KEY.") from None
        return key
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
