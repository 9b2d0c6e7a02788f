"""Requests made from the contract, and what the answers are held against."""

import itertools
import json
from collections.abc import Callable

import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import REPOSITORY
from tests.support import stories
from tests.support.product import Product

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LONGEST_ADDRESS = 60_000
LEFT_OUT = ["log_out", "stream_events"]
"""The one would end the session that all other cases use, the other never ends; they have tests of their own."""


@schemathesis.serializer("application/gzip", "application/zip")
def as_bytes(_context: schemathesis.SerializationContext, value: object) -> object:
    """A package that is no package: what is sent is what was made."""
    return value if isinstance(value, bytes | str) else json.dumps(value)


contract = schemathesis.openapi.from_dict(
    json.loads((REPOSITORY / "frontend" / "openapi.json").read_text(encoding="utf-8"))
)
operations = contract.exclude(operation_id=LEFT_OUT)


class Caller:
    """Sends cases as an administrator, every second one about things that exist."""

    def __init__(self, product: Product, known: dict[str, list[str]], session: requests.Session) -> None:
        self.product = product
        self.session = session
        self.known = known
        self.turns = itertools.count()

    def check(self, case: schemathesis.Case) -> None:
        """Send a case and hold the answer against the contract."""
        turn = next(self.turns)
        # Made ids alone would only ever meet 404.
        if turn % 2 and case.path_parameters:
            for name, values in self.known.items():
                if name in case.path_parameters:
                    case.path_parameters[name] = values[turn // 2 % len(values)]
        answer = case.call(base_url=self.product.base_url, headers=self.product.headers["admin"], session=self.session)
        # A case that logs in must not lend its cookie to the next.
        self.session.cookies.clear()
        if len(answer.request.url or "") > LONGEST_ADDRESS:
            # The HTTP server refuses it before the application sees it.
            assert answer.status_code in {400, 414}
            return
        case.validate_response(answer, checks=CHECKS)


def things_that_exist(product: Product) -> dict[str, list[str]]:
    """Ids by the name of the path parameter. People and sessions whose loss would end the run are left out."""
    makers: list[Callable[[Product], stories.Test]] = [
        stories.draft,
        stories.executing,
        stories.evaluating,
        stories.in_review,
        stories.validated,
        stories.rejected,
    ]
    tests = [make(product) for make in makers]
    evidence = stories.upload(product, "red_tech", tests[1], "red", ("a.txt", b"a"))
    people = product.call("admin", "GET", "/users")["items"]
    actors = product.call("admin", "GET", "/threat-actors?limit=3")["items"]
    tool = product.call("admin", "POST", "/tools", {"name": "EDR of the contract"}, expect=201)
    template = product.call(
        "admin",
        "POST",
        "/test-templates",
        {"name": "A template", "platforms": ["Windows"], "techniques": ["T1059.001"], "procedure": "whoami"},
        expect=201,
    )
    return {
        "test_id": [test["id"] for test in tests],
        "evidence_id": [evidence["id"]],
        "user_id": [person["id"] for person in people if person["username"] == "viewer"],
        "attack_id": ["T1059.001", "T1105", "T1003"],
        "actor_id": [actor["id"] for actor in actors],
        "environment_id": [item["id"] for item in product.call("admin", "GET", "/environments")["items"]],
        "tool_id": [tool["id"]],
        "template_id": [template["id"]],
        "run_id": [item["id"] for item in product.call("admin", "GET", "/data-sources/mitre_attack/runs")["items"]],
        "name": ["mitre_attack"],
    }


SETTLED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
