"""Requests for content, a server of recorded upstreams, and downloads that give up quickly."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.importers.base import FetchRequest
from app.importers.limits import NetworkLimits
from tests.support.upstream import RecordedUpstream, serve_recorded

QUICK = NetworkLimits(
    connect_seconds=1, read_seconds=1, total_seconds=30, backoff_seconds=0.01, max_retry_after_seconds=1
)
NOWHERE = "http://127.0.0.1:9"
"""The discard port: nothing listens."""

RequestFactory = Callable[..., FetchRequest]


@pytest.fixture
def fetch_request(tmp_path: Path) -> RequestFactory:
    """Make a request whose every upstream is closed unless the test names one."""

    def make(**changes: Any) -> FetchRequest:
        folder = tmp_path / "downloads"
        folder.mkdir(exist_ok=True)
        defaults: dict[str, Any] = {
            "work_dir": folder,
            "taxii_url": f"{NOWHERE}/taxii2/",
            "github_api_url": NOWHERE,
            "github_raw_url": f"{NOWHERE}/raw",
            "allow_private": True,
            "limits": QUICK,
        }
        return FetchRequest(**(defaults | changes))

    return make


@pytest.fixture(scope="session")
def recorded_upstream(recorded_content: Path) -> Iterator[RecordedUpstream]:
    """The server that answers from the recorded content as the real upstreams would."""
    with serve_recorded(recorded_content) as upstream:
        yield upstream


@pytest.fixture
def out_dir(tmp_path: Path) -> Path:
    """An empty folder for the parser's files."""
    folder = tmp_path / "parsed"
    folder.mkdir()
    return folder
