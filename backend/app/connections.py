"""What a connection may cost before the application sees a request: bytes of a head, and time without one.

The HTTP server itself bounds neither: it would gather a head of any length, and keep a silent connection for ever.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""Of a request's line and headers, and of whatever else is no body: trailers, extensions of chunks."""
HEAD_SECONDS = 30.0
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class GuardedConnection(HttpToolsProtocol):
    """Ends a connection whose head is too long or does not come."""

    _not_body = 0
    """Bytes since the last piece of a body or the end of a head."""
    _begun = False
    """Whether there was a request at all."""
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes; the parser's callbacks below take off what was a body or a whole head."""
        self._not_body += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._not_body > HEAD_BYTES:
            self._refuse()
        elif self._is_between_requests():
            # Even an empty line has ended the server's own wait for the next request.
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """A whole head: the request begins."""
        self._not_body = 0
        self._stop_waiting()
        super().on_headers_complete()
        self._begun = True

    def on_body(self, body: bytes) -> None:
        """A piece of a body, which has limits of its own."""
        self._not_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request; another may follow in the same bytes."""
        self._not_body = 0
        super().on_message_complete()

    def _is_between_requests(self) -> bool:
        return not self._begun or self.cycle.response_complete

    def _refuse(self) -> None:
        if self._is_between_requests():
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _wait_for_head(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
