"""Elastic's rule files in, rule records out.

A rule is a TOML file below `rules/` or `rules_building_block/`; hunts are no rules. The file is read by the standard
library: other TOML readers lose line breaks and keys of these files without a word.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.domain.platforms import PLATFORMS, canonical_platform
from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.elastic.redirects import is_redirect_path, read_redirects
from app.importers.elastic.source import PARSER_VERSION, REPOSITORY
from app.importers.json_reader import refuse_depth
from app.importers.limits import MAX_JSON_DEPTH, MIB
from app.importers.reading import ATTACK_ID, Unusable, mapping_of, named, required_text, tactic_of
from app.importers.records import ContentKind, Item, RuleRecord, TechniqueLink

FOLDERS: Final = ("rules/", "rules_building_block/")
MAX_TOML_BYTES: Final = MIB
RETIRED_FOLDER: Final = "/_deprecated/"
DAY: Final = re.compile(r"([0-9]{4})[/-]([0-9]{2})[/-]([0-9]{2})(?:[T ].*)?")
ATTACK: Final = re.compile(r"(?:mitre\s+)?att&ck\b.*", re.IGNORECASE)
SYSTEM_TAG: Final = "OS:"
FORMER_TAGS: Final = frozenset({"windows", "linux", "macos"})
SHOWN_FIELDS: Final = (
    "type",
    "index",
    "tags",
    "risk_score",
    "false_positives",
    "note",
    "setup",
    "threshold",
    "new_terms",
    "threat_query",
    "threat_index",
    "threat_mapping",
    "machine_learning_job_id",
    "anomaly_threshold",
    "building_block_type",
)
"""Fields of a rule that people read and that have no column."""


@dataclass(frozen=True, slots=True)
class _File:
    """A rule file."""

    path: str
    text: str
    rule: dict[str, Any]
    metadata: dict[str, Any]


class ElasticParser:
    """Reads the rules of the repository, live ones first."""

    version: Final = PARSER_VERSION
    kinds: Final[tuple[ContentKind, ...]] = ("rule", "redirect")

    def wants(self, path: str) -> bool:
        """Rule files, and what is said of techniques that changed their id."""
        return (path.startswith(FOLDERS) and path.endswith(".toml")) or is_redirect_path(path)

    def parse(self, members: Iterable[tuple[str, bytes]], context: ParseContext) -> Iterator[Item | Problem]:
        """A live rule goes before a retired one, so that of two with one id the live one stays."""
        retired: list[Item | Problem] = []
        told: set[str] = set()
        for path, data in members:
            if is_redirect_path(path):
                # One that two files tell is said once.
                for entry in read_redirects(path, data):
                    if isinstance(entry, Problem) or entry.record.key not in told:
                        yield entry
                    if isinstance(entry, Item):
                        told.add(entry.record.key)
                continue
            found = _read(path, data, context)
            if isinstance(found, Item) and isinstance(found.record, RuleRecord) and found.record.retired:
                retired.append(found)
            else:
                yield found
        yield from retired


def _read(path: str, data: bytes, context: ParseContext) -> Item | Problem:
    try:
        text = _decoded(data)
        content = _parsed(text)
        rule = mapping_of(content.get("rule"), "The table `rule`")
        metadata = mapping_of(content.get("metadata"), "The table `metadata`")
        file = _File(path, text, rule, metadata)
        return Item(_record(file, context), content, path)
    except Unusable as error:
        return error.at(path)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_TOML_BYTES:
        raise Unusable("file_too_large", f"The file has more than {MAX_TOML_BYTES // MIB} MiB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable("not_utf8", "The file is not in UTF-8.") from error


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise Unusable("invalid_toml", f"The file is not valid TOML: {error}"[:300]) from error
    except RecursionError as error:
        raise Unusable("nesting_too_deep", f"The file nests deeper than {MAX_JSON_DEPTH} levels.") from error
    refuse_depth(content)
    return content


def _record(file: _File, context: ParseContext) -> RuleRecord:
    rule, metadata = file.rule, file.metadata
    maturity = _text(metadata.get("maturity")).lower() or None
    return RuleRecord(
        key=f"elastic:{required_text(rule, 'rule_id').lower()}",
        name=named(required_text(rule, "name")),
        description=_text(rule.get("description")),
        level=_text(rule.get("severity")).lower() or None,
        status=maturity,
        retired=maturity == "deprecated" or RETIRED_FOLDER in f"/{file.path}",
        # Machine learning rules have neither a language nor a query.
        language=_text(rule.get("language")).lower() or None,
        query=_text(rule.get("query")),
        platforms=_platforms(rule.get("tags")),
        log_source=_log_source(rule, metadata),
        author=", ".join(_texts(rule.get("author"))) or None,
        licence=_text(rule.get("license")) or None,
        url=REPOSITORY.page(file.path, context.release),
        references=_texts(rule.get("references")),
        version=_text(rule.get("version")) or None,
        created=_day(metadata.get("creation_date")),
        modified=_day(metadata.get("updated_date")),
        path=file.path,
        source_text=file.text,
        raw={**{key: rule[key] for key in SHOWN_FIELDS if key in rule}, "metadata": metadata},
        techniques=_techniques(rule),
    )


def _log_source(rule: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any] | None:
    found = {"index": _texts(rule.get("index")), "integration": _texts(metadata.get("integration"))}
    kept = {key: values for key, values in found.items() if values}
    return kept or None


def _techniques(rule: dict[str, Any]) -> list[TechniqueLink]:
    """Each technique and sub-technique once a tactic, by every release of ATT&CK that the rule is mapped to."""
    threats = [*_tables(rule.get("threat"))]
    for mapping in _tables(rule.get("threat_mappings")):
        if _is_attack(mapping):
            threats += _tables(mapping.get("threat"))
    found: dict[tuple[str, str | None], None] = {}
    for threat in threats:
        if not _is_attack(threat):
            continue
        tactic = _tactic(threat.get("tactic"))
        for technique in _tables(threat.get("technique")):
            for entry in (technique, *_tables(technique.get("subtechnique"))):
                attack_id = _text(entry.get("id")).upper()
                if ATTACK_ID.fullmatch(attack_id):
                    found[attack_id, tactic] = None
    return [TechniqueLink(attack_id, tactic) for attack_id, tactic in found]


def _is_attack(threat: dict[str, Any]) -> bool:
    framework = _text(threat.get("framework"))
    return not framework or ATTACK.fullmatch(framework) is not None


def _tactic(value: object) -> str | None:
    return tactic_of(value.get("name")) if isinstance(value, dict) else None


def _platforms(tags: object) -> list[str]:
    """Tags in today's form, `OS: Windows`, or in the one before it, `Windows`."""
    every = _texts(tags)
    words = [tag.removeprefix(SYSTEM_TAG).strip() for tag in every if tag.startswith(SYSTEM_TAG)]
    words = words or [tag for tag in every if tag.lower() in FORMER_TAGS]
    return sorted({name for name in map(canonical_platform, words) if name in PLATFORMS})


def _tables(value: object) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [table for table in values if isinstance(table, dict)]


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in map(_text, values) if text]


def _text(value: object) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return ""
    return str(value).strip()


def _day(value: object) -> str | None:
    match = DAY.fullmatch(_text(value))
    return f"{match[1]}-{match[2]}-{match[3]}" if match else None


PARSER: Final = ElasticParser()
