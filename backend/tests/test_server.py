"""Starting and stopping the whole process, as a person does it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.embedded.lockfile import ServerState, read_state

BACKEND = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 90
Start = Callable[..., "subprocess.Popen[str]"]


def environment(tmp_path: Path, **settings: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "AEGIS_PG_BIN") if name in os.environ}
    ours = {
        # Relative, as the default is.
        "AEGIS_DATA_DIR": "data",
        "PORT": "0",
        "PYTHONPATH": str(BACKEND),
        "SCHEDULER_ENABLED": "false",
        "ATTACK_SOURCE": "bundled",
    }
    return kept | ours | settings


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes = []

    def run(command: str = "run", **settings: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", command],
            cwd=tmp_path,
            env=environment(tmp_path, **settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def address_of(process: "subprocess.Popen[str]", login: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    begin, _, rest = line.partition("http://")
    assert begin == "Aegis is ready at ", process.stderr.read() if process.stderr else ""
    address, _, end = rest.partition(" — ")
    assert end == f"log in as {login}"
    return f"http://{address}"


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, err


def wait_until_gone(data: Path) -> None:
    deadline = time.monotonic() + 15
    while read_state(data) is not ServerState.none:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_starts_says_one_line_and_stops_with_its_database(start: Start, tmp_path: Path) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM):
        process = start()
        address = address_of(process, "admin / admin123")
        assert httpx.get(f"{address}/health").json() == {"status": "ok"}
        assert httpx.get(f"{address}/ready").json() == {"status": "ready", "failing": []}
        assert httpx.get(f"{address}/health").headers.get("server") is None
        process.send_signal(kind)
        assert finish(process) == (0, "", "")
        assert read_state(tmp_path / "data" / "postgres" / "data") is ServerState.none
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_what_was_committed_outlives_a_kill(start: Start, tmp_path: Path) -> None:
    first = start()
    address_of(first, "admin / admin123")
    key = (tmp_path / "data" / "secret_key").read_text(encoding="ascii")
    first.kill()
    first.wait()
    second = start()
    address = address_of(second, "admin / admin123")
    answer = httpx.post(f"{address}/api/v1/auth/login", data={"username": "admin", "password": "admin123"})
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    techniques = httpx.get(f"{address}/api/v1/techniques", params={"limit": 1}, headers=headers, timeout=30)
    assert (techniques.status_code, techniques.json()["total"]) == (200, 691)
    assert (tmp_path / "data" / "secret_key").read_text(encoding="ascii") == key
    second.terminate()
    assert finish(second)[0] == 0
    wait_until_gone(tmp_path / "data" / "postgres" / "data")


def test_a_set_password_is_not_printed(start: Start) -> None:
    process = start(ADMIN_PASSWORD="a long password of our own")
    address_of(process, "admin")
    process.terminate()
    code, out, err = finish(process)
    assert (code, "a long password" in out + err) == (0, False)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "many"}, "PORT: "),
        ({"HOST": "0.0.0.0"}, "ADMIN_PASSWORD is still the default"),
        ({"ENVIRONMENT": "production"}, "SECRET_KEY must be set"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: must begin with postgresql://"),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, "DATABASE_URL: the database cannot be used: "),
        ({"AEGIS_PG_BIN": "/nowhere"}, "AEGIS_PG_BIN: no PostgreSQL programs in /nowhere."),
        ({"HOST": "192.0.2.1", "ADMIN_PASSWORD": "a long password of our own"}, "PORT: 0 on 192.0.2.1 cannot be used"),
    ],
)
def test_a_start_that_cannot_be_is_one_sentence(start: Start, settings: dict[str, str], sentence: str) -> None:
    code, out, err = finish(start(**settings))
    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_serve_never_brings_a_database(start: Start, tmp_path: Path) -> None:
    code, _, err = finish(start("serve"))
    assert code == 2
    assert err == "DATABASE_URL must be set for this command; `run` brings its own PostgreSQL.\n"
    assert not (tmp_path / "data").exists()
