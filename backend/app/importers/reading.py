"""Taking fields out of loosely typed upstream items, whatever they hold."""

import re
from typing import Any, Final

from app.importers.base import Problem
from app.importers.records import TechniqueLink

ATTACK_ID: Final = re.compile(r"T\d{4}(?:\.\d{3})?")
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


def technique_links(values: object, tactic: str | None = None) -> list[TechniqueLink]:
    """A link for each ATT&CK id among the values, each id once; other words are no techniques."""
    found = dict.fromkeys(text.upper() for text in texts_of(values))
    return [TechniqueLink(attack_id, tactic) for attack_id in found if ATTACK_ID.fullmatch(attack_id)]
