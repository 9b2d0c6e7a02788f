"""Puts our downloader under taxii2-client, whose own HTTP layer has no time-out, no size limit and no patience."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from taxii2client.common import _HTTPConnection

from app.errors import UpstreamFailed
from app.importers.http import Downloader

PASSED_HEADERS: Final = ("Accept", "Authorization", "Range")


class JsonResponse(requests.Response):
    """An answer decoded by orjson: pages are large, and its errors are ValueErrors as the library expects."""

    def json(self, **_: Any) -> Any:
        """Decode the body."""
        return orjson.loads(self.content)


class BridgeAdapter(BaseAdapter):
    """Sends what `requests` prepared through the downloader and counts requests and bytes."""

    def __init__(self, downloader: Downloader, page_bytes: int, total_bytes: int) -> None:
        super().__init__()
        self.requests_made = 0
        self.last_headers: Mapping[str, str] = CaseInsensitiveDict()
        self._downloader = downloader
        self._page_bytes = page_bytes
        self._bytes_left = total_bytes

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Answer one GET. Time-outs, redirects, retries and proxies are the downloader's affair."""
        assert request.url is not None
        headers = {name: str(request.headers[name]) for name in PASSED_HEADERS if name in request.headers}
        self.requests_made += 1
        limit = min(self._page_bytes, self._bytes_left)
        answer = self._downloader.get(request.url, headers=headers, max_bytes=limit, accept_errors=True)
        self._bytes_left -= len(answer.body)
        if self._bytes_left <= 0:
            raise UpstreamFailed("upstream_too_large", "The TAXII server sends more than is accepted.")
        response = JsonResponse()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers.items())
        response.headers.setdefault("Content-Type", "")
        response.url = request.url
        response.request = request
        response.encoding = "utf-8"
        response._content = answer.body  # noqa: SLF001  requests has no public way to give a body that is read already
        self.last_headers = response.headers
        if answer.status == requests.codes.not_acceptable:
            # Raised here, because the library would write advice for programmers into the log: we only try versions.
            raise requests.HTTPError(response=response)
        return response

    def close(self) -> None:
        """Nothing is held open."""


def open_connection(
    adapter: BridgeAdapter, version: str, username: str | None, password: str | None
) -> _HTTPConnection:
    """A connection of taxii2-client for protocol `2.0` or `2.1` that goes through the adapter."""
    connection = _HTTPConnection(user=username, password=password, version=version)
    session: requests.Session = connection.session
    session.trust_env = False
    session.adapters.clear()
    for prefix in ("https://", "http://"):
        session.mount(prefix, adapter)
    return connection


def ask(work: Callable[[], Any]) -> Any:
    """Call the library; whatever it trips over in an answer becomes one error with a code.

    Raises UpstreamFailed `taxii_wrong_answer`, or what the status says.
    """
    try:
        return work()
    except requests.HTTPError as error:
        status = error.response.status_code
        raise UpstreamFailed(*_STATUS.get(status, ("taxii_wrong_answer", f"TAXII answered with {status}."))) from error
    except _LIBRARY_ERRORS as error:
        raise UpstreamFailed(
            "taxii_wrong_answer", "The TAXII server's answer is not what the protocol says."
        ) from error


def _library_errors() -> tuple[type[Exception], ...]:
    from taxii2client.exceptions import TAXIIServiceException  # noqa: PLC0415  untyped, kept out of the module's names

    # The library indexes into answers without looking, so a malformed one shows as any of these.
    return (TAXIIServiceException, requests.RequestException, KeyError, TypeError, AttributeError, ValueError)


_LIBRARY_ERRORS: Final = _library_errors()
_STATUS: Final = {
    401: ("upstream_unauthorized", "The TAXII server does not accept our credentials."),
    403: ("upstream_forbidden", "The TAXII server forbids reading."),
    404: ("upstream_not_found", "The TAXII server does not have what was asked for."),
    406: ("taxii_not_acceptable", "The TAXII server speaks neither 2.1 nor 2.0."),
}
