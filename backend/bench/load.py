"""`python -m bench.load [seconds] [people]`: a working day against two processes; errors, memory and latencies.

Nine hundred seconds and a hundred people by default. Ends with 1 when a request failed or the memory grew.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import httpx

from bench.measure import Line, print_table
from bench.place import SECRET, make_database, own_server
from bench.product import PASSWORD, READY, pss

PROCESSES = 2
SECONDS, PEOPLE = 900, 100
THINKING = (1.0, 9.0)
"""Seconds between two acts of one person."""
ROLES = ("red_tech", "blue_tech") * 3 + ("viewer", "viewer", "red_lead", "blue_lead")
READS = (
    "/tests?limit=50",
    "/tests?waiting_for=me&limit=50",
    "/heatmap?layer=coverage",
    "/metrics/summary",
    "/techniques/T1059.001",
    "/notifications?limit=20",
    "/techniques?q=powershell",
)
READING = 0.75
"""Share of acts that only look."""
FILES = (2_000, 200_000, 200_000, 2_000_000)
ALLOWED_GROWTH = 25
SAMPLE_SECONDS = 2.0


@dataclass
class Board:
    """What waits for whom, as people would see it in their lists, and what was measured."""

    red: deque[str] = field(default_factory=deque)
    blue: deque[str] = field(default_factory=deque)
    votes: dict[str, deque[str]] = field(default_factory=lambda: {"red": deque(), "blue": deque()})
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)


class Person:
    """Somebody at work: mostly reading, and every few acts the next step of their role."""

    def __init__(self, http: httpx.AsyncClient, role: str, board: Board, dice: random.Random) -> None:
        self.http, self.role, self.board, self.dice = http, role, board, dice

    async def work(self, until: float) -> None:
        """Act and think until the day ends."""
        own = {"red_tech": self.attack, "blue_tech": self.watch, "red_lead": self.judge, "blue_lead": self.judge}
        await asyncio.sleep(self.dice.uniform(0, THINKING[1]))
        while perf_counter() < until:
            act = own.get(self.role, self.read) if self.dice.random() > READING else self.read
            await act()
            await asyncio.sleep(self.dice.uniform(*THINKING))

    async def ask(self, kind: str, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The answer, or None when it failed, which is counted."""
        began = perf_counter()
        try:
            answer = await self.http.request(method, f"/api/v1{path}", json=body, **more)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            self.board.failed[f"{method} {path.partition('?')[0][:24]}: {error.response.text[:120]}"] += 1
            return None
        except httpx.HTTPError as error:
            self.board.failed[f"{method} {path.partition('?')[0][:24]}: {type(error).__name__}"] += 1
            return None
        self.board.taken[kind].append(perf_counter() - began)
        return answer.json()

    async def read(self) -> None:
        path = self.dice.choice(READS)
        await self.ask(f"read {path.partition('?')[0].split('/')[1]}", "GET", path)

    async def attack(self) -> None:
        """A test from the draft to the hand-over, with a file."""
        body = {"technique": self.dice.choice(("T1059.001", "T1105", "T1003")), "name": "Load", "platform": "Windows"}
        test = await self.ask("create", "POST", "/tests", body)
        test = test and await self.ask("step", "POST", f"/tests/{test['id']}/start")
        if not test:
            return
        record = {"summary": "Ran it.", "executed_at": _ago(30), "execution": "succeeded", "host": "WS-1"}
        path = f"/tests/{test['id']}"
        await self.ask("edit", "PATCH", f"{path}/red", record | {"version": test["red"]["version"]})
        file = self.dice.randbytes(self.dice.choice(FILES))
        await self.ask("upload", "POST", f"{path}/evidence?team=red", files={"file": ("proof.bin", file)})
        if await self.ask("step", "POST", f"{path}/submit-red"):
            self.board.blue.append(test["id"])

    async def watch(self) -> None:
        """What waits for blue: look, write what was seen, hand over."""
        if not self.board.blue:
            return await self.read()
        path = f"/tests/{self.board.blue.popleft()}"
        test = await self.ask("open", "GET", path)
        if not test:
            return None
        seen = [{"outcome": "alerted", "tool": "EDR", "observed_at": _ago(25)}]
        record = {"version": test["blue"]["version"], "summary": "An alert.", "observations": seen}
        await self.ask("edit", "PATCH", f"{path}/blue", record)
        if await self.ask("step", "POST", f"{path}/submit-blue"):
            for waiting in self.board.votes.values():
                waiting.append(path)
        return None

    async def judge(self) -> None:
        """The next test that waits for this lead."""
        side = self.role.removesuffix("_lead")
        if not self.board.votes[side]:
            return await self.read()
        path = self.board.votes[side].popleft()
        await self.ask("open", "GET", path)
        await self.ask("vote", "POST", f"{path}/votes", {"side": side, "decision": "approve"})
        return None


def _ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@contextmanager
def serving(folder: Path, url: str, owner: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process of `serve` on the database, and its address."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DATABASE_URL": url.replace("+psycopg", ""),
        "DATABASE_OWNER_URL": owner.replace("+psycopg", ""),
        "SECRET_KEY": SECRET,
        "AEGIS_DATA_DIR": str(folder / "data"),
        "PORT": "0",
        "ATTACK_SOURCE": "bundled",
        "EVIDENCE_MIN_FREE_GB": "0.5",
        "EVIDENCE_MAX_GB_PER_USER_DAY": "1000",
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    command = [sys.executable, "-m", "app.cli", "serve"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = READY.search(line)
            assert found is not None, line
            yield process, found[1].decode()
        finally:
            process.terminate()
            process.wait(60)


@asynccontextmanager
async def hired(urls: list[str], number: int, board: Board) -> AsyncIterator[list[Person]]:
    """So many people, signed in at one of the processes each."""
    people: list[Person] = []
    async with httpx.AsyncClient(base_url=urls[0], timeout=60) as boss:
        boss.headers.update(await _log_in(boss, "admin", "admin123"))
        for index in range(number):
            name, role = f"person-{index}", ROLES[index % len(ROLES)]
            body = {"username": name, "full_name": name, "role": role, "password": PASSWORD}
            (await boss.post("/api/v1/users", json=body)).raise_for_status()
            http = httpx.AsyncClient(base_url=urls[index % len(urls)], timeout=60)
            http.headers.update(await _log_in(http, name, PASSWORD))
            people.append(Person(http, role, board, random.Random(index)))  # noqa: S311  no secret
    yield people
    await asyncio.gather(*(person.http.aclose() for person in people))


async def _log_in(http: httpx.AsyncClient, username: str, password: str) -> dict[str, str]:
    answer = await http.post("/api/v1/auth/login", data={"username": username, "password": password})
    http.cookies.clear()
    return {"authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


async def working_day(urls: list[str], memory: Callable[[], float], seconds: float, number: int) -> Board:
    """Let people work, and look at the memory meanwhile."""
    board = Board()

    async def look(until: float) -> None:
        while perf_counter() < until:
            board.memory.append(await asyncio.to_thread(memory))
            await asyncio.sleep(SAMPLE_SECONDS)

    async with hired(urls, number, board) as people:
        until = perf_counter() + seconds
        work: list[Awaitable[None]] = [look(until), *(person.work(until) for person in people)]
        await asyncio.gather(*work)
    return board


def report(board: Board, seconds: float) -> list[Line]:
    """Errors, growth, and the slowest twentieth of each kind of act."""
    lines = [Line("failed requests", sum(board.failed.values()), 0, "")]
    third = max(1, len(board.memory) // 3)
    # The first third fills caches and pools.
    early, late = median(board.memory[third : 2 * third] or [0]), median(board.memory[-third:] or [0])
    lines.append(Line("growth of memory, both processes", late - early, ALLOWED_GROWTH, " MB", note=f"{late:.0f} MB"))
    requests = sum(map(len, board.taken.values()))
    for kind, taken in sorted(board.taken.items()):
        slow = quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
        note = f"median {1000 * median(taken):.0f} ms of {len(taken)}"
        lines.append(Line(f"{kind}, p95", 1000 * slow, 1000, " ms", note=note))
    print(f"{requests} requests in {seconds:.0f} s: {requests / seconds:.1f} a second")  # noqa: T201  for a person
    for what, times in board.failed.most_common(10):
        print(f"failed {times} times: {what}")  # noqa: T201  for a person
    return lines


def main() -> int:
    """Start everything, work, report."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    number = int(sys.argv[2]) if len(sys.argv) > 2 else PEOPLE
    with own_server() as (server, folder):
        owner, url = make_database(server, "load")
        with serving(folder, url, owner) as first, serving(folder, url, owner) as second:
            running = [first, second]
            pids = [process.pid for process, _ in running]
            urls = [address for _, address in running]
            board = asyncio.run(working_day(urls, lambda: sum(map(pss, pids)), seconds, number))
    return int(not print_table(report(board, seconds)))


if __name__ == "__main__":
    sys.exit(main())
