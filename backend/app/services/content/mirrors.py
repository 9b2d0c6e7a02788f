"""Where a source is fetched from: what the operator's settings say, or a mirror among the hosts that they allow."""

from typing import Final
from urllib.parse import urlsplit

from app.config import Settings
from app.errors import FieldError, Invalid, UpstreamFailed
from app.importers.guard import host_of

_URLS: Final = ("taxii_url", "github_api_url", "github_raw_url", "d3fend_api_url")
MAX_URL: Final = 500


def operator_hosts(settings: Settings) -> frozenset[str]:
    """Hosts that the environment names; nobody can add one over the web."""
    named = {host_of(getattr(settings, name)) for name in _URLS}
    return frozenset(named | {host.lower().rstrip(".") for host in settings.upstream_hosts}) - {""}


def checked_base_url(settings: Settings, url: str) -> str:
    """The address as it is stored. Raises Invalid `base_url_refused`."""
    message = _fault(settings, url)
    if message is not None:
        raise Invalid("base_url_refused", message, fields=[FieldError("base_url", message, "refused")])
    return url.rstrip("/")


def _fault(settings: Settings, url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address."
    if parts.scheme not in {"http", "https"} or port == 0 or any(c.isspace() or not c.isprintable() for c in url):
        return "This is no address that begins with https://."
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "The address must have no user, no query and no fragment."
    if host_of(url) not in operator_hosts(settings):
        return f"The host {host_of(url)[:100] or '(none)'} is not among those that UPSTREAM_HOSTS allows."
    if parts.scheme == "http" and not settings.allow_private_upstreams:
        return "The address must begin with https://."
    return None


def settings_for(settings: Settings, setting: str, base_url: str | None) -> Settings:
    """The settings of a run: with the mirror in the place of the setting, looked at again, since they may be others.

    The token for GitHub is for the operator's GitHub and goes nowhere else.
    Raises UpstreamFailed `upstream_host_refused`.
    """
    if base_url is None:
        return settings
    message = _fault(settings, base_url)
    if message is not None:
        raise UpstreamFailed("upstream_host_refused", f"The source's base URL cannot be used. {message}")
    changes: dict[str, object] = {setting: base_url}
    if host_of(base_url) not in {host_of(settings.github_api_url), host_of(settings.github_raw_url)}:
        changes["github_token"] = None
    return settings.model_copy(update=changes)
