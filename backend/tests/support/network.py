"""Closes the network: a test that reaches beyond this machine fails at once instead of hanging or passing by luck."""

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


@contextmanager
def closed_network() -> Iterator[None]:
    """Refuse connections to anything but this machine inside the block."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not is_local(self.family, address):
            raise NetworkIsClosed(f"tests may not connect to {address!r}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not is_local(self.family, address):
            raise NetworkIsClosed(f"tests may not connect to {address!r}")
        return connect_ex(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    try:
        yield
    finally:
        patch.undo()
