"""Taking fields out of loosely typed upstream items, whatever they hold."""

import re
from typing import Any, Final

from app.importers.base import Problem
from app.importers.records import TechniqueLink

ATTACK_ID: Final = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")
NAMED_ID: Final = re.compile(r"(?<![A-Z0-9.])T[0-9]{4}(?:\.[0-9]{3})?(?![A-Z0-9]|\.[0-9])")
"""An id among other words. What has letters or a dot in front belongs to another framework, such as AML.T0051."""
TACTIC: Final = re.compile(r"[a-z][a-z0-9-]{1,59}")
UNREADABLE: Final = frozenset(
    {
        "file_too_large",
        "invalid_json",
        "invalid_toml",
        "invalid_xml",
        "invalid_yaml",
        "nesting_too_deep",
        "not_utf8",
        "xml_forbidden",
        "yaml_bomb",
    }
)
"""Codes of files that could not be read at all: nobody knows what was in them."""
MAX_TEXT: Final = 200_000


class Unusable(Exception):
    """An item that is left out, with a code and a message for the report."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def at(self, path: str) -> Problem:
        """The problem that the report shows."""
        return Problem(path, self.code, self.message)


def mapping_of(value: object, what: str) -> dict[str, Any]:
    """Raise Unusable `invalid_item` for anything but a map."""
    if not isinstance(value, dict):
        raise Unusable("invalid_item", f"{what} is no map.")
    return value


def list_of(value: object) -> list[Any]:
    """A list as it is, nothing as an empty one, anything else as the only element."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text_of(value: object) -> str:
    """Text as it is; numbers and dates as they are written; empty for nothing and for lists and maps."""
    if value is None or isinstance(value, list | dict):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:MAX_TEXT]


def optional_text(value: object) -> str | None:
    """Text without outer blanks, None for none."""
    return text_of(value).strip() or None


def texts_of(value: object) -> list[str]:
    """The texts of a list, or of a single value, without empty ones."""
    return [text for item in list_of(value) if (text := text_of(item).strip())]


def required_text(item: dict[str, Any], name: str) -> str:
    """Raise Unusable `missing_field` where there is none."""
    text = text_of(item.get(name)).strip()
    if not text:
        raise Unusable("missing_field", f"{name} is missing.")
    return text


def named(text: str) -> str:
    """A name that fits its column."""
    return " ".join(text.split())[:500]


def script_of(value: object) -> str:
    """A command or steps: text as it is, a list line by line."""
    return "\n".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def is_true(value: object) -> bool:
    """Whether a field says yes, as YAML's own word or as text."""
    return text_of(value).strip().lower() in {"true", "yes"}


def tactic_of(value: object) -> str | None:
    """ATT&CK's short name of a tactic: `Defense Evasion` and `defense_evasion` are `defense-evasion`."""
    word = re.sub(r"[\s_]+", "-", text_of(value).strip().lower())
    return word if TACTIC.fullmatch(word) else None


def technique_links(values: object, tactic: str | None = None) -> list[TechniqueLink]:
    """A link for each ATT&CK id that stands in the values, each id once; other words are no techniques."""
    found = dict.fromkeys(name for text in texts_of(values) for name in NAMED_ID.findall(text.upper()))
    return [TechniqueLink(attack_id, tactic) for attack_id in found]
