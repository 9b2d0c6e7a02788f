"""The application's own PostgreSQL: made once, tied to our life, never attached to while it dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from app.embedded import EmbeddedPostgres, EmbeddedPostgresError
from app.embedded.binaries import find_binaries
from app.embedded.lockfile import ServerState, read_state

BACKEND = Path(__file__).resolve().parents[2]
# Starts a server, writes a row, says so, and waits to be killed.
CHILD = """
import sys, time
from pathlib import Path
import psycopg
from app.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]), sync=False)
postgres.start()
with psycopg.connect(postgres.owner_url.replace("+psycopg", "")) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    connection.execute("INSERT INTO kept VALUES (1)")
print("ready", flush=True)
time.sleep(60)
"""


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5)


def kept_rows(postgres: EmbeddedPostgres) -> object:
    with connect(postgres.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return row[0]


def spawn_child(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], cwd=BACKEND, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def kill(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


def test_two_roles_of_which_one_owns_nothing_and_no_password_is_no_entry(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "pg", sync=False) as postgres:
        with connect(postgres.owner_url) as owner:
            assert owner.execute("SELECT current_user::text").fetchone() == ("aegis_owner",)
            extensions = owner.execute("SELECT extname::text FROM pg_extension ORDER BY 1").fetchall()
            assert extensions == [("btree_gin",), ("pg_trgm",), ("plpgsql",)]
            superusers = owner.execute("SELECT rolname::text FROM pg_roles WHERE rolsuper").fetchall()
            assert superusers == [("aegis_admin",)]
        with connect(postgres.app_url) as app, pytest.raises(errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (n int)")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(postgres.socket_folder), user="aegis_app", dbname="aegis")
    assert not postgres.owned


def test_what_it_leaves_on_disk_is_private(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "pg", sync=False) as postgres:
        modes = {
            name: (postgres.folder / name).stat().st_mode & 0o777 for name in ("", "run", "data", "passwords.json")
        }
    assert modes == {"": 0o700, "run": 0o700, "data": 0o700, "passwords.json": 0o600}


def test_data_outlive_a_kill_of_the_application_again_and_again(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    for _ in range(3):
        kill(spawn_child(folder))
    with EmbeddedPostgres(folder) as postgres:
        assert postgres.owned
        assert kept_rows(postgres) == 3


def test_the_server_dies_with_the_application(tmp_path: Path) -> None:
    child = spawn_child(tmp_path / "pg")
    data = tmp_path / "pg" / "data"
    assert read_state(data) is ServerState.ready
    kill(child)
    deadline = time.monotonic() + 10
    while read_state(data) is not ServerState.none:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "pg") as postgres:
        with connect(postgres.owner_url) as owner:
            owner.execute("CREATE TABLE kept (n int)")
            owner.execute("INSERT INTO kept VALUES (1)")
        pid = int((postgres.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        assert not postgres.has_died()
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while not postgres.has_died():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        postgres.start()
        assert kept_rows(postgres) == 1


def test_a_second_process_attaches_and_leaves_the_server_running(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "pg", sync=False) as first:
        with EmbeddedPostgres(tmp_path / "pg", sync=False) as second:
            assert (first.owned, second.owned) == (True, False)
            assert second.app_url == first.app_url
        with connect(first.app_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / ("x" * 120), sync=False)
    assert len(os.fsencode(postgres.socket_folder / ".s.PGSQL.5432")) <= 107
    with postgres, connect(postgres.app_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    postgres.socket_folder.rmdir()


def test_an_interrupted_making_is_made_anew(tmp_path: Path) -> None:
    leftover = tmp_path / "pg" / "data.999999999"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("15", encoding="ascii")
    with EmbeddedPostgres(tmp_path / "pg", sync=False) as postgres:
        assert postgres.owned
    assert not leftover.exists()


def test_only_the_main_thread_may_start_it(tmp_path: Path) -> None:
    raised: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedPostgres(tmp_path / "pg").start()
        except EmbeddedPostgresError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert [str(error) for error in raised] == [
        "PostgreSQL is to be started from the main thread, its life is tied to the thread."
    ]
    assert not (tmp_path / "pg").exists()


def test_lost_passwords_are_named_instead_of_made_up_anew(tmp_path: Path) -> None:
    (tmp_path / "pg" / "data").mkdir(parents=True)
    with pytest.raises(EmbeddedPostgresError, match=r"AEGIS_DATA_DIR: .*passwords\.json is missing"):
        EmbeddedPostgres(tmp_path / "pg").start()


def test_programs_are_where_the_setting_says_or_nowhere(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="AEGIS_PG_BIN: no PostgreSQL programs in"):
        find_binaries(tmp_path)
    assert find_binaries(None).major >= 15
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 9, .* set AEGIS_PG_BIN"):
        find_binaries(None, needed_major=9)
