"""The product as it is started by `aegis run`: its memory, its start, and its speed while it imports."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import IO, Any

import httpx

from app.domain.content import ATTACK_SOURCE
from app.services.content.registry import ARCHIVES
from bench.measure import Line

BACKEND = Path(__file__).resolve().parent.parent
READY = re.compile(rb"ready at (http://\S+)")
MEGABYTE = 1 << 20
CLIENTS, SECONDS_IDLE = 5, 5.0
PASSWORD = "a quiet morning in the lab"  # noqa: S105  of a database that is thrown away
UPLOADS = {"300 MB": 300, "1 GB": 1000}
TESTS = "/api/v1/tests?limit=50"
PAGE = 60
"""Tests there, more than a page of the list."""
SOURCES = (ATTACK_SOURCE, *(definition.source.name for definition in ARCHIVES))
SYNC_SECONDS = 240
"""Of the time that all of them take, so much is measured at the most."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of requests by several clients at a time."""

    usual: float
    """The median."""
    slow: float
    """The 95th percentile."""
    requests: int

    def __str__(self) -> str:
        return f"median {1000 * self.usual:.0f}, p95 {1000 * self.slow:.0f} ms of {self.requests}"


class Running:
    """A started Aegis."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
        self.process, self.url, self.folder = process, url, folder
        self.headers: dict[str, str] = {}

    def memory(self, *, workers: bool = False) -> float:
        """PSS in megabytes: of the API process, and of its workers at the side; PostgreSQL apart."""
        pids = [self.process.pid, *(_workers_of(self.process.pid) if workers else ())]
        return sum(map(pss, pids))

    def log_in(self, username: str, password: str) -> dict[str, str]:
        """An Authorization header."""
        form = {"username": username, "password": password}
        answer = httpx.post(f"{self.url}/api/v1/auth/login", data=form, timeout=60).raise_for_status()
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    def call(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The parsed answer of a request that succeeds."""
        headers = more.pop("headers", self.headers)
        answer = httpx.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=600, **more)
        return answer.raise_for_status().json()


def pss(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024


def _workers_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text("ascii").rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == pid and b"app.importers" in command:
            found.append(int(path.parent.name))
    return found


@contextmanager
def started(folder: Path, **environment: str) -> Iterator[Running]:
    """`aegis run` on a data folder; stopped at the end."""
    settings = {
        "AEGIS_DATA_DIR": str(folder),
        "PORT": "0",
        "LOG_LEVEL": "ERROR",
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "PYTHONPATH": str(BACKEND),
        **environment,
    }
    command = [sys.executable, "-m", "app.cli", "run"]
    with subprocess.Popen(command, cwd=folder.parent, env=settings, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield Running(process, _ready(process.stdout), folder)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _ready(output: IO[bytes]) -> str:
    for line in output:
        found = READY.search(line)
        if found:
            # Nobody reads on: a full pipe would stop the server.
            threading.Thread(target=lambda: [None for _ in output], daemon=True).start()
            return found[1].decode()
    raise RuntimeError("Aegis ended before it was ready")


def bench_product(content: Path | None) -> list[Line]:
    """Starts, memory at rest, with a file on its way and during an import, and the speed meanwhile."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="aegis-bench-") as name:
        folder = Path(name) / "data"
        with started(folder, ATTACK_SOURCE="bundled"):
            pass
        began = perf_counter()
        with started(folder, ATTACK_SOURCE="bundled") as aegis:
            lines.append(Line("second start", perf_counter() - began, 10, " s"))
            aegis.headers = aegis.log_in("admin", "admin123")
            aegis.call("GET", "/tests?limit=1")
            lines.append(Line("memory at rest", aegis.memory(), 200, " MB"))
            lines += _uploads(aegis)
        if content is not None:
            way = {"ATTACK_SOURCE": "bundled", "CONTENT_DIR": str(content)}
            with started(folder, **way) as aegis:
                aegis.headers = aegis.log_in("admin", "admin123")
                _write_tests(aegis)
                lines += asyncio.run(_during_a_sync(aegis))
    return lines


def _uploads(aegis: Running) -> list[Line]:
    person = {"username": "red_bench", "full_name": "Red", "role": "red_tech", "password": PASSWORD}
    aegis.call("POST", "/users", person)
    red = aegis.log_in("red_bench", PASSWORD)
    body = {"technique": "T1059.001", "name": "A large file", "platform": "Windows"}
    test = aegis.call("POST", "/tests", body, headers=red)
    test = aegis.call("POST", f"/tests/{test['id']}/start", {"version": test["version"]}, headers=red)
    lines = []
    for label, megabytes in UPLOADS.items():
        before = aegis.memory()
        peak, began = before, perf_counter()
        sender = threading.Thread(target=_send, args=(aegis, test["id"], red, megabytes))
        sender.start()
        while sender.is_alive():
            peak = max(peak, aegis.memory())
            sleep(0.05)
        note = f"{megabytes / (perf_counter() - began):.0f} MB/s"
        lines.append(Line(f"memory added by an upload of {label}", peak - before, 50, " MB", note=note))
    return lines


def _send(aegis: Running, test: str, headers: dict[str, str], megabytes: int) -> None:
    boundary = "one-large-file"
    block = os.urandom(MEGABYTE)

    def body() -> Iterator[bytes]:
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"'
        yield f"{part}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
        for _ in range(megabytes):
            yield block
        yield f"\r\n--{boundary}--\r\n".encode()

    headers = headers | {"content-type": f"multipart/form-data; boundary={boundary}"}
    url = f"{aegis.url}/api/v1/tests/{test}/evidence?team=red"
    httpx.post(url, content=body(), headers=headers, timeout=600).raise_for_status()


def _write_tests(aegis: Running) -> None:
    red = aegis.log_in("red_bench", PASSWORD)
    for number in range(PAGE):
        body = {"technique": "T1059.001", "name": f"Test {number}", "platform": "Windows"}
        aegis.call("POST", "/tests", body, headers=red)


async def _during_a_sync(aegis: Running) -> list[Line]:
    """Every source is asked for at once; they run one after the other while five clients read."""
    idle = await _latency(aegis, asyncio.create_task(asyncio.sleep(SECONDS_IDLE)))
    peak, ended = 0.0, 0

    async def sync() -> None:
        nonlocal peak, ended
        until = perf_counter() + SYNC_SECONDS
        async with httpx.AsyncClient(base_url=aegis.url, headers=aegis.headers, timeout=60) as client:
            waiting = [await _asked_for(client, name) for name in SOURCES]
            while waiting and perf_counter() < until:
                peak = max(peak, await asyncio.to_thread(aegis.memory, workers=True))
                run = (await client.get(f"/api/v1/data-sources/runs/{waiting[0]}")).raise_for_status().json()
                if run["ended_at"] is None:
                    await asyncio.sleep(0.1)
                elif run["status"] == "succeeded":
                    waiting.pop(0)
                    ended += 1
                else:
                    raise RuntimeError(f"the sync of {run['source']} ended as {run['status']}: {run['error']}")

    began = perf_counter()
    busy = await _latency(aegis, asyncio.create_task(sync()))
    note = f"{ended} of {len(SOURCES)} sources in {perf_counter() - began:.0f} s"
    return [
        Line("memory at the peak of an import, workers and all", peak, 600, " MB"),
        Line("list of tests while everything syncs / idle, p95 of 5 clients", busy.slow / idle.slow, 2.5, note=note),
        Line("list of tests while everything syncs, p95 of 5 clients", 1000 * busy.slow, 150, " ms", note=str(busy)),
        Line("list of tests idle, p95 of 5 clients", 1000 * idle.slow, 150, " ms", note=str(idle)),
    ]


async def _asked_for(client: httpx.AsyncClient, source: str) -> str:
    """The id of a run that waits its turn: one import runs at a time."""
    answer = await client.post(f"/api/v1/data-sources/{source}/sync", json={"way": "offline"})
    return str(answer.raise_for_status().json()["id"])


async def _latency(aegis: Running, other: asyncio.Task[None]) -> Latency:
    """Of requests by five clients until the other task ends."""
    taken: list[float] = []

    async def client() -> None:
        async with httpx.AsyncClient(base_url=aegis.url, headers=aegis.headers, timeout=60) as http:
            while not other.done():
                began = perf_counter()
                (await http.get(TESTS)).raise_for_status()
                taken.append(perf_counter() - began)

    await asyncio.gather(other, *(client() for _ in range(CLIENTS)))
    return Latency(median(taken), quantiles(taken, n=20)[-1], len(taken))
