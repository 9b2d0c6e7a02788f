"""One way to write the ids of frameworks and controls, whatever file they stand in."""

import re
from typing import Final

NIST_800_53: Final = "nist_800_53"
NIST_TITLE: Final = re.compile(r"800-53\b.*?\bRev(?:ision)?\.?\s*(\d+)", re.IGNORECASE)
NIST_CONTROL: Final = re.compile(r"([A-Za-z]{2})-0*(\d+)(?:\(0*(\d+)\)|\.0*(\d+))?")
REVISION: Final = re.compile(r"(?:r(?:ev(?:ision)?)?[ ._-]*)?0*(\d+)", re.IGNORECASE)
SPECIAL_PUBLICATION: Final = re.compile(r"(?:SP|Special Publication) (800-\d+[A-Z]?)\b", re.IGNORECASE)
PUBLICATION_REVISION: Final = re.compile(r"\bRev(?:ision)?\.?\s*(\d+)", re.IGNORECASE)
CYBERSECURITY_FRAMEWORK: Final = re.compile(r"Cybersecurity Framework\D{0,20}(\d+(?:\.\d+)*)", re.IGNORECASE)
NAMES: Final = {
    NIST_800_53: "NIST SP 800-53",
    "aws": "AWS security capabilities",
    "azure": "Azure security capabilities",
    "cri_profile": "CRI Profile",
    "csa_ccm": "CSA Cloud Controls Matrix",
    "gcp": "Google Cloud security capabilities",
    "cis": "CIS Controls",
    "hed": "Hardware-enabled defence",
    "intel_vpro": "Intel vPro security capabilities",
    "nist_csf": "NIST Cybersecurity Framework",
    "m365": "Microsoft 365 security capabilities",
}
MAX_ID: Final = 100


def framework_version(text: str, framework: str = "") -> str:
    """A version that can stand in an address: `12/12/2024` is `12.12.2024`, `5`, `r5` and `Rev. 5` of NIST `rev5`."""
    revision = REVISION.fullmatch(text.strip()) if framework == NIST_800_53 else None
    if revision is not None:
        return f"rev{revision[1]}"
    return re.sub(r"[^A-Za-z0-9.+_-]+", ".", text.strip()).strip(".")[:MAX_ID]


def framework_id(text: str) -> str:
    """A framework's short name from any words: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_")[:MAX_ID]


def framework_name(framework: str, version: str) -> str:
    """What people read."""
    return f"{NAMES.get(framework) or _words(framework)} {version}".strip()


def _words(framework: str) -> str:
    return re.sub(r"^nist (800) ", r"NIST SP \1-", framework.replace("_", " "))


def publication(title: str) -> tuple[str, str] | None:
    """Framework and version by the title of a catalogue of NIST; None for others.

    The catalogue's own version counts its corrections, so it does not tell one framework from the next.
    """
    framework = CYBERSECURITY_FRAMEWORK.search(title)
    if framework is not None:
        return "nist_csf", framework[1]
    number, revision = SPECIAL_PUBLICATION.search(title), PUBLICATION_REVISION.search(title)
    if number is None or revision is None:
        return None
    return framework_id(f"nist {number[1]}"), f"rev{revision[1]}"


def control_id(framework: str, text: str) -> str:
    """The one form of a control's id: of NIST `AC-02`, `ac-2` and `AC-2 ` are `AC-2`, and `ac-2.1` is `AC-2(1)`."""
    plain = " ".join(text.split())[:MAX_ID]
    match = NIST_CONTROL.fullmatch(plain) if framework == NIST_800_53 else None
    if match is None:
        return plain
    enhancement = match[3] or match[4]
    return f"{match[1].upper()}-{match[2]}" + (f"({enhancement})" if enhancement else "")
