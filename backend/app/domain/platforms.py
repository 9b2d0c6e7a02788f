"""ATT&CK's names of platforms, and what other catalogues call them."""

from collections.abc import Iterable
from typing import Final

PLATFORMS: Final = (
    "Windows",
    "macOS",
    "Linux",
    "ESXi",
    "IaaS",
    "Network Devices",
    "PRE",
    "Office Suite",
    "SaaS",
    "Identity Provider",
    "Containers",
    "Android",
    "iOS",
)
"""Names that ATT&CK itself uses for Enterprise and Mobile."""

_ALIASES: Final = {
    "aws": "IaaS",
    "azure": "IaaS",
    "azure-ad": "Identity Provider",
    "azure ad": "Identity Provider",
    "azuread": "Identity Provider",
    "container": "Containers",
    "darwin": "macOS",
    "entra-id": "Identity Provider",
    "esx": "ESXi",
    "gcp": "IaaS",
    "google workspace": "Office Suite",
    "google-workspace": "Office Suite",
    "kubernetes": "Containers",
    "m365": "Office Suite",
    "mac": "macOS",
    "mac os": "macOS",
    "macos": "macOS",
    "microsoft 365": "Office Suite",
    "network": "Network Devices",
    "o365": "Office Suite",
    "office 365": "Office Suite",
    "office-365": "Office Suite",
    "okta": "Identity Provider",
    "osx": "macOS",
    "unix": "Linux",
}
_CANONICAL: Final = {name.lower(): name for name in PLATFORMS} | _ALIASES


def canonical_platform(word: str) -> str:
    """ATT&CK's name for a platform; a word that nobody knows stays as it is.

    A provider behind a colon is left out: `iaas:aws` is IaaS.
    """
    plain = word.strip()
    found = _CANONICAL.get(plain.lower())
    if found is None:
        found = _CANONICAL.get(plain.lower().split(":", 1)[0])
    return found or plain


def canonical_platforms(words: Iterable[str]) -> list[str]:
    """ATT&CK's names, each once, sorted."""
    return sorted({canonical_platform(word) for word in words if word.strip()})
