"""A reader of server-sent events, on a thread of its own."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE = 10.0


@dataclass(frozen=True)
class Event:
    """One message."""

    name: str
    id: str | None
    data: dict[str, Any]


@dataclass
class Listening:
    """What a stream has sent so far."""

    status: int = 0
    text: str = ""
    events: list[Event] = field(default_factory=list)
    closed: bool = False

    def ids(self, kind: str) -> list[str | None]:
        """Ids of the changes of a kind, in order."""
        return [e.data["id"] for e in list(self.events) if e.name == "change" and e.data["kind"] == kind]

    def wait(self, condition: Callable[["Listening"], object], patience: float = PATIENCE) -> None:
        """Wait until the condition holds. Raises AssertionError."""
        deadline = time.monotonic() + patience
        while not condition(self):
            assert time.monotonic() < deadline, f"did not come; {self.status} {self.text[-500:]!r}"
            time.sleep(0.02)

    def wait_for(self, kind: str, subject_id: str) -> None:
        """Wait for a change of a thing."""
        self.wait(lambda seen: subject_id in seen.ids(kind))

    def wait_for_end(self, reason: str) -> None:
        """Wait for the goodbye and the end of the answer."""
        self.wait(lambda seen: seen.closed)
        assert (self.events[-1].name, self.events[-1].data) == ("end", {"reason": reason})


@contextmanager
def listening(base_url: str, headers: dict[str, str]) -> Iterator[Listening]:
    """An open stream; it has answered when the block begins."""
    heard = Listening()
    client = httpx.Client(timeout=httpx.Timeout(10, read=60), verify=False)
    left = threading.Event()
    sockets: list[socket.socket] = []

    def read() -> None:
        name, id_, data = "", None, ""
        try:
            with client.stream("GET", f"{base_url}/api/v1/events", headers=headers) as answer:
                heard.status = answer.status_code
                sockets.append(answer.extensions["network_stream"].get_extra_info("socket"))
                for line in answer.iter_lines():
                    if left.is_set():
                        return
                    heard.text += line + "\n"
                    field_name, _, value = line.partition(": ")
                    if field_name == "event":
                        name = value
                    elif field_name == "id":
                        id_ = value
                    elif field_name == "data":
                        data = value
                    elif not line and name:
                        heard.events.append(Event(name, id_, json.loads(data)))
                        name, id_, data = "", None, ""
        except httpx.HTTPError:
            assert left.is_set() or heard.status
        finally:
            heard.closed = True

    thread = threading.Thread(target=read, name="event-stream", daemon=True)
    thread.start()
    try:
        heard.wait(lambda seen: seen.events or seen.closed)
        yield heard
    finally:
        left.set()
        # Closing the client would wait for the next line.
        for opened in sockets:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=PATIENCE)
        client.close()
