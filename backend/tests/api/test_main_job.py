"""The main job over real HTTP: from draft to validated, through a rejection and a second round, with evidence."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support import stories
from tests.support.big_file import BIG_BYTES, big_file
from tests.support.databases import TestServer
from tests.support.product import PEOPLE, Product, running_product

NAME = "Encoded PowerShell from a macro"
BODY = {"technique": "T1059.001", "name": NAME, "platform": "Windows", "procedure": "powershell -enc AAAA"}


@pytest.fixture(scope="module")
def product(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(postgres_server, tmp_path_factory.mktemp("main_job")) as product:
        yield product


def coverage(product: Product) -> dict[str, Any]:
    """What the matrix, the dashboard and the technique say."""
    cells = product.call("viewer", "GET", "/heatmap?layer=coverage")["cells"]
    technique = product.call("viewer", "GET", "/techniques/T1059.001")
    summary = product.call("viewer", "GET", "/metrics/summary")
    return {
        "cells": {(c["status"], c["value"], c["proven"], c["tests"]) for c in cells if c["attack_id"] == "T1059.001"},
        "technique": technique["status"],
        "by_status": summary["techniques"]["by_status"],
        "validated": summary["tests"]["by_state"]["validated"],
    }


def news(product: Product, who: str, test: dict[str, Any]) -> list[str]:
    """Kinds of the messages about a test, oldest first."""
    items = product.call(who, "GET", "/notifications")["items"]
    return [item["kind"] for item in reversed(items) if test["number"] in item["title"]]


def both_leads_at_once(product: Product, test: dict[str, Any]) -> Counter[int]:
    """Each lead approves three times, all at the same moment; how often each status code came."""

    def approve(side: str) -> int:
        body = {"side": side, "decision": "approve"}
        return product.raw(f"{side}_lead", "POST", f"/tests/{test['id']}/votes", body).status_code

    with ThreadPoolExecutor(max_workers=6) as pool:
        return Counter(pool.map(approve, ["red", "blue"] * 3))


def test_the_main_job(product: Product, tmp_path: Path) -> None:
    before = coverage(product)
    assert before["technique"] == "not_evaluated"
    assert before["cells"] == {("not_evaluated", None, False, 0)}

    test = product.call("red_tech", "POST", "/tests", BODY, expect=201)
    path = f"/tests/{test['id']}"
    assert (test["number"], test["state"], test["round"]) == ("AT-1001", "draft", 1)
    waiting = product.call("red_tech", "GET", "/tests?mine=true")["items"]
    assert [item["id"] for item in waiting] == [test["id"]]

    test = stories.act(product, "red_tech", test, "start")
    test = stories.record_red(product, test)
    small = stories.upload(product, "red_tech", test, "red", ("one-byte.txt", b"x"))
    assert (small["size"], small["sha256"]) == (1, hashlib.sha256(b"x").hexdigest())
    whole = big_file(tmp_path)
    with whole.path.open("rb") as content:
        big = stories.upload(product, "red_tech", test, "red", ("memory.dmp", content))
    assert (big["size"], big["sha256"]) == (BIG_BYTES, whole.sha256)
    link = product.call("viewer", "GET", f"{path}/evidence/{small['id']}/download")
    assert product.raw("viewer", "GET", link["url"].removeprefix("/api/v1")).content == b"x"
    test = stories.act(product, "red_tech", test, "submit-red")
    assert (test["state"], test["waits_for"]) == ("blue_evaluating", "blue")
    assert coverage(product)["technique"] == "in_progress"

    test = stories.record_blue(product, test)
    stories.upload(product, "blue_tech", test, "blue", ("alert.json", b"{}"))
    stale = product.raw("blue_tech", "PATCH", f"{path}/blue", {"version": 1, "summary": "Late."})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    test = stories.act(product, "blue_tech", test, "submit-blue")
    assert (test["state"], test["detection"]) == ("in_review", "detected")

    stories.vote(product, test, "red")
    test = stories.vote(product, test, "blue", "reject", notes="Which host raised the alert?")
    assert (test["state"], test["verdict"]) == ("rejected", "rejected")
    assert coverage(product)["validated"] == 0

    test = stories.act(product, "blue_lead", test, "reopen", {"reason": "Name the host.", "redo": "blue"})
    assert (test["state"], test["round"], test["red"]["carried_from_round"]) == ("draft", 2, 1)
    test = stories.act(product, "red_tech", test, "start")
    stories.act(product, "red_tech", test, "carry", {"side": "red"})
    test = stories.act(product, "red_tech", test, "submit-red")
    test = stories.record_blue(product, test, summary="WS-17 raised it.")
    test = stories.act(product, "blue_tech", test, "submit-blue")

    assert both_leads_at_once(product, test) == {201: 2, 200: 4}
    test = product.call("viewer", "GET", path)
    assert (test["state"], test["verdict"], test["round"]) == ("validated", "validated", 2)
    events = Counter(entry["event"] for entry in product.call("viewer", "GET", f"{path}/timeline?limit=200")["items"])
    assert (events["vote_cast"], events["rejected"], events["reopened"], events["validated"]) == (4, 1, 1, 1)
    rounds = product.call("viewer", "GET", f"{path}/rounds")["items"]
    assert [item["verdict"] for item in rounds] == ["rejected", "validated"]

    after = coverage(product)
    assert after["technique"] == "validated"
    assert after["cells"] == {("validated", 1.0, True, 1)}
    assert after["validated"] == 1
    assert after["by_status"]["validated"] == before["by_status"]["validated"] + 1
    assert after["by_status"]["not_evaluated"] == before["by_status"]["not_evaluated"] - 1
    kept = product.call("viewer", "POST", f"{path}/evidence/{big['id']}/verify")
    assert (kept["intact"], kept["sha256"]) == (True, whole.sha256)
    for who in ("red_tech", "blue_tech", "red_lead", "blue_lead"):
        assert news(product, who, test), who


def test_a_script_with_tokens_does_everything_but_the_vote(product: Product) -> None:
    before = product.call("viewer", "GET", "/metrics/summary")["tests"]["by_state"]
    people = product.headers
    body = {"name": "script", "expires_in_days": 1}
    tokens = {who: product.call(who, "POST", "/auth/tokens", body, expect=201)["token"] for who in PEOPLE}
    headers = {who: {"Authorization": f"Bearer {token}"} for who, token in tokens.items()}
    script = Product(product.base_url, product.settings, headers, client=product.client)
    assert script.headers.keys() < people.keys()

    test = stories.executing(script, technique="T1105", name="By a script")
    stories.upload(script, "red_tech", test, "red", ("log.txt", b"log"))
    test = stories.act(script, "red_tech", test, "submit-red")
    test = stories.act(script, "blue_tech", test, "return", {"question": "Which host?"})
    test = stories.act(script, "red_tech", stories.record_red(script, test, host="WS-2"), "submit-red")
    test = stories.record_blue(script, test)
    stories.upload(script, "blue_tech", test, "blue", ("alert.txt", b"alert"))
    test = stories.act(script, "blue_tech", test, "submit-blue")
    for side, who in (("red", "red_lead"), ("blue", "blue_lead"), ("red", "second_admin")):
        vote = {"side": side, "decision": "approve"}
        refused = script.raw(who, "POST", f"/tests/{test['id']}/votes", vote)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted"), who
    assert script.call("red_lead", "GET", f"/tests/{test['id']}")["votes"] == []

    test = stories.vote(product, test, "blue", "reject", notes="Say more.")
    test = stories.act(script, "red_lead", test, "reopen", {"reason": "Say more."})
    test = stories.act(script, "red_tech", test, "start")
    test = stories.act(script, "red_tech", stories.record_red(script, test), "submit-red")
    test = stories.act(script, "blue_tech", stories.record_blue(script, test), "submit-blue")
    stories.vote(product, test, "red")
    test = stories.vote(product, test, "blue")
    assert (test["state"], test["round"]) == ("validated", 2)
    after = script.call("viewer", "GET", "/metrics/summary")["tests"]["by_state"]
    assert after["validated"] == before["validated"] + 1
