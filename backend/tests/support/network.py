"""Closes the network: a test that reaches beyond this machine fails at once instead of hanging or passing by luck.

Names are not looked up either: where nothing answers the resolver, each look-up takes up to a minute.
"""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

LOCAL_NAMES = frozenset({"localhost", ""})


class NetworkIsClosed(OSError):
    """A test tried to connect to another machine."""


def is_local(family: int, address: Any) -> bool:
    """Whether a socket address is on this machine."""
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    host = str(address[0])
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def needs_no_look_up(host: Any) -> bool:
    """Whether a host is this machine's name, or an address already."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in LOCAL_NAMES or name == socket.gethostname():
        return True
    try:
        ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return True


@contextmanager
def closed_network() -> Iterator[None]:
    """Refuse connections to anything but this machine inside the block, and look-ups of other names."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if not is_local(self.family, address):
            raise NetworkIsClosed(f"tests may not connect to {address!r}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not is_local(self.family, address):
            raise NetworkIsClosed(f"tests may not connect to {address!r}")
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **options: Any) -> Any:
        if not needs_no_look_up(host):
            raise socket.gaierror(socket.EAI_NONAME, f"tests may not look up {host!r}")
        return look_up(host, *args, **options)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    patch.setattr(socket, "getaddrinfo", guarded_look_up)
    try:
        yield
    finally:
        patch.undo()
