"""Tests carried through their life over HTTP, by the people of a running product."""

from typing import Any

from tests.support.product import Product, ago

Test = dict[str, Any]


def draft(product: Product, technique: str = "T1059.001", who: str = "red_tech", **fields: object) -> Test:
    """A new draft."""
    body = {"technique": technique, "name": "Encoded PowerShell", "platform": "Windows"} | fields
    return dict(product.call(who, "POST", "/tests", body, expect=201))


def act(product: Product, who: str, test: Test, step: str, body: object = None, *, expect: int = 200) -> Test:
    """POST one step of the workflow."""
    return dict(product.call(who, "POST", f"/tests/{test['id']}/{step}", body, expect=expect))


def executing(product: Product, **fields: Any) -> Test:
    """A started test with a complete red record."""
    test = act(product, "red_tech", draft(product, **fields), "start")
    return record_red(product, test)


def record_red(product: Product, test: Test, who: str = "red_tech", **fields: object) -> Test:
    """Write red's record whole."""
    body = {
        "version": test["red"]["version"],
        "summary": "Started from a document macro; the child process ran encoded commands.",
        "command": "powershell.exe -NoProfile -EncodedCommand SQBFAFgA",
        "host": "WS-17",
        "executed_at": ago(60),
        "execution": "succeeded",
    }
    return dict(product.call(who, "PATCH", f"/tests/{test['id']}/red", body | fields))


def record_blue(product: Product, test: Test, who: str = "blue_tech", **fields: object) -> Test:
    """Write blue's record whole; by default the endpoint tool raised an alert."""
    seen = [{"outcome": "alerted", "tool": "EDR", "observed_at": ago(55), "source": "edr"}]
    body = {"version": test["blue"]["version"], "summary": "An alert within five minutes.", "observations": seen}
    return dict(product.call(who, "PATCH", f"/tests/{test['id']}/blue", body | fields))


def evaluating(product: Product, **fields: Any) -> Test:
    """A test handed over to blue."""
    return act(product, "red_tech", executing(product, **fields), "submit-red")


def in_review(product: Product, blue: dict[str, Any] | None = None, **fields: Any) -> Test:
    """A test handed over to the leads."""
    test = record_blue(product, evaluating(product, **fields), **(blue or {}))
    return act(product, "blue_tech", test, "submit-blue")


def vote(product: Product, test: Test, side: str, decision: str = "approve", **more: Any) -> Test:
    """Judge a side by its lead."""
    body = {"side": side, "decision": decision} | more
    return act(product, f"{side}_lead", test, "votes", body, expect=201)


def validated(product: Product, **fields: Any) -> Test:
    """A test that both leads confirmed."""
    test = in_review(product, **fields)
    vote(product, test, "red")
    return vote(product, test, "blue")


def rejected(product: Product, **fields: Any) -> Test:
    """A test that the blue lead rejected."""
    test = in_review(product, **fields)
    return vote(product, test, "blue", "reject", notes="Which host raised the alert?")


NOTHING_SEEN: dict[str, Any] = {
    "summary": "Nothing in any tool.",
    "observations": [{"outcome": "none"}],
    "miss_cause": "no_telemetry",
}


def upload(product: Product, who: str, test: Test, team: str, file: tuple[str, Any]) -> Test:
    """Add a file to a side."""
    path = f"/tests/{test['id']}/evidence?team={team}"
    return dict(product.call(who, "POST", path, files={"file": file}, expect=201))
