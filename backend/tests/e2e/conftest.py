"""A browser for all, and for each module a running Aegis."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.support.browser import running_browser
from tests.support.databases import TestServer
from tests.support.product import Product, running_product

EVIDENCE_LIMIT_MB = 301


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(__file__.removesuffix("/conftest.py")):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def product(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("browser")
    with running_product(postgres_server, folder, max_evidence_mb=EVIDENCE_LIMIT_MB) as product:
        yield product
