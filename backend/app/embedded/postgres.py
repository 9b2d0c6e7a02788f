"""A real PostgreSQL as a child of this process: made once, started in milliseconds, stopped with us.

The server listens on a Unix socket only. Its life is tied to the thread that starts it (that is how Linux delivers
the parent's death), so `start` belongs on the main thread and nowhere else.
"""

import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.embedded.binaries import Binaries, EmbeddedPostgresError, find_binaries
from app.embedded.lockfile import ServerState, process_status, read_state, write_starter
from app.embedded.privileges import Launch, choose_launch

ADMIN_ROLE = "aegis_admin"
OWNER_ROLE = "aegis_owner"
APP_ROLE = "aegis_app"
DATABASE = "aegis"
EXTENSIONS = ("pg_trgm", "btree_gin")
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107
START_TIMEOUT_SECONDS = 60.0
LEFTOVER_TIMEOUT_SECONDS = 6.0
STOP_TIMEOUT_SECONDS = 20.0
POLL_SECONDS = 0.005
LOG_LIMIT_BYTES = 10 * 1024 * 1024

# Given on the command line at each start, so that a better value reaches existing data folders too.
TUNING: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "96MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "96MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}


class EmbeddedPostgres:
    """One data folder and, between `start` and `stop`, its server."""

    def __init__(
        self,
        folder: Path,
        *,
        bin_override: Path | None = None,
        settings: Mapping[str, str] | None = None,
        sync: bool = True,
    ) -> None:
        """Describe a server; nothing is touched before `start`.

        folder: made if missing, 0700.
        settings: server settings that stand over the tuning.
        sync: whether making the cluster waits for the disk; tests need not.
        """
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.owned = False
        self._bin_override = bin_override
        self._settings = {**TUNING, **(settings or {})}
        self._sync = sync
        self._process: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}
        self._log_start = 0
        self.socket_folder = self._choose_socket_folder()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def owner_url(self) -> str:
        """SQLAlchemy URL of the role that owns the database and runs migrations."""
        return self.url(OWNER_ROLE)

    @property
    def app_url(self) -> str:
        """SQLAlchemy URL of the role that the application works with; it owns nothing."""
        return self.url(APP_ROLE)

    def url(self, role: str, database: str = DATABASE) -> str:
        """SQLAlchemy URL of a role on a database of this server."""
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql+psycopg://{role}:{self._passwords[role]}@/{database}?host={host}"

    def start(self) -> None:
        """Make the cluster if there is none, then start its server or attach to the one that runs.

        Raises EmbeddedPostgresError with one sentence when that cannot be done.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedPostgresError(
                "PostgreSQL is to be started from the main thread, its life is tied to the thread."
            )
        launch = choose_launch()
        self._prepare_folder(launch)
        binaries = find_binaries(self._bin_override, needed_major=self._existing_major())
        self._initialise(binaries, launch)
        if not self._running_elsewhere():
            self._launch(binaries, launch)
        try:
            self._create_roles_and_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server if we started it; connections are cut, nothing committed is lost."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait()
        self.owned = False

    def has_died(self) -> bool:
        """Whether the server that we started ended without being told to."""
        return self._process is not None and self._process.poll() is not None

    def _choose_socket_folder(self) -> Path:
        inside = self.folder / "run"
        if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"aegis-{os.geteuid()}-{digest}"  # noqa: S108  0700 and checked for its owner below

    def _prepare_folder(self, launch: Launch) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            self.socket_folder.mkdir(exist_ok=True, mode=0o700)
            info = self.socket_folder.lstat()
            if self.socket_folder.is_symlink() or info.st_uid not in {os.geteuid(), (launch.file_owner or (-1,))[0]}:
                raise EmbeddedPostgresError(f"AEGIS_DATA_DIR: {self.socket_folder} belongs to another user.")
            self.socket_folder.chmod(0o700)
            self._load_passwords()
            launch.give(self.folder, self.socket_folder)
            launch.open_way_to(self.folder.parent)
        except OSError as error:
            raise EmbeddedPostgresError(f"AEGIS_DATA_DIR: {self.folder} cannot be used: {error.strerror}.") from error

    def _load_passwords(self) -> None:
        path = self.folder / "passwords.json"
        if path.exists():
            self._passwords = json.loads(path.read_text(encoding="ascii"))
            return
        if self.data.exists():
            raise EmbeddedPostgresError(f"AEGIS_DATA_DIR: {path} is missing, so its database cannot be opened.")
        self._passwords = {role: secrets.token_urlsafe(32) for role in (ADMIN_ROLE, OWNER_ROLE, APP_ROLE)}
        _write_private(path, json.dumps(self._passwords))

    def _existing_major(self) -> int | None:
        path = self.data / "PG_VERSION"
        return int(path.read_text(encoding="ascii")) if path.exists() else None

    def _initialise(self, binaries: Binaries, launch: Launch) -> None:
        if self.data.exists():
            return
        # Made beside its place and moved there when complete, so that a kill leaves either nothing or all of it.
        for leftover in self.folder.glob("data.*"):
            if process_status(int(leftover.name.split(".")[1])) is None:
                shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
        building = self.folder / f"data.{os.getpid()}"
        password_file = self.folder / f"{building.name}.password"
        _write_private(password_file, self._passwords[ADMIN_ROLE])
        launch.give(password_file)
        command = launch.command(
            binaries.program("initdb"),
            f"--pgdata={building}",
            f"--username={ADMIN_ROLE}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *(() if self._sync else ("--no-sync",)),
        )
        try:
            result = subprocess.run(  # noqa: S603  the command is built from our own paths
                command, check=False, capture_output=True, text=True, env=_server_environment(), cwd="/"
            )
        finally:
            password_file.unlink(missing_ok=True)
        if result.returncode != 0:
            reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
            raise EmbeddedPostgresError(f"PostgreSQL's data folder could not be made in {self.folder}: {reason}")
        building.rename(self.data)

    def _running_elsewhere(self) -> bool:
        """Whether a server of another living process serves this folder; waits for the end of one that is stopping."""
        deadline = time.monotonic() + LEFTOVER_TIMEOUT_SECONDS
        while True:
            state = read_state(self.data)
            if state is ServerState.none:
                return False
            if state is ServerState.ready:
                return True
            if time.monotonic() > deadline:
                # An orphan that did not obey its parent's death within the time is a server like any other.
                return state is ServerState.orphaned
            time.sleep(POLL_SECONDS)

    def _launch(self, binaries: Binaries, launch: Launch) -> None:
        options = {**self._settings, "unix_socket_directories": str(self.socket_folder)}
        command = launch.command(
            binaries.program("postgres"),
            "-D",
            str(self.data),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        )
        write_starter(self.data)
        deadline = time.monotonic() + LEFTOVER_TIMEOUT_SECONDS
        while True:
            self._process = self._spawn(command)
            if self._wait_until_ready(self._process):
                self.owned = True
                return
            # A killed predecessor can stay in the process table for a moment, and its lock file is then believed;
            # or its sessions outlive it for a moment.
            message = self._last_log_lines()
            passing = "postmaster.pid" in message or "shared memory block" in message
            if not passing or time.monotonic() > deadline:
                reason = (message.strip().splitlines() or ["no message"])[-1]
                self._process = None
                raise EmbeddedPostgresError(f"PostgreSQL did not start: {reason} (see {self.folder / 'server.log'})")
            time.sleep(0.1)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self._log_start = output.tell()
            # A session of its own: Ctrl-C at the terminal reaches only us, and we stop the server after our own work.
            return subprocess.Popen(  # noqa: S603  the command is built from our own paths
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=_server_environment(),
                cwd="/",
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            if read_state(self.data, ours=process.pid) is ServerState.ready:
                return True
            time.sleep(POLL_SECONDS)
        process.kill()
        process.wait()
        return False

    def _last_log_lines(self) -> str:
        with (self.folder / "server.log").open("rb") as log:
            log.seek(self._log_start)
            return log.read(8192).decode("utf-8", "replace")

    def _create_roles_and_database(self) -> None:
        """Bring roles, database and extensions into being, once."""
        done = self.folder / "provisioned"
        if done.exists():
            return
        with self.connect_as_admin("postgres") as connection:
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role, rights in ((OWNER_ROLE, "LOGIN CREATEDB"), (APP_ROLE, "LOGIN")):
                if role not in known:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} {} PASSWORD {}").format(
                            sql.Identifier(role), sql.SQL(rights), sql.Literal(self._passwords[role])
                        )
                    )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
                )
        with self.connect_as_admin(DATABASE) as connection:
            for extension in EXTENSIONS:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        _write_private(done, "")

    def connect_as_admin(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """An autocommit connection of the server's superuser, for making roles and databases."""
        return psycopg.connect(
            host=str(self.socket_folder),
            user=ADMIN_ROLE,
            password=self._passwords[ADMIN_ROLE],
            dbname=database,
            autocommit=True,
        )


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _server_environment() -> dict[str, str]:
    """Nothing of ours: the server's own variables would change where it looks, and secrets do not belong there."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
