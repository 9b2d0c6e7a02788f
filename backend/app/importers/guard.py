"""Which hosts and addresses an importer may talk to: names from the operator, addresses checked at each hop."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from app.errors import UpstreamFailed

MAX_ADDRESSES: Final = 4
"""Addresses of one name that are tried."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_of(url: str) -> str:
    """Lower-case host of an address, empty when it has none."""
    return (urlsplit(url).hostname or "").lower().rstrip(".")


@dataclass(frozen=True, slots=True)
class HostGuard:
    """Allow-list of hosts, and the rule for the addresses that they resolve to."""

    hosts: frozenset[str]
    allow_private: bool = False

    @classmethod
    def of(cls, urls: Iterable[str], more: Iterable[str], *, allow_private: bool) -> "HostGuard":
        """Allow the hosts of the operator's addresses and those named beside them."""
        named = {host_of(url) for url in urls} | {host.lower().rstrip(".") for host in more}
        return cls(frozenset(named - {""}), allow_private)

    def check_url(self, url: httpx.URL, before: httpx.URL | None = None) -> None:
        """Refuse an address that is not the operator's choice, or a hop that gives up encryption.

        Raises UpstreamFailed `upstream_host_refused` or `upstream_insecure_redirect`.
        """
        host = url.host.lower().rstrip(".")
        if url.scheme not in {"http", "https"} or host not in self.hosts or url.userinfo:
            raise UpstreamFailed(
                "upstream_host_refused", f"The host {host[:100] or '(none)'} is not among UPSTREAM_HOSTS."
            )
        if before is not None and before.scheme == "https" and url.scheme == "http":
            raise UpstreamFailed("upstream_insecure_redirect", "The upstream redirects from https to http.")

    async def resolve(self, host: str, port: int) -> list[str]:
        """Resolve a name once, to addresses that may be connected to.

        Raises UpstreamFailed `upstream_unresolved` or `upstream_address_refused`.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UpstreamFailed("upstream_unresolved", f"The host {host[:100]} cannot be resolved.") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        usable = [address for address in addresses if self.permits(address)]
        if not usable:
            raise UpstreamFailed(
                "upstream_address_refused",
                f"The host {host[:100]} resolves to an address that is private or reserved.",
            )
        return usable[:MAX_ADDRESSES]

    def permits(self, address: str) -> bool:
        """Whether an address may be connected to, looking through forms of IPv6 that carry an IPv4 address."""
        ip = _innermost(ipaddress.ip_address(address.partition("%")[0]))
        if ip.is_multicast or ip.is_unspecified or ip.is_link_local:
            return False
        return ip.is_global or self.allow_private


def _innermost(ip: IpAddress) -> IpAddress:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def bypasses_proxy(host: str, no_proxy: str | None) -> bool:
    """Whether NO_PROXY names the host, itself or a domain above it."""
    if not no_proxy:
        return False
    for entry in (part.strip().lower().lstrip(".") for part in no_proxy.split(",")):
        if entry == "*" or (entry and (host == entry or host.endswith(f".{entry}"))):
            return True
    return False
