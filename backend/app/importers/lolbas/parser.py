"""LOLBAS entries: one template a command."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.reading import (
    Unusable,
    list_of,
    mapping_of,
    named,
    optional_text,
    required_text,
    technique_links,
    text_of,
    texts_of,
)
from app.importers.records import ContentKind, Item, TemplateRecord
from app.importers.yaml_reader import UnreadableYaml, read_yaml

VERSION: Final = 2
KINDS: Final[tuple[ContentKind, ...]] = ("template",)
LICENCE: Final = "GPL-3.0"
PAGE: Final = "https://github.com/LOLBAS-Project/LOLBAS/blob/HEAD/"
ENTRY_FILE: Final = re.compile(r"yml/(?:[^/]+/)*[^/]+\.ya?ml")
PLACEHOLDER: Final = re.compile(r"\{(PATH_ABSOLUTE|PATH_SMB|PATH|REMOTEURL|CMD)(?::([^{}]*))?\}")
"""Upstream's words for what an operator fills in; other text in braces is part of the command."""
PLACEHOLDERS: Final = {
    "PATH_ABSOLUTE": ("path", "Absolute path"),
    "PATH_SMB": ("path", "Path of a share"),
    "PATH": ("path", "Path"),
    "REMOTEURL": ("url", "Address of a file"),
    "CMD": ("string", "Command"),
}
FIELDS: Final = (
    "Name",
    "Description",
    "Author",
    "Created",
    "Commands",
    "Full_Path",
    "Code_Sample",
    "Detection",
    "Resources",
    "Acknowledgement",
    "Command",
    "Usecase",
    "Category",
    "Privileges",
    "MitreID",
    "OperatingSystem",
    "Tags",
)
SPELLING: Final = {name.lower(): name for name in FIELDS}
ELEVATED: Final = re.compile(r"admin|system", re.IGNORECASE)


class LolbasParser:
    """`yml/OSBinaries/Certutil.yml` describes certutil.exe and its commands."""

    version: int = VERSION
    kinds: tuple[ContentKind, ...] = KINDS

    def wants(self, path: str) -> bool:
        """Entries; the archive of old versions and the template for authors lie elsewhere."""
        return ENTRY_FILE.fullmatch(path) is not None

    def parse(self, members: Iterable[tuple[str, bytes]], _context: ParseContext) -> Iterator[Item | Problem]:
        """Yield a template a command; a command that an entry lists twice is one template with all its uses."""
        for path, data in members:
            try:
                for document in read_yaml(data):
                    if document is not None:
                        yield from _entry(path, mapping_of(document, "The file"))
            except UnreadableYaml as error:
                yield Problem(path, error.code, error.message)
            except Unusable as error:
                yield error.at(path)


def _entry(path: str, entry: dict[str, Any]) -> Iterator[Item | Problem]:
    entry = _spelled(entry)
    title = named(required_text(entry, "Name"))
    about = {name: value for name, value in entry.items() if name != "Commands"}
    uses: dict[str, list[dict[str, Any]]] = {}
    for number, use in enumerate(list_of(entry.get("Commands")), start=1):
        place = f"{path}#{number}"
        try:
            spelled = _spelled(mapping_of(use, "The command"))
            command = required_text(spelled, "Command")
        except Unusable as error:
            yield error.at(place)
            continue
        if command in uses:
            yield Problem(place, "duplicate_key", "The entry has the command already; its use was added there.")
        uses.setdefault(command, []).append(spelled)
    if not list_of(entry.get("Commands")):
        yield Problem(path, "missing_field", "The entry has no commands.")
    for command, same in uses.items():
        record = _template(path, title, about, command, same)
        yield Item(record, {"entry": about, "uses": same}, f"{path}#{command[:100]}")


def _spelled(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields by the names that upstream's own template gives them: authors write `MitreId` and `mitreid` as well."""
    return {SPELLING.get(str(name).lower(), str(name)): value for name, value in fields.items()}


def _template(path: str, title: str, about: dict[str, Any], command: str, uses: list[dict[str, Any]]) -> TemplateRecord:
    first = uses[0]
    stem = PurePosixPath(path).stem
    procedure, inputs = _with_inputs(command)
    return TemplateRecord(
        key=f"lolbas:{stem}:{hashlib.sha256(command.encode()).hexdigest()[:12]}",
        name=named(f"{title}: {optional_text(first.get('Usecase')) or optional_text(first.get('Category')) or 'use'}"),
        description=_description(about, uses),
        platforms=["Windows"],
        procedure=procedure,
        executor="command_prompt",
        elevation_required=all(ELEVATED.search(text_of(use.get("Privileges"))) for use in uses),
        inputs=inputs,
        references=[*_values(about.get("Resources")), *_values(about.get("Detection"), web_only=True)],
        url=PAGE + path,
        author=optional_text(about.get("Author")),
        licence=LICENCE,
        raw={"entry": about, "uses": uses},
        techniques=technique_links([use.get("MitreID") for use in uses]),
    )


def _description(about: dict[str, Any], uses: list[dict[str, Any]]) -> str:
    parts = [text_of(about.get("Description")).strip()]
    for use in uses:
        facts = (("Use", "Usecase"), ("Category", "Category"), ("Privileges", "Privileges"), ("On", "OperatingSystem"))
        lines = [f"{label}: {text}" for label, name in facts if (text := text_of(use.get(name)).strip())]
        parts.append("\n".join([text_of(use.get("Description")).strip(), *lines]).strip())
    paths = _values(about.get("Full_Path"))
    if paths:
        parts.append("Where it lies:\n" + "\n".join(paths))
    return "\n\n".join(part for part in parts if part)


def _values(items: object, *, web_only: bool = False) -> list[str]:
    """The values of a list of maps with one key each, or of plain texts."""
    found = [
        text
        for item in list_of(items)
        for value in (item.values() if isinstance(item, dict) else (item,))
        for text in texts_of(value)
    ]
    return [text for text in found if text.startswith(("http://", "https://"))] if web_only else found


def _with_inputs(command: str) -> tuple[str, list[dict[str, Any]]]:
    """Turn upstream's placeholders into inputs; the same word twice in a command means two things."""
    inputs: list[dict[str, Any]] = []
    used: Counter[str] = Counter()

    def name_input(match: re.Match[str]) -> str:
        word, detail = match[1], (match[2] or "").strip()
        kind, label = PLACEHOLDERS[word]
        plain = re.sub(r"[^a-z0-9]+", "_", f"{word}_{detail}".lower()).strip("_")
        used[plain] += 1
        name = plain if used[plain] == 1 else f"{plain}_{used[plain]}"
        description = f"{label} ({detail})" if detail else label
        inputs.append({"name": name, "description": description, "type": kind, "default": None})
        return f"#{{{name}}}"

    return PLACEHOLDER.sub(name_input, command), inputs


PARSER: Final = LolbasParser()
