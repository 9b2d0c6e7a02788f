"""Several processes on one database behave as one."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from app.database import make_engine, make_session_factory, session_scope
from app.jobs.registry import JOBS
from app.services import coverage
from tests.support import stories
from tests.support.databases import TestServer
from tests.support.event_stream import listening
from tests.support.processes import Fleet, running_fleet
from tests.support.product import PASSWORD, TECHNIQUES, Product, ago

FIRST_TICK_SECONDS = 90


@pytest.fixture(scope="module", params=[2, pytest.param(4, marks=pytest.mark.slow)])
def fleet(
    request: pytest.FixtureRequest, postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    count: int = request.param
    folder = tmp_path_factory.mktemp(f"fleet{count}")
    with running_fleet(postgres_server, folder, count, scheduler_enabled=count > 2) as fleet:
        yield fleet


def test_a_session_is_good_everywhere_and_over_everywhere(fleet: Fleet) -> None:
    first, *others = fleet.products
    for turn, other in enumerate(others):
        first.headers["guest"] = first.log_in("viewer")
        assert other.call("guest", "GET", "/auth/me")["username"] == "viewer"
        ended, asked = (first, other) if turn % 2 else (other, first)
        ended.call("guest", "POST", "/auth/logout", expect=204)
        refused = asked.raw("guest", "GET", "/auth/me")
        assert (refused.status_code, refused.json()["code"]) == (401, "session_expired")


def test_guesses_are_counted_together(fleet: Fleet) -> None:
    def guess(turn: int) -> int:
        product = fleet.products[turn % len(fleet.products)]
        form = {"username": "second_admin", "password": f"a wrong guess, number {turn}"}
        return product.client.post(f"{product.base_url}/api/v1/auth/login", data=form).status_code

    assert [guess(turn) for turn in range(5)] == [401] * 5
    assert 429 in {guess(turn) for turn in range(5, 5 + 2 * len(fleet.products))}
    right = {"username": "second_admin", "password": PASSWORD}
    last = fleet.products[-1]
    assert last.client.post(f"{last.base_url}/api/v1/auth/login", data=right).status_code == 429


def test_events_reach_the_readers_of_all_processes(fleet: Fleet) -> None:
    streams = [listening(product.base_url, product.headers["viewer"]) for product in fleet.products]
    opened = [stream.__enter__() for stream in streams]
    try:
        for product in fleet.products:
            made = stories.draft(product)
            for heard in opened:
                heard.wait_for("test", made["id"])
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)


def test_votes_at_the_same_moment_give_one_decision_and_the_figures_of_a_recount(fleet: Fleet) -> None:
    first = fleet.products[0]
    tests = [stories.in_review(first) for _ in range(4)]

    def validated() -> list[int]:
        summaries = [product.call("viewer", "GET", "/metrics/summary") for product in fleet.products]
        return [summary["tests"]["by_state"]["validated"] for summary in summaries]

    before = validated()[0]
    with ThreadPoolExecutor(max_workers=8) as pool:
        for number, test in enumerate(tests, start=1):
            answers = [
                pool.submit(product.raw, f"{side}_lead", "POST", f"/tests/{test['id']}/votes", _approval(side))
                for product in fleet.products
                for side in ("red", "blue")
            ]
            # Each side's first vote is made, and its repetitions change nothing.
            repeated = 2 * len(fleet.products) - 2
            assert Counter(answer.result().status_code for answer in answers) == {201: 2, 200: repeated}
            assert first.call("viewer", "GET", f"/tests/{test['id']}")["state"] == "validated"
            steps = first.call("viewer", "GET", f"/tests/{test['id']}/timeline")
            assert Counter(step["event"] for step in _items(steps))["validated"] == 1
            # What a process keeps of its answers is no older than another's last decision.
            assert validated() == [before + number] * len(fleet.products)
    edited = stories.executing(first)
    with ThreadPoolExecutor(max_workers=8) as pool:
        body = {"version": edited["red"]["version"], "summary": "The same moment.", "executed_at": ago(5)}
        edits = [pool.submit(p.raw, "red_tech", "PATCH", f"/tests/{edited['id']}/red", body) for p in fleet.products]
        codes = Counter(edit.result().status_code for edit in edits)
    assert codes == {200: 1, 409: len(fleet.products) - 1}


async def test_the_derived_figures_are_those_of_a_recount(fleet: Fleet) -> None:
    assert fleet.settings.database_url is not None
    engine = make_engine(fleet.settings.database_url, pool_size=1)
    async with session_scope(make_session_factory(engine, fleet.settings)) as session:
        report = await coverage.recompute_all(session)
    await engine.dispose()
    assert report.results.total == 1, "four tests of one procedure on one platform"
    assert report.was_right


def test_an_import_asked_for_everywhere_runs_once(fleet: Fleet) -> None:
    first = fleet.products[0]
    before = first.call("admin", "GET", "/data-sources/mitre_attack/runs")["total"]
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = [
            pool.submit(product.raw, "admin", "POST", "/data-sources/mitre_attack/sync", {"way": "bundled"})
            for product in fleet.products
        ]
        codes = Counter(answer.result().status_code for answer in asked)
    assert codes == {202: 1, 409: len(fleet.products) - 1}
    deadline = time.monotonic() + 60
    while True:
        runs = fleet.products[-1].call("admin", "GET", "/data-sources/mitre_attack/runs")
        if runs["items"][0]["status"] not in {"queued", "running"}:
            break
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (runs["total"], runs["items"][0]["status"]) == (before + 1, "succeeded")


def test_many_writers_beside_an_import_wait_for_nobody_long(
    fleet: Fleet, record_property: Callable[[str, object], None]
) -> None:
    large = len(fleet.products) > 2
    writers, lasting = (50, 60.0) if large else (12, 2.0)
    first, longest = fleet.products[0], [0.0] * writers
    fleet.forget_content()
    over = threading.Event()

    def write(number: int) -> Counter[int]:
        product = fleet.products[number % len(fleet.products)]
        plan = {"technique": "T1105", "name": f"Writer {number}", "platform": "Linux"}
        codes: Counter[int] = Counter()
        while not over.is_set():
            began = time.monotonic()
            codes[product.raw("red_tech", "POST", "/tests", plan).status_code] += 1
            longest[number] = max(longest[number], time.monotonic() - began)
        return codes

    # A row that the import has to write is held by somebody else: its transaction, all its locks with it, stays open.
    with fleet.owner() as blocker, ThreadPoolExecutor(max_workers=writers) as pool:
        blocker.execute("SELECT id FROM software ORDER BY id LIMIT 1 FOR UPDATE")
        wish = {"way": "bundled", "force": True}
        run = first.call("admin", "POST", "/data-sources/mitre_attack/sync", wish, expect=202)
        work = [pool.submit(write, number) for number in range(writers)]
        try:
            time.sleep(lasting)
            assert first.call("admin", "GET", f"/data-sources/runs/{run['id']}")["status"] == "running"
            blocker.rollback()
            done = _ended(first, run["id"])
        finally:
            over.set()
        codes = sum((result.result() for result in work), Counter[int]())
    assert (done["status"], done["counts"]["updated"] > TECHNIQUES) == ("succeeded", True), done
    assert set(codes) == {201}, codes
    assert codes[201] >= 4 * writers
    assert max(longest) < (30 if large else 10), "nobody waited for the import"
    record_property(
        "figures", f"{writers} writers, {codes[201]} tests, {lasting} s import, {max(longest):.1f} s longest"
    )
    report = first.call("admin", "POST", "/audit-logs/verify")
    assert report["intact"], report


def _ended(product: Product, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while (run := product.call("admin", "GET", f"/data-sources/runs/{run_id}"))["status"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return dict(run)


def test_a_job_runs_once_whoever_asks(fleet: Fleet) -> None:
    first = fleet.products[0]
    if fleet.settings.scheduler_enabled:
        # Every process ticks after a minute, all at about the same moment.
        deadline = time.monotonic() + FIRST_TICK_SECONDS
        due = [name for name, job in JOBS.items() if job.interval(fleet.settings) is not None]
        while not all(_runs(fleet, name) for name in due):
            assert time.monotonic() < deadline
            time.sleep(1)
        time.sleep(5)
        assert {name: len(_runs(fleet, name)) for name in due} == dict.fromkeys(due, 1)
    for product in fleet.products:
        product.call("admin", "POST", "/system/scheduler/housekeeping/run", expect=202)
    runs = _all_ended(fleet, "housekeeping")
    for earlier, later in pairwise(runs):
        assert earlier["ended_at"] <= later["started_at"], "two at a time"
    assert {run["status"] for run in runs} == {"succeeded"}
    report = first.call("admin", "POST", "/audit-logs/verify")
    assert report["intact"], report


def _all_ended(fleet: Fleet, job: str) -> list[dict[str, Any]]:
    """The job's runs by their start, once all have ended and no further one has begun for a second."""
    deadline = time.monotonic() + 60
    known: list[dict[str, Any]] = []
    while True:
        runs = sorted(_runs(fleet, job), key=lambda run: str(run["started_at"]))
        if runs and runs == known and all(run["ended_at"] for run in runs):
            return runs
        assert time.monotonic() < deadline
        known = runs
        time.sleep(1)


def _runs(fleet: Fleet, job: str) -> list[dict[str, Any]]:
    found = fleet.products[-1].call("admin", "GET", f"/system/scheduler/{job}/runs")["items"]
    return [dict(run) for run in found]


def _approval(side: str) -> dict[str, str]:
    return {"side": side, "decision": "approve"}


def _items(answer: Any) -> list[dict[str, Any]]:
    return list(answer["items"] if isinstance(answer, dict) else answer)
