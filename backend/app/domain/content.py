"""Words of imported content that several layers share."""

from typing import Final

DOMAINS: Final = ("enterprise", "mobile", "ics")
"""ATT&CK's matrices."""

OBJECT_KINDS: Final = (
    "tactic",
    "technique",
    "mitigation",
    "software",
    "group",
    "campaign",
    "detection_strategy",
    "analytic",
    "data_component",
    "reference_object",
    "link",
    "template",
    "rule",
    "countermeasure",
    "control",
    "framework",
    "mapping",
    "blueprint",
    "revocation",
)
"""What an imported object or the end of a link can be."""

LINK_RESOLUTIONS: Final = ("exact", "revoked_by", "alias", "chosen", "unresolved", "ambiguous", "not_a_technique")
"""How the technique of a link was found; `chosen` is a lead's choice among several."""

RUN_STATUSES: Final = ("queued", "running", "succeeded", "partial", "failed", "cancelled", "interrupted")
OPEN_RUN_STATUSES: Final = ("queued", "running")

CUSTOM_SOURCE: Final = "custom"
ATTACK_SOURCE: Final = "mitre_attack"
INTELLIGENCE_SOURCE: Final = "mitre_cti"
"""A second way to ATT&CK's adversaries and what they do; their rows belong to `mitre_attack`."""
ATOMIC_SOURCE: Final = "atomic_red_team"
STUB_SOURCE: Final = "stub"
"""Of techniques that content names and no ATT&CK release of ours knows."""

COUNTERMEASURE_STATUSES: Final = ("implemented", "planned", "no")
DEPLOYMENT_STATUSES: Final = ("active", "test", "disabled")


def release_key(release: str | None) -> tuple[int, ...]:
    """ATT&CK releases compare as numbers: 9.0 is older than 18.1, and no release is older than any."""
    if not release:
        return ()
    parts = release.strip().lstrip("v").split(".")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts)
