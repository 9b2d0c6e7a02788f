"""GTFOBins in both forms, the files without and those with an extension: one template an example."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.errors import Invalid
from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.reading import (
    Unusable,
    list_of,
    mapping_of,
    named,
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
PAGE: Final = "https://gtfobins.github.io/gtfobins/"
ENTRY_FILE: Final = re.compile(r"_gtfobins/[^/.][^/]*")
FORMER_SUFFIX: Final = re.compile(r"\.(?:md|ya?ml)$")
"""Other names may hold a dot: `ld.so`."""
FUNCTIONS_FILE: Final = "_data/functions.yml"
OTHER_SIDE: Final = ("listener", "connector", "receiver", "sender")
"""Keys of an example that say what has to run on the operator's own machine."""
PRIVILEGED_FUNCTIONS: Final = frozenset({"sudo", "suid", "limited-suid", "capabilities"})
"""Functions of the old form that mean a privilege and not a deed."""


class GtfobinsParser:
    """`_gtfobins/awk` or `_gtfobins/awk.md`; techniques stand in `_data/functions.yml`."""

    version: int = VERSION
    kinds: tuple[ContentKind, ...] = KINDS

    def wants(self, path: str) -> bool:
        """Entries and the table of functions."""
        return path == FUNCTIONS_FILE or ENTRY_FILE.fullmatch(path) is not None

    def parse(self, members: Iterable[tuple[str, bytes]], _context: ParseContext) -> Iterator[Item | Problem]:
        """Yield a template an example. Entries that are only another name of one have none."""
        functions: dict[str, Any] = {}
        entries: list[tuple[str, bytes]] = []
        for path, data in members:
            if path != FUNCTIONS_FILE:
                entries.append((path, data))
                continue
            functions = _functions(data)
        for path, data in entries:
            try:
                yield from _entry(path, mapping_of(_front_matter(data), "The entry"), functions)
            except UnreadableYaml as error:
                yield Problem(path, error.code, error.message)
            except Unusable as error:
                yield error.at(path)


def _functions(data: bytes) -> dict[str, Any]:
    """Without its table of functions the source says nothing of techniques: the whole content is refused then."""
    try:
        return mapping_of(next(iter(read_yaml(data)), None), "The table of functions")
    except (UnreadableYaml, Unusable) as error:
        raise Invalid(error.code, f"{FUNCTIONS_FILE}: {error.message}") from error


def _front_matter(data: bytes) -> object:
    """The document that stands first; Markdown may follow it in the old form."""
    head = data.lstrip(b"\xef\xbb\xbf")
    if head.startswith(b"---"):
        end = re.search(rb"^(?:---|\.\.\.)[ \t]*\r?$", head[3:], re.MULTILINE)
        head = head[: 3 + end.start()] if end else head
    return next(iter(read_yaml(head)), None)


def _entry(path: str, entry: dict[str, Any], functions: dict[str, Any]) -> Iterator[Item | Problem]:
    name = FORMER_SUFFIX.sub("", path.rsplit("/", 1)[-1])
    listed = entry.get("functions")
    if listed is None:
        if entry.get("alias") is None:
            raise Unusable("missing_field", "The entry has no functions.")
        return
    about = text_of(entry.get("comment") or entry.get("description")).strip()
    for word, examples in mapping_of(listed, "functions").items():
        function = functions.get(word)
        facts = function if isinstance(function, dict) else {}
        for number, example in enumerate(list_of(examples), start=1):
            place = f"{path}#{word}/{number}"
            try:
                content = mapping_of(example, "The example")
                record = _template(name, str(word), content, facts, about)
            except Unusable as error:
                yield error.at(place)
                continue
            upstream = {"comment": about, "function": word, "example": content, "mitre": facts.get("mitre")}
            yield Item(record, upstream, place)


def _template(name: str, word: str, example: dict[str, Any], function: dict[str, Any], about: str) -> TemplateRecord:
    code = required_text(example, "code")
    listed = example.get("contexts")
    contexts = listed if isinstance(listed, dict) else dict.fromkeys(texts_of(listed))
    exact = text_of(example["code"]).rstrip("\n")
    source = text_of(example.get("from")).strip()
    label = text_of(function.get("label")).strip() or word.replace("-", " ").capitalize()
    needs_rights = word in PRIVILEGED_FUNCTIONS or (bool(contexts) and "unprivileged" not in contexts)
    return TemplateRecord(
        key=f"gtfobins:{name}:{word}:{hashlib.sha256(exact.encode()).hexdigest()[:12]}",
        name=named(f"{name}: {label}" + (f" from {source}" if source else "")),
        description=_description(example, function, contexts, about),
        platforms=["Linux"],
        procedure=code,
        executor="sh",
        elevation_required=needs_rights,
        dependencies=_other_side(example, function),
        url=f"{PAGE}{name}/",
        licence=LICENCE,
        raw={"function": word, "example": example},
        techniques=technique_links(example.get("mitre") or function.get("mitre")),
    )


def _description(example: dict[str, Any], function: dict[str, Any], contexts: dict[Any, Any], about: str) -> str:
    own = text_of(example.get("comment") or example.get("description")).strip()
    parts = [text_of(function.get("description")).strip(), about, own]
    if contexts:
        parts.append("Contexts: " + ", ".join(str(name) for name in contexts))
    for name, change in contexts.items():
        if not isinstance(change, dict):
            continue
        comment, code = text_of(change.get("comment")).strip(), text_of(change.get("code")).strip()
        if comment or code:
            parts.append("\n".join(text for text in (f"With {name}:", comment, code) if text))
    return "\n\n".join(part for part in parts if part)


def _other_side(example: dict[str, Any], function: dict[str, Any]) -> list[dict[str, Any]]:
    """What has to listen, connect, receive or send at the other end."""
    extra = function.get("extra")
    found = []
    for role in OTHER_SIDE:
        word = example.get(role)
        if word is None:
            continue
        known = extra.get(role) if isinstance(extra, dict) else None
        facts = known.get(word) if isinstance(known, dict) and isinstance(word, str) else word
        facts = facts if isinstance(facts, dict) else {}
        found.append(
            {
                "description": text_of(facts.get("comment")).strip() or f"{role.capitalize()}: {text_of(word)}",
                "prereq_command": "",
                "get_prereq_command": text_of(facts.get("code")),
                "executor": "sh",
            }
        )
    return found


PARSER: Final = GtfobinsParser()
