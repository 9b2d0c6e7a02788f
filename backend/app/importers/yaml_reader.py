"""YAML from outside: UTF-8 only, no tags beyond plain data, bounded in size, nesting and in what aliases unfold to."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from app.importers.limits import MIB

MAX_YAML_BYTES: Final = 2 * MIB
MAX_DEPTH: Final = 100
MAX_NODES: Final = 300_000
"""With every alias written out."""


class UnreadableYaml(Exception):
    """A file that cannot be used, with a code and a message for the report."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_yaml(data: bytes) -> list[Any]:
    """All documents of a file as plain data.

    Raises UnreadableYaml `file_too_large`, `not_utf8`, `invalid_yaml`, `nesting_too_deep` or `yaml_bomb`.
    """
    if len(data) > MAX_YAML_BYTES:
        raise UnreadableYaml("file_too_large", f"The file has more than {MAX_YAML_BYTES // MIB} MiB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableYaml("not_utf8", "The file is not in UTF-8.") from error
    try:
        # Only a text with both signs can hold an alias; without one, data is no larger than its text.
        if "&" in text and "*" in text:
            _refuse_bomb(yaml.parse(text, Loader=yaml.CSafeLoader))
        documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UnreadableYaml("invalid_yaml", f"The file is not valid YAML{_place_of(error)}.") from error
    _refuse_depth(documents)
    return documents


def _place_of(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark is not None else ""


def _refuse_bomb(events: Iterable[Any]) -> None:
    """Count nodes as if every alias were written out, before anything is built."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if any(event.anchor == anchor for anchor, _ in open_nodes):
                raise UnreadableYaml("yaml_bomb", "The file refers to itself.")
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            total += 1
            if len(open_nodes) > MAX_DEPTH:
                raise UnreadableYaml("nesting_too_deep", f"The file nests deeper than {MAX_DEPTH} levels.")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = total - before
        if total > MAX_NODES:
            raise UnreadableYaml("yaml_bomb", "The file's aliases unfold to more than is accepted.")


def _refuse_depth(documents: list[Any]) -> None:
    level: list[Any] = documents
    for _ in range(MAX_DEPTH):
        level = list(_inner(level))
        if not level:
            return
    raise UnreadableYaml("nesting_too_deep", f"The file nests deeper than {MAX_DEPTH} levels.")


def _inner(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
