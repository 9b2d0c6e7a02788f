"""One way to write the ids of frameworks and controls, whatever file they stand in."""

import re
from typing import Final

NIST_800_53: Final = "nist_800_53"
NIST_TITLE: Final = re.compile(r"800-53\b.*?\bRev(?:ision)?\.?\s*(\d+)", re.IGNORECASE)
NIST_CONTROL: Final = re.compile(r"([A-Za-z]{2})-0*(\d+)(?:\(0*(\d+)\)|\.0*(\d+))?")
NAMES: Final = {
    NIST_800_53: "NIST SP 800-53",
    "aws": "AWS security capabilities",
    "azure": "Azure security capabilities",
    "cri_profile": "CRI Profile",
    "csa_ccm": "CSA Cloud Controls Matrix",
    "gcp": "Google Cloud security capabilities",
    "m365": "Microsoft 365 security capabilities",
}
MAX_ID: Final = 100


def framework_version(text: str) -> str:
    """A version that can stand in an address: `12/12/2024` is `12.12.2024`, `5` of NIST is `rev5`."""
    return re.sub(r"[^A-Za-z0-9.+_-]+", ".", text.strip()).strip(".")[:MAX_ID]


def framework_id(text: str) -> str:
    """A framework's short name from any words: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_")[:MAX_ID]


def framework_name(framework: str, version: str) -> str:
    """What people read."""
    return f"{NAMES.get(framework, framework.replace('_', ' '))} {version}".strip()


def control_id(framework: str, text: str) -> str:
    """The one form of a control's id: of NIST `AC-02`, `ac-2` and `AC-2 ` are `AC-2`, and `ac-2.1` is `AC-2(1)`."""
    plain = " ".join(text.split())[:MAX_ID]
    match = NIST_CONTROL.fullmatch(plain) if framework == NIST_800_53 else None
    if match is None:
        return plain
    enhancement = match[3] or match[4]
    return f"{match[1].upper()}-{match[2]}" + (f"({enhancement})" if enhancement else "")
