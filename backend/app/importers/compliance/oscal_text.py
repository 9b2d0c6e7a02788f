"""The wording of a control as one text, with its parameters written out."""

import re
from collections.abc import Iterator
from typing import Any, Final

from app.importers.reading import list_of, text_of

INSERT: Final = re.compile(r"\{\{\s*(?:insert:\s*)?param,\s*([^\s}]+)\s*\}\}")
INNER_LINK: Final = re.compile(r"\[([^\]\[]+)\]\(#[^)\s]+\)")
"""A link to another control of the same catalogue."""
BLANK: Final = re.compile(r"(?<=\S) ([\].,;:)])")
DOUBLE_BLANK: Final = re.compile(r"(?<=\S) {2,}")
SPOKEN: Final = ("statement", "guidance")
MAX_ROUNDS: Final = 4
"""How deep parameters may name parameters."""


def statement_of(control: dict[str, Any]) -> str:
    """What the control demands, line by line, then the guidance to it."""
    parameters = {
        text_of(entry.get("id")): _assignment(entry)
        for entry in list_of(control.get("params"))
        if isinstance(entry, dict)
    }
    paragraphs = [
        "\n".join(_lines(part, 0))
        for part in list_of(control.get("parts"))
        if isinstance(part, dict) and _is_spoken(part)
    ]
    return _filled("\n\n".join(filter(None, paragraphs)), parameters)


def _is_spoken(part: dict[str, Any]) -> bool:
    return part.get("name") in SPOKEN


def _lines(part: dict[str, Any], depth: int) -> Iterator[str]:
    label = next(
        (
            text_of(entry.get("value"))
            for entry in list_of(part.get("props"))
            if isinstance(entry, dict) and entry.get("name") == "label"
        ),
        "",
    )
    prose = text_of(part.get("prose")).strip()
    if prose:
        yield f"{'  ' * max(depth - 1, 0)}{label} {prose}".rstrip() if label else prose
    for inner in list_of(part.get("parts")):
        if isinstance(inner, dict):
            yield from _lines(inner, depth + 1)


def _assignment(parameter: dict[str, Any]) -> str:
    select = parameter.get("select")
    if isinstance(select, dict):
        choices = "; ".join(text_of(choice) for choice in list_of(select.get("choice")))
        return f"[Selection: {choices}]"
    return f"[Assignment: {text_of(parameter.get('label')) or 'organization-defined value'}]"


def _filled(text: str, parameters: dict[str, str]) -> str:
    for _ in range(MAX_ROUNDS):
        filled = INSERT.sub(lambda match: parameters.get(match[1], "[Assignment: organization-defined value]"), text)
        if filled == text:
            break
        text = filled
    # The publisher leaves a blank behind a mark; before punctuation it is in the way.
    text = BLANK.sub(r"\1", DOUBLE_BLANK.sub(" ", text))
    return INNER_LINK.sub(r"\1", text)
