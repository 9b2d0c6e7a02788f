"""Which domain and which release of ATT&CK a bundle is. STIX 2.0 bundles do not say it themselves."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from app.importers.attack.context import ATTACK_SOURCES, StixObject
from app.importers.attack.records import Domain
from app.importers.base import BundleFile, ReleaseDate

ReleaseOrigin = Literal["collection", "name", "index", "unknown"]
COLLECTIONS: Final[dict[str, Domain]] = {
    "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019": "enterprise",
    "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858": "mobile",
    "x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09": "ics",
}
DOMAIN_NAMES: Final[dict[str, Domain]] = {
    "enterprise-attack": "enterprise",
    "mobile-attack": "mobile",
    "ics-attack": "ics",
}
RELEASE: Final = re.compile(r"\d{1,3}\.\d{1,3}")
NAME_WITH_RELEASE: Final = re.compile(r"(?:attack|ATT&CK|ATT%26CK)[-_ ]?v?(\d{1,3}\.\d{1,3})(?!\d)", re.IGNORECASE)
INDEX_SLACK: Final = timedelta(days=1)
"""Some objects of release 18.1 are stamped minutes after the release itself."""


def release_of_name(name: str) -> str | None:
    """Release that a tag, a title or a file name such as `enterprise-attack-18.1.json.gz` tells."""
    found = NAME_WITH_RELEASE.search(name)
    return found[1] if found else None


def release_key(release: str) -> tuple[int, ...]:
    """Order releases as numbers: 9.0 comes before 10.1."""
    return tuple(int(part) for part in release.split("."))


def domain_of(objects: Iterable[object]) -> Domain | None:
    """Domain of a bundle, by its collection, else by its matrix, else by what most techniques say."""
    votes: Counter[Domain] = Counter()
    by_matrix: Domain | None = None
    for item in objects:
        if not isinstance(item, dict):
            continue
        stix_type = item.get("type")
        if stix_type == "x-mitre-collection" and (found := COLLECTIONS.get(str(item.get("id")))):
            return found
        if stix_type == "x-mitre-matrix":
            by_matrix = by_matrix or _domain_of_matrix(item)
        if stix_type == "attack-pattern":
            for name in item.get("x_mitre_domains") or []:
                if isinstance(name, str) and name in DOMAIN_NAMES:
                    votes[DOMAIN_NAMES[name]] += 1
    return by_matrix or (votes.most_common(1)[0][0] if votes else None)


def release_of(bundle: BundleFile, objects: list[Any]) -> tuple[str | None, ReleaseOrigin]:
    """Release of a bundle: what stands in it, else its tag or name, else the publisher's index by newest change."""
    for item in objects:
        if isinstance(item, dict) and item.get("type") == "x-mitre-collection":
            version = item.get("x_mitre_version")
            if isinstance(version, str) and RELEASE.fullmatch(version):
                return version, "collection"
    if bundle.release is not None and RELEASE.fullmatch(bundle.release):
        return bundle.release, "name"
    found = release_by_dates(bundle.release_dates, _newest(objects))
    return (found, "index") if found else (None, "unknown")


def release_by_dates(dates: Sequence[ReleaseDate], newest: str | None) -> str | None:
    """First release that was published after the newest change in the bundle."""
    changed = _time(newest)
    if changed is None:
        return None
    candidates = [(when, entry.version) for entry in dates if (when := _time(entry.modified)) is not None]
    later = [pair for pair in candidates if pair[0] + INDEX_SLACK >= changed]
    return min(later)[1] if later else None


def _newest(objects: list[Any]) -> str | None:
    stamps = (item.get("modified") for item in objects if isinstance(item, dict))
    return max((stamp for stamp in stamps if isinstance(stamp, str)), default=None)


def _time(stamp: str | None) -> datetime | None:
    if stamp is None:
        return None
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _domain_of_matrix(matrix: StixObject) -> Domain | None:
    for reference in matrix.get("external_references") or []:
        if isinstance(reference, dict) and reference.get("source_name") in ATTACK_SOURCES:
            return DOMAIN_NAMES.get(str(reference.get("external_id")))
    return None
