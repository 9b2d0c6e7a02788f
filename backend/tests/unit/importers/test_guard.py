"""Which hosts and addresses an importer may talk to."""

import httpx
import pytest

from app.errors import UpstreamFailed
from app.importers.guard import HostGuard, bypasses_proxy

GUARD = HostGuard.of(["https://api.github.com"], ["Codeload.GitHub.com."], allow_private=False)
PRIVATE = HostGuard(frozenset(), allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::10.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not GUARD.permits(address)


@pytest.mark.parametrize("address", ["140.82.121.6", "2606:50c0:8000::154", "::ffff:140.82.121.6"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert GUARD.permits(address)


def test_private_addresses_can_be_allowed_but_not_link_local_ones() -> None:
    assert PRIVATE.permits("127.0.0.1")
    assert PRIVATE.permits("10.1.2.3")
    assert not PRIVATE.permits("169.254.169.254")
    assert not PRIVATE.permits("0.0.0.0")


@pytest.mark.parametrize("url", ["https://api.github.com/x", "https://codeload.github.com", "http://API.GITHUB.COM"])
def test_hosts_of_the_operator_are_allowed(url: str) -> None:
    GUARD.check_url(httpx.URL(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://api.github.com.evil.example",
        "ftp://api.github.com",
        "https://u:p@api.github.com",
    ],
)
def test_other_hosts_are_refused(url: str) -> None:
    with pytest.raises(UpstreamFailed) as refused:
        GUARD.check_url(httpx.URL(url))

    assert refused.value.code == "upstream_host_refused"


def test_redirect_may_not_give_up_encryption() -> None:
    with pytest.raises(UpstreamFailed) as refused:
        GUARD.check_url(httpx.URL("http://api.github.com"), before=httpx.URL("https://api.github.com"))

    assert refused.value.code == "upstream_insecure_redirect"


@pytest.mark.parametrize(
    ("no_proxy", "bypassed"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ("example.org", True),
        (".example.org, other", True),
        ("ample.org", False),
    ],
)
def test_no_proxy(no_proxy: str | None, bypassed: bool) -> None:
    assert bypasses_proxy("git.example.org", no_proxy) is bypassed
