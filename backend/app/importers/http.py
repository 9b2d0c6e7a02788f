"""Downloads from upstreams: bounded in time and size, resumed, retried, and only from where the operator allows.

`Downloader` belongs to one worker thread and drives its own event loop, so that writing files blocks nobody and `abort`
can end a silent connection at once.
"""

import asyncio
import contextlib
import random
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx

from app.errors import AppError, UpstreamFailed
from app.importers.guard import HostGuard, bypasses_proxy
from app.importers.limits import MIB, NetworkLimits

USER_AGENT: Final = "aegis-importer/1"
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MAX_CONNECT_ATTEMPTS: Final = 2
RETRIED: Final = frozenset({429, 500, 502, 503, 504})

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A finished download. `not_modified`: the server confirmed the ETag that we knew, and there is no file."""

    path: Path
    size: int
    etag: str | None
    not_modified: bool = False


@dataclass(frozen=True, slots=True)
class SmallAnswer:
    """A whole answer in memory."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """Who may be talked to, through what, and how long."""

    guard: HostGuard
    limits: NetworkLimits = field(default_factory=NetworkLimits)
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: Path | None = None


class Aborted(Exception):
    """The task that wanted the download is gone."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to the very address that was checked, with the name kept for TLS and the Host header.

    Through a proxy only the allow-list of hosts can be checked: the proxy resolves the name.
    """

    def __init__(self, rules: NetworkRules) -> None:
        context = _tls_context(rules.ca_file)
        # No connection is kept: one opened for a name must not serve another that has the same address.
        once = httpx.Limits(max_connections=4, max_keepalive_connections=0)
        self._rules = rules
        self._direct = httpx.AsyncHTTPTransport(verify=context, limits=once, trust_env=False)
        self._proxied = (
            httpx.AsyncHTTPTransport(verify=context, limits=once, trust_env=False, proxy=rules.proxy)
            if rules.proxy
            else None
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self._rules.guard.check_url(request.url)
        if self._proxied is not None and not bypasses_proxy(host, self._rules.no_proxy):
            return await self._proxied.handle_async_request(request)
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self._rules.guard.resolve(host, port)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._rules.limits.connect_seconds
        while True:
            address = addresses.pop(0)
            try:
                return await self._direct.handle_async_request(_pin(request, address, deadline - loop.time()))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not addresses or loop.time() >= deadline:
                    raise

    async def aclose(self) -> None:
        """Close both ways."""
        await self._direct.aclose()
        if self._proxied is not None:
            await self._proxied.aclose()


def _pin(request: httpx.Request, address: str, seconds: float) -> httpx.Request:
    """The same request to one address; all addresses of a name share one time to connect."""
    timeouts = {**request.extensions.get("timeout", {}), "connect": max(seconds, 0.1)}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host, "timeout": timeouts},
    )


class Downloader:
    """Blocking downloads for one thread; `abort` may be called from any."""

    def __init__(self, rules: NetworkRules) -> None:
        self._rules = rules
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._task: asyncio.Task[object] | None = None
        self._aborted = False
        limits = rules.limits
        self._client = httpx.AsyncClient(
            transport=PinnedTransport(rules),
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def abort(self) -> None:
        """End the running download and refuse further ones. Callable from any thread."""
        with self._lock:
            self._aborted = True
            if self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def download(
        self,
        url: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        max_bytes: int | None = None,
    ) -> Downloaded:
        """Stream an answer into a file as it came over the wire (it may be gzipped), asking for changes only.

        An interrupted transfer is taken up where it stopped if the server can do that.
        Raises UpstreamFailed with a code that starts with `upstream_`.
        """
        wanted = _Wanted(url, path, dict(headers or {}), etag, max_bytes or self._rules.limits.max_bytes)
        return self._run(self._download(wanted))

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MIB,
        accept_errors: bool = False,
    ) -> SmallAnswer:
        """Read a whole answer into memory, decoded. With `accept_errors` a refusal is an answer too.

        Raises UpstreamFailed with a code that starts with `upstream_`.
        """
        return self._run(self._get(url, dict(headers or {}), max_bytes, accept_errors=accept_errors))

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        with self._lock:
            if self._aborted:
                work.close()
                raise Aborted
            task = self._loop.create_task(self._bounded(work))
            self._task = task
        try:
            return self._loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            raise Aborted from error
        finally:
            self._task = None

    async def _bounded(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            async with asyncio.timeout(self._rules.limits.total_seconds):
                return await work
        except TimeoutError as error:
            raise UpstreamFailed("upstream_timeout", "The upstream took too long.") from error

    async def _download(self, wanted: "_Wanted") -> Downloaded:
        return await self._with_retries(lambda: self._download_once(wanted))

    async def _get(self, url: str, headers: dict[str, str], max_bytes: int, *, accept_errors: bool) -> SmallAnswer:
        async def once() -> SmallAnswer:
            async with self._open(url, {"Accept-Encoding": "gzip", **headers}) as response:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > max_bytes:
                        raise UpstreamFailed("upstream_too_large", "The upstream's answer is too large.")
                if response.status_code in RETRIED or not (response.is_success or accept_errors):
                    _refuse_status(response)
                return SmallAnswer(response.status_code, response.headers, bytes(body), url)

        return await self._with_retries(once)

    async def _with_retries(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        limits = self._rules.limits
        for number in range(1, limits.attempts + 1):
            try:
                return await attempt()
            except httpx.HTTPError as error:
                if number == limits.attempts or not _worth_repeating(error, number):
                    raise _explain(error) from error
                pause = _backoff(limits, number)
            except _Refused as error:
                pause = error.retry_after if error.retry_after is not None else _backoff(limits, number)
                if number == limits.attempts or not error.temporary or pause > limits.max_retry_after_seconds:
                    raise error.as_app_error() from error
            await asyncio.sleep(pause)
        raise AssertionError

    async def _download_once(self, wanted: "_Wanted") -> Downloaded:
        headers = {"Accept-Encoding": "gzip", **wanted.headers}
        if wanted.received and wanted.validator:
            headers |= {"Range": f"bytes={wanted.received}-", "If-Range": wanted.validator}
        elif wanted.etag:
            headers["If-None-Match"] = wanted.etag
        async with self._open(wanted.url, headers) as response:
            if response.status_code == 304 and wanted.etag:
                return Downloaded(wanted.path, 0, wanted.etag, not_modified=True)
            if response.status_code == 416:
                wanted.forget()
            if response.status_code not in {200, 206}:
                _refuse_status(response, temporary=response.status_code == 416)
            if response.status_code == 200 or not _continues(response, wanted.received):
                if response.status_code == 206:
                    wanted.forget()
                    raise httpx.RemoteProtocolError("the range does not continue what we have")
                wanted.forget()
            wanted.remember(response)
            await self._save(response, wanted)
            return Downloaded(wanted.path, wanted.received, response.headers.get("ETag"))

    async def _save(self, response: httpx.Response, wanted: "_Wanted") -> None:
        with wanted.path.open("r+b" if wanted.received else "wb") as stream:
            stream.seek(wanted.received)
            stream.truncate()
            async for chunk in response.aiter_raw():
                if wanted.received + len(chunk) > wanted.max_bytes:
                    raise UpstreamFailed(
                        "upstream_too_large",
                        f"The upstream sends more than the {wanted.max_bytes // MIB} MiB that are accepted.",
                    )
                stream.write(chunk)
                wanted.received += len(chunk)

    @contextlib.asynccontextmanager
    async def _open(self, url: str, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        """Send a request and follow redirects, each checked as the first one was."""
        target = _parsed(url)
        self._rules.guard.check_url(target)
        sent = dict(headers)
        for _ in range(self._rules.limits.max_redirects + 1):
            request = self._client.build_request("GET", target, headers=sent)
            response = await self._client.send(request, stream=True)
            try:
                if response.status_code not in REDIRECTS or "Location" not in response.headers:
                    yield response
                    return
                following = target.join(_parsed(response.headers["Location"]))
            finally:
                await response.aclose()
            self._rules.guard.check_url(following, before=target)
            if _origin(following) != _origin(target):
                sent = {name: value for name, value in sent.items() if name.lower() not in {"authorization", "cookie"}}
            target = following
        raise UpstreamFailed("upstream_redirect_loop", "The upstream redirects without an end.")


@dataclass(slots=True)
class _Wanted:
    """A download and how far it got."""

    url: str
    path: Path
    headers: dict[str, str]
    etag: str | None
    max_bytes: int
    received: int = 0
    validator: str | None = None

    def forget(self) -> None:
        self.received = 0
        self.validator = None

    def remember(self, response: httpx.Response) -> None:
        etag = response.headers.get("ETag", "")
        if etag and not etag.startswith("W/"):
            self.validator = etag


class _Refused(Exception):
    """The server answered, with a status that is no use."""

    def __init__(self, code: str, message: str, *, temporary: bool, retry_after: float | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.temporary = temporary
        self.retry_after = retry_after

    def as_app_error(self) -> AppError:
        wait = None if self.retry_after is None else int(self.retry_after) + 1
        return UpstreamFailed(self.code, self.message, retry_after_seconds=wait)


def _refuse_status(response: httpx.Response, *, temporary: bool = False) -> None:
    """Turn a status into an error. The body is the upstream's text and goes nowhere."""
    status = response.status_code
    wait = _retry_after(response)
    exhausted = response.headers.get("X-RateLimit-Remaining") == "0"
    if status == 429 or (status == 403 and (exhausted or wait is not None)):
        raise _Refused("upstream_rate_limited", "The upstream asks us to wait.", temporary=True, retry_after=wait)
    code, message = {
        401: ("upstream_unauthorized", "The upstream does not accept our credentials."),
        403: ("upstream_forbidden", "The upstream forbids the request."),
        404: ("upstream_not_found", "The upstream does not have what was asked for."),
    }.get(status, ("upstream_status", f"The upstream answered with status {status}."))
    if status >= 500:
        code = "upstream_unavailable"
    raise _Refused(code, message, temporary=temporary or status in RETRIED, retry_after=wait)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the server asks for; the form with a date is rare and treated as not given."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 8 else None


def _worth_repeating(error: httpx.HTTPError, number: int) -> bool:
    """A firewall that drops packets stays one: waiting for it four times would only delay the next way."""
    if isinstance(error, httpx.ConnectTimeout):
        return False
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return number < MAX_CONNECT_ATTEMPTS
    return isinstance(error, httpx.TransportError)


def _backoff(limits: NetworkLimits, number: int) -> float:
    jitter = 1 + random.random()  # noqa: S311  spreads retries, keeps no secret
    return float(limits.backoff_seconds * 2 ** (number - 1) * jitter)


def _explain(error: httpx.HTTPError) -> AppError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return UpstreamFailed("upstream_tls_failed", "The upstream's certificate or encryption is not acceptable.")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return UpstreamFailed("upstream_unreachable", "The upstream cannot be reached.")
    if isinstance(error, httpx.TimeoutException):
        return UpstreamFailed("upstream_timeout", "The upstream stopped answering.")
    return UpstreamFailed("upstream_interrupted", "The upstream's answer broke off or was no valid HTTP.")


def _continues(response: httpx.Response, received: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {received}-")


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UpstreamFailed("upstream_host_refused", "The upstream's address is not a valid one.") from error


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise UpstreamFailed("upstream_ca_unreadable", "UPSTREAM_CA_FILE holds no certificates.") from error
