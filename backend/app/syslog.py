"""Sending to a syslog server over TLS: RFC 5424 messages in the frames of RFC 5425."""

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

PRIORITY = 13 * 8 + 6
"""Facility "log audit", severity "informational"."""
PORTS = {"tls": 6514, "tcp": 601}
TIMEOUT_SECONDS = 10.0
MESSAGE_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Message:
    """One record; `kind` is a word that receivers can filter by."""

    at: datetime
    kind: str
    text: str


class SyslogServer:
    """Takes batches. Each has a connection of its own, so that a server that went away is noticed before the next."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._host, self._port = parts.hostname, parts.port or PORTS[parts.scheme]
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "tls" else None

    async def send(self, messages: Sequence[Message]) -> None:
        """Send all of them or raise OSError (TimeoutError and TLS errors are some); then part may have arrived."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
            try:
                for message in messages:
                    writer.write(frame(message))
                    await writer.drain()
            finally:
                writer.close()
            await writer.wait_closed()


def frame(message: Message) -> bytes:
    """The message as bytes, led by their number."""
    at = message.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    head = f"<{PRIORITY}>1 {at} {socket.gethostname()} aegis {os.getpid()} {message.kind[:MESSAGE_ID_LENGTH]} - "
    data = (head + message.text).encode()
    return b"%d " % len(data) + data
