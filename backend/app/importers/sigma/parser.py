"""Sigma rule files in, rule records out.

A rule file is YAML below a folder `rules…`, `deprecated`, `unsupported` or `other`. It may hold several documents; one
with `action: global` gives its fields to those after it. What has a `detection`, or is a `correlation`, is a rule.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.platforms import PLATFORMS, canonical_platform
from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.reading import list_of, tactic_of
from app.importers.records import ContentKind, Item, RuleRecord, TechniqueLink
from app.importers.sigma.source import PARSER_VERSION, REPOSITORY
from app.importers.yaml_reader import UnreadableYaml, read_yaml

RETIRED_FOLDERS: Final = ("deprecated", "unsupported")
TECHNIQUE_TAG: Final = re.compile(r"attack\.(t[0-9]{4}(?:\.[0-9]{3})?)")
OTHER_TAG: Final = re.compile(r"attack\.[a-z]{1,4}[0-9]{4}(?:\.[0-9]{3})?")
"""Groups, software, campaigns, mitigations, data sources and what else ATT&CK numbers."""
DOCUMENT_MARK: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
DETECTION: Final = re.compile(r"^(?:detection|correlation):[^\n]*\n(?:(?:[ \t#\-][^\n]*)?\n)*", re.MULTILINE)
DAY: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
ACTIONS: Final = ("global", "reset")
NOT_SHARED: Final = frozenset({"action", "id", "level", "related", "status", "tags"})
"""Fields of a global document that its parts do not take over: each part is judged by what it says of itself."""
LICENCE: Final = "Detection Rule License 1.1"


@dataclass(frozen=True, slots=True)
class _Document:
    """One rule document with the global fields of its file filled in."""

    path: str
    number: int
    """Place among the documents of its file, from 1."""
    alone: bool
    fields: Mapping[str, Any]
    text: str


class SigmaParser:
    """Reads the rules of the repository, live ones first."""

    version: Final = PARSER_VERSION
    kinds: Final[tuple[ContentKind, ...]] = ("rule",)

    def wants(self, path: str) -> bool:
        """Rule files only: regression data and tests have ids of their own and are no rules."""
        top, _, rest = path.partition("/")
        known = top.startswith("rules") or top in {*RETIRED_FOLDERS, "other"}
        return known and bool(rest) and path.endswith((".yml", ".yaml"))

    def parse(self, members: Iterable[tuple[str, bytes]], context: ParseContext) -> Iterator[Item | Problem]:
        """A live rule goes before a retired one, so that of two with one id the live one stays."""
        retired: list[Item | Problem] = []
        for path, data in members:
            found = _read_file(path, data, context)
            if path.startswith(RETIRED_FOLDERS):
                retired += found
            else:
                yield from found
        yield from retired


def _read_file(path: str, data: bytes, context: ParseContext) -> list[Item | Problem]:
    try:
        documents = [document for document in read_yaml(data) if document is not None]
    except UnreadableYaml as error:
        return [Problem(path, error.code, error.message)]
    texts = _texts(data, len(documents))
    shared: dict[str, Any] = {}
    found: list[Item | Problem] = []
    rules: list[_Document] = []
    for number, fields in enumerate(documents, start=1):
        where = f"{path}#{number}"
        if not isinstance(fields, dict):
            found.append(Problem(where, "not_a_rule", "The document is no map of fields."))
        elif "action" not in fields:
            rules.append(_Document(path, number, len(documents) == 1, _merged(shared, fields), texts[number - 1]))
        elif fields["action"] in ACTIONS:
            shared = _after_action(fields)
        else:
            found.append(Problem(where, "not_a_rule", "The document's action is none that we know."))
    for rule in rules:
        found += _rule_of(rule, rules, context)
    return found


def _after_action(fields: dict[str, Any]) -> dict[str, Any]:
    if fields["action"] == "reset":
        return {}
    return {key: value for key, value in fields.items() if key not in NOT_SHARED}


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**shared, **own}
    for key in ("detection", "logsource"):
        if isinstance(shared.get(key), dict) and isinstance(own.get(key), dict):
            merged[key] = {**shared[key], **own[key]}
    return merged


def _texts(data: bytes, documents: int) -> list[str]:
    """The text of each document. A file whose documents cannot be told apart stands for each of them."""
    text = data.decode("utf-8-sig")
    if documents == 1:
        return [text]
    chunks = [chunk for chunk in DOCUMENT_MARK.split(text) if _says_something(chunk)]
    return [text] * documents if len(chunks) != documents else [chunk.lstrip("\n") for chunk in chunks]


def _says_something(chunk: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in chunk.splitlines())


def _rule_of(document: _Document, together: list[_Document], context: ParseContext) -> Iterator[Item | Problem]:
    fields = document.fields
    where = document.path if document.alone else f"{document.path}#{document.number}"
    body = fields.get("detection") or fields.get("correlation")
    if not isinstance(body, dict):
        what = "is a filter for other rules" if "filter" in fields else "has no detection"
        yield Problem(where, "not_a_rule", f"The document {what}.")
        return
    name = _text(fields.get("title"))
    if not name:
        yield Problem(where, "no_name", "The rule has no title.")
        return
    identity = _text(fields.get("id")).lower()
    retired = document.path.startswith(RETIRED_FOLDERS)
    log_source = fields.get("logsource")
    record = RuleRecord(
        key=f"sigma:{identity}" if identity else f"sigma:{document.path}#{document.number}",
        name=name[:500],
        description=_text(fields.get("description")),
        level=_word(fields.get("level")),
        status=_word(fields.get("status")),
        retired=retired or _word(fields.get("status")) in {"deprecated", "unsupported"},
        language="sigma",
        query=_detection_text(document),
        platforms=_platforms(log_source),
        log_source=log_source if isinstance(log_source, dict) else None,
        author=_author(fields.get("author")),
        licence=_text(fields.get("license")) or LICENCE,
        url=REPOSITORY.page(document.path, context.release),
        references=_texts_of(fields.get("references")),
        created=_day(fields.get("date")),
        modified=_day(fields.get("modified")),
        path=document.path,
        source_text=document.text,
        raw=_raw(document, together),
        techniques=_techniques(fields.get("tags")),
    )
    yield Item(record, {"rule": dict(fields), "retired": retired}, where)


def _raw(document: _Document, together: list[_Document]) -> dict[str, Any]:
    """What the converter needs beside the text, and what has no column."""
    fields = document.fields
    kept: dict[str, Any] = {
        key: fields[key] for key in ("falsepositives", "related", "tags", "fields", "taxonomy") if key in fields
    }
    if not document.alone:
        # The text of one document of several is not the whole rule.
        kept["rule"] = dict(fields)
        if "correlation" in fields:
            # What it correlates stands beside it.
            kept["together"] = [dict(one.fields) for one in together]
    return kept


def _detection_text(document: _Document) -> str:
    match = DETECTION.search(document.text if document.text.endswith("\n") else document.text + "\n")
    return match[0].rstrip() if match else ""


def _techniques(tags: object) -> list[TechniqueLink]:
    words = [tag.strip().lower() for tag in list_of(tags) if isinstance(tag, str)]
    ids = list(dict.fromkeys(match[1].upper() for word in words if (match := TECHNIQUE_TAG.fullmatch(word))))
    tactics = list(dict.fromkeys(filter(None, map(_tactic, words))))
    # Tags of one rule are not paired: only a lone tactic speaks for each of its techniques.
    tactic = tactics[0] if len(tactics) == 1 else None
    return [TechniqueLink(attack_id, tactic) for attack_id in ids]


def _tactic(tag: str) -> str | None:
    namespace, _, name = tag.partition(".")
    if namespace != "attack" or TECHNIQUE_TAG.fullmatch(tag) or OTHER_TAG.fullmatch(tag):
        return None
    return tactic_of(name)


def _platforms(log_source: object) -> list[str]:
    if not isinstance(log_source, dict):
        return []
    product = canonical_platform(_text(log_source.get("product")).replace("_", "-"))
    # Most other products are applications, which ATT&CK has no name for; the log source keeps them.
    return [product] if product in PLATFORMS else []


def _author(value: object) -> str | None:
    names = ", ".join(_texts_of(value if isinstance(value, list) else [value]))
    return names or None


def _texts_of(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in map(_text, values) if text]


def _text(value: object) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return ""
    return str(value).strip()


def _word(value: object) -> str | None:
    return _text(value).lower()[:60] or None


def _day(value: object) -> str | None:
    if isinstance(value, date):
        return value.isoformat()[:10]
    match = DAY.fullmatch(_text(value))
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


PARSER: Final = SigmaParser()
