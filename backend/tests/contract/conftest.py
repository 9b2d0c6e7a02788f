"""A running product for the cases, and when the long test is collected."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.contract.cases import Caller, things_that_exist
from tests.support.databases import TestServer
from tests.support.product import running_product

LONG = "test_ten_thousand_cases.py"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the long test's file alone where long tests do not run: its cases alone take most of a minute to make."""
    asked = config.option.markexpr.replace("not slow", "")
    return None if collection_path.name != LONG or "slow" in asked else True


@pytest.fixture(scope="module")
def caller(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("contract")
    with running_product(postgres_server, folder, max_evidence_mb=1) as product, requests.Session() as session:
        yield Caller(product, things_that_exist(product), session)
