"""The bundled release of ATT&CK taken back to the one before it, as far as plain facts about the two go.

Known of Enterprise 17.1 against 18.1: what is new since then, what had another name or ran on fewer platforms, and
that detection strategies and analytics did not exist. Texts, and links between objects of both releases, stay those
of the later one; so does what the package tells no times of, and the next import finds it unchanged.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

StixObject = dict[str, Any]

RELEASE: Final = "17.1"
PUBLISHED: Final = "2025-05-06T14:00:00.000Z"
"""Techniques that were written later are missing from it."""
OLD_NAMES: Final[Mapping[str, str]] = {"T1497.003": "Time Based Evasion", "T1552.003": "Bash History"}
LATER_PLATFORMS: Final[Mapping[str, str]] = {"T1195": "SaaS", "T1489": "IaaS", "T1552.003": "Windows"}
LATER_IDS: Final = frozenset(
    {
        *(f"G{number}" for number in range(1048, 1054)),
        *(f"C{number:04}" for number in range(55, 60)),
        *(f"S{number}" for number in range(1217, 1250)),
    }
)
"""Groups, campaigns and malware that only the later release knows; it numbers them on."""
LATER_TYPES: Final = frozenset({"x-mitre-detection-strategy", "x-mitre-analytic"})


def taken_back(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle as release 17.1 had it. Leaves the given one as it is."""
    kept = [_as_it_was(item) for item in bundle["objects"] if not _is_later(item)]
    known = {item["id"] for item in kept}
    return {**bundle, "objects": list(_without_loose_ends(kept, known))}


def release_of(bundle: Mapping[str, Any]) -> str:
    """The release that a bundle's collection names."""
    collection = next(item for item in bundle["objects"] if item["type"] == "x-mitre-collection")
    return str(collection["x_mitre_version"])


def _is_later(item: StixObject) -> bool:
    if item["type"] == "attack-pattern":
        return bool(item["created"] > PUBLISHED)
    return item["type"] in LATER_TYPES or _attack_id(item) in LATER_IDS


def _as_it_was(item: StixObject) -> StixObject:
    if item["type"] == "x-mitre-collection":
        return {**item, "x_mitre_version": RELEASE, "modified": PUBLISHED}
    if item["type"] != "attack-pattern":
        return item
    attack_id = _attack_id(item) or ""
    later = LATER_PLATFORMS.get(attack_id)
    return {
        **item,
        "name": OLD_NAMES.get(attack_id, item["name"]),
        "x_mitre_platforms": [name for name in item["x_mitre_platforms"] if name != later],
        "modified": min(item["modified"], PUBLISHED),
    }


def _without_loose_ends(items: list[StixObject], known: set[str]) -> Iterator[StixObject]:
    for item in items:
        ends = (item["source_ref"], item["target_ref"]) if item["type"] == "relationship" else ()
        if known.issuperset(ends):
            yield item


def _attack_id(item: StixObject) -> str | None:
    own: str | None = item["external_references"][0]["external_id"] if "external_references" in item else None
    return own
