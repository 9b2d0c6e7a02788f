"""Processes that are killed at random moments: what was answered stays, what was not is whole or not there at all."""

import asyncio
import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.database import make_engine, make_session_factory, session_scope
from app.services import audit, coverage
from tests.support.databases import TestServer
from tests.support.processes import Fleet, running_fleet
from tests.support.product import Product, ago

SEED = 20261122
STEPS = 60
"""Acknowledged steps between two kills, at most; enough for all three workers to come to a decision."""
LONGEST_LIFE = 20
"""Seconds between two kills, on however busy a machine."""
ORDER = ["draft", "red_executing", "blue_evaluating", "in_review", "validated"]


@dataclass
class Ledger:
    """What the product acknowledged, and what was on its way when it died."""

    states: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    votes: Counter[str] = field(default_factory=Counter)
    unsure: set[str] = field(default_factory=set)
    """Tests with a step whose answer never came: it happened or it did not."""
    refused: list[str] = field(default_factory=list)
    steps: int = 0
    """How many were acknowledged."""


class Worker(threading.Thread):
    """Takes tests from draft to the decision with evidence, over and over; a lost connection is part of the work."""

    def __init__(self, product: Product, seed: int, ledger: Ledger, stop: threading.Event) -> None:
        super().__init__(name=f"worker-{seed}", daemon=True)
        self.product = Product(product.base_url, product.settings, product.headers)
        self.dice = random.Random(seed)
        self.ledger = ledger
        self.ending = stop

    def run(self) -> None:
        with self.product.client:
            while not self.ending.is_set():
                try:
                    self.one_life()
                except (httpx.HTTPError, Lost):
                    time.sleep(0.05)

    def ask(self, who: str, method: str, path: str, body: object = None, *, about: str = "", **more: Any) -> Any:
        if about:
            self.ledger.unsure.add(about)
        answer = self.product.raw(who, method, path, body, **more)
        # Away, or busy with two other files of this person.
        if answer.status_code in {429, 502, 503, 504}:
            raise Lost
        if answer.status_code >= 400:
            self.ledger.refused.append(f"{who} {method} {path}: {answer.status_code} {answer.text[:200]}")
            raise Lost
        if about:
            self.ledger.unsure.discard(about)
        self.ledger.steps += 1
        return answer.json()

    def one_life(self) -> None:
        plan = {"technique": "T1059.001", "name": "Killed while it runs", "platform": "Windows"}
        test = self.ask("red_tech", "POST", "/tests", plan)
        test_id, path = test["id"], f"/tests/{test['id']}"
        self.ledger.states[test_id] = "draft"
        for who, step, body, state in self.steps():
            record = body(test) if body is not None else None
            if step in {"red", "blue"}:
                test = self.ask(who, "PATCH", f"{path}/{step}", record, about=test_id)
            elif step == "evidence":
                self.upload(who, test_id)
            else:
                test = self.ask(who, "POST", f"{path}/{step}", record, about=test_id)
                if step == "votes":
                    self.ledger.votes[test_id] += 1
            if state is not None:
                self.ledger.states[test_id] = state

    def steps(self) -> list[tuple[str, str, Any, str | None]]:
        return [
            ("red_tech", "start", None, "red_executing"),
            ("red_tech", "red", _red, None),
            ("red_tech", "evidence", None, None),
            ("red_tech", "submit-red", None, "blue_evaluating"),
            ("blue_tech", "blue", _blue, None),
            ("blue_tech", "submit-blue", None, "in_review"),
            ("red_lead", "votes", lambda _test: {"side": "red", "decision": "approve"}, None),
            ("blue_lead", "votes", lambda _test: {"side": "blue", "decision": "approve"}, "validated"),
        ]

    def upload(self, who: str, test_id: str) -> None:
        content = self.dice.randbytes(self.dice.choice([1, 5_000, 3_000_000]))
        added = self.ask(who, "POST", f"/tests/{test_id}/evidence?team=red", files={"file": ("a.bin", content)})
        assert added["sha256"] == hashlib.sha256(content).hexdigest()
        self.ledger.evidence[added["id"]] = added["sha256"]


class Lost(Exception):
    """The answer did not come, or said that the product is away."""


def _red(test: dict[str, Any]) -> dict[str, Any]:
    version = test["red"]["version"]
    return {"version": version, "summary": "Ran it.", "executed_at": ago(60), "execution": "succeeded", "host": "WS-1"}


def _blue(test: dict[str, Any]) -> dict[str, Any]:
    seen = [{"outcome": "alerted", "tool": "EDR", "observed_at": ago(55)}]
    return {"version": test["blue"]["version"], "summary": "Looked.", "observations": seen}


@pytest.fixture(scope="module")
def fleet(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running_fleet(postgres_server, tmp_path_factory.mktemp("kills"), 1, max_evidence_mb=10) as fleet:
        yield fleet


def kill_again_and_again(fleet: Fleet, kills: int) -> Ledger:
    """Work, imports among it, with a kill at a random moment and a new start, so many times."""
    [product], dice, ledger = fleet.products, random.Random(SEED), Ledger()
    for _ in range(kills):
        stop = threading.Event()
        workers = [Worker(product, dice.randrange(2**32), ledger, stop) for _ in range(3)]
        for worker in workers:
            worker.start()
        if dice.random() < 0.5:
            fleet.forget_content()
            product.raw("admin", "POST", "/data-sources/mitre_attack/sync", {"way": "bundled", "force": True})
        enough, latest = ledger.steps + dice.randrange(STEPS), time.monotonic() + LONGEST_LIFE
        while ledger.steps < enough and time.monotonic() < latest:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.1))
        fleet.kill(0)
        stop.set()
        for worker in workers:
            worker.join(30)
        fleet.restart(0)
    return ledger


async def verify(fleet: Fleet, ledger: Ledger) -> None:
    """Nothing acknowledged is lost, nothing is half done, trail and evidence are whole."""
    [product] = fleet.products
    assert ledger.refused == []
    assert len(ledger.states) > 3
    for test_id, promised in ledger.states.items():
        test = product.call("viewer", "GET", f"/tests/{test_id}")
        if test_id not in ledger.unsure:
            assert test["state"] == promised
        assert ORDER.index(test["state"]) in {ORDER.index(promised), ORDER.index(promised) + 1}
        assert len(test["votes"]) - ledger.votes[test_id] in {0, 1 if test_id in ledger.unsure else 0}
        assert (test["state"] == "validated") == (len(test["votes"]) == 2), "a decision is whole or not there"
        steps = product.call("viewer", "GET", f"/tests/{test_id}/timeline")
        events = Counter(step["event"] for step in (steps["items"] if isinstance(steps, dict) else steps))
        assert events["validated"] == (test["state"] == "validated")
        listed = product.call("viewer", "GET", f"/tests/{test_id}/evidence")
        for item in listed["items"] if isinstance(listed, dict) else listed:
            assert product.call("admin", "POST", f"/tests/{test_id}/evidence/{item['id']}/verify")["intact"]
            ledger.evidence.pop(item["id"], None)
    assert ledger.evidence == {}, "what was acknowledged is there"

    runs = product.call("admin", "GET", "/data-sources/mitre_attack/runs?limit=200")["items"]
    assert {run["status"] for run in runs} <= {"succeeded", "interrupted", "queued", "running"}
    assert sum(run["status"] == "running" for run in runs) <= 1
    assert product.call("admin", "GET", "/techniques?limit=1")["total"] == 691
    await _whole(fleet)


async def _whole(fleet: Fleet) -> None:
    assert fleet.settings.database_url is not None
    audit.configure_keys(fleet.settings)
    engine = make_engine(fleet.settings.database_url, pool_size=1, statement_timeout_ms=None)
    async with session_scope(make_session_factory(engine, fleet.settings)) as session:
        chain = await audit.verify_chain(session)
        recount = await coverage.recompute_all(session)
    await engine.dispose()
    assert (chain.intact, chain.faults) == (True, ())
    assert recount.was_right


async def test_five_kills_lose_nothing(fleet: Fleet) -> None:
    ledger = await asyncio.to_thread(kill_again_and_again, fleet, 5)
    await verify(fleet, ledger)


@pytest.mark.slow
async def test_fifty_kills_lose_nothing(fleet: Fleet, record_property: Callable[[str, object], None]) -> None:
    ledger = await asyncio.to_thread(kill_again_and_again, fleet, 50)
    files, votes = len(ledger.evidence), ledger.votes.total()
    done = f"{ledger.steps} steps of {len(ledger.states)} tests, {files} files, {votes} votes"
    record_property("figures", f"50 kills, acknowledged: {done}; {len(ledger.unsure)} steps without an answer")
    assert min(files, votes) >= 50, "there was hardly anything to lose"
    await verify(fleet, ledger)
