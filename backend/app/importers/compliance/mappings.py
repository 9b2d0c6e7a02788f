"""CTID's Mappings Explorer files: which technique a control or a capability mitigates, and for clouds how well."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.importers.base import Problem
from app.importers.compliance.names import NIST_800_53, control_id, framework_id, framework_name, framework_version
from app.importers.json_reader import read_json
from app.importers.reading import ATTACK_ID, Unusable, list_of, mapping_of, named, required_text, text_of, texts_of
from app.importers.records import ControlRecord, FrameworkRecord, Item, MappingRecord

FOLDER: Final = "mappings/"
NO_MAPPING: Final = frozenset({"", "non_mappable"})
FROM_CATALOGUE: Final = frozenset({NIST_800_53})
"""Frameworks whose controls come from their publisher's own catalogue."""
NO_CONTROLS: Final = frozenset({"cve", "kev", "veris"})
"""Files beside those of frameworks that map vulnerabilities and incidents: nothing that anybody could implement."""
OBJECTS: Final = ("mapping_objects", "attack_objects")
"""Today's name of the list, and the one before it."""
DETAILS: Final = ("score_category", "score_value", "related_score", "status")
SITE: Final = "https://center-for-threat-informed-defense.github.io/mappings-explorer/external/"
MAPPED_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _File:
    """One framework in one version, mapped to one release of ATT&CK."""

    path: str
    framework: str
    version: str
    domain: str
    attack_version: str
    metadata: dict[str, Any]
    objects: list[Any]

    @property
    def key(self) -> str:
        """The framework's natural key."""
        return f"{self.framework}:{self.version}"

    @property
    def age(self) -> list[int]:
        """Larger for a newer release of ATT&CK."""
        return [int(number) for number in MAPPED_NUMBER.findall(self.attack_version)]


def is_mapping_path(path: str) -> bool:
    """Whether a member can be a mapping file."""
    return path.startswith(FOLDER) and path.endswith(".json")


def read_mappings(members: Iterable[tuple[str, bytes]]) -> Iterator[Item | Problem]:
    """Frameworks, their controls, and mappings: of each framework those for the newest release of ATT&CK."""
    newest: dict[tuple[str, str], _File] = {}
    for path, data in members:
        if not is_mapping_path(path):
            continue
        try:
            file = _file_of(path, data)
        except Unusable as error:
            yield error.at(path)
            continue
        if file is None:
            continue
        place = (file.key, file.domain)
        if place not in newest or file.age > newest[place].age:
            newest[place] = file
    seen: set[str] = set()
    for file in newest.values():
        if file.framework not in FROM_CATALOGUE:
            yield from _framework(file, seen)
        yield from _mappings(file)


def _file_of(path: str, data: bytes) -> _File | None:
    """None for JSON of another kind, such as a layer of the Navigator, and for mappings of no controls."""
    content = read_json(data)
    name = next((name for name in OBJECTS if name in content), None) if isinstance(content, dict) else None
    if name is None:
        return None
    metadata = _plain_names(mapping_of(content.get("metadata"), "metadata"))
    objects = content[name]
    if not isinstance(objects, list):
        raise Unusable("invalid_item", f"{name} is no list.")
    framework = framework_id(required_text(metadata, "mapping_framework"))
    if framework in NO_CONTROLS:
        return None
    version = framework_version(required_text(metadata, "mapping_framework_version"), framework)
    types = {text_of(entry.get("id")): text_of(entry.get("name")) for entry in _listed(metadata.get("mapping_types"))}
    objects = [_entry(entry, types) if isinstance(entry, dict) else entry for entry in objects]
    attack_version = required_text(metadata, "attack_version")
    domain = text_of(metadata.get("technology_domain")) or "enterprise"
    return _File(path, framework, version, domain, attack_version, metadata, objects)


def _plain_names(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields by today's names: earlier files write them with hyphens."""
    return {str(name).replace("-", "_"): value for name, value in fields.items()}


def _entry(fields: dict[str, Any], types: dict[str, str]) -> dict[str, Any]:
    """An entry in today's form: earlier files name the type of a mapping by an id that `metadata` explains."""
    entry = _plain_names(fields)
    known = types.get(text_of(entry.get("mapping_type")))
    return entry | {"mapping_type": known} if known else entry


def _listed(value: object) -> list[dict[str, Any]]:
    return [entry for entry in list_of(value) if isinstance(entry, dict)]


def _framework(file: _File, seen: set[str]) -> Iterator[Item]:
    """The framework and its controls; files for several domains of ATT&CK may describe one framework."""
    if file.key not in seen:
        seen.add(file.key)
        record = FrameworkRecord(
            key=file.key,
            name=framework_name(file.framework, file.version),
            framework=file.framework,
            version=file.version,
            publisher=text_of(file.metadata.get("organization")) or None,
            licence="Apache-2.0",
            url=f"{SITE}{file.framework}/",
            attack_version=file.attack_version,
            raw=file.metadata,
        )
        yield Item(record, file.metadata, file.path)
    families = _families(file.metadata)
    before = len(seen)
    for entry in file.objects:
        found = _control(file, entry, families, len(seen) - before) if isinstance(entry, dict) else None
        if isinstance(found, Item) and isinstance(found.record, ControlRecord) and found.record.key not in seen:
            seen.add(found.record.key)
            yield found


def _families(metadata: dict[str, Any]) -> dict[str, str]:
    """Names of groups by their id."""
    groups = metadata.get("capability_groups") or metadata.get("groups")
    if isinstance(groups, dict):
        return {str(name): text_of(title) for name, title in groups.items()}
    return {text_of(group.get("id")): text_of(group.get("name")) for group in _listed(groups)}


def _control(file: _File, entry: dict[str, Any], families: dict[str, Any], position: int) -> Item | None:
    identity = control_id(file.framework, text_of(entry.get("capability_id")))
    if not identity:
        return None
    group = text_of(entry.get("capability_group") or entry.get("group"))
    record = ControlRecord(
        key=f"{file.key}:{identity}",
        framework_key=file.key,
        control_id=identity,
        name=named(text_of(entry.get("capability_description"))) or identity,
        family=families.get(group) or group or None,
        position=position,
    )
    return Item(record, [identity, record.name, record.family, position], f"{file.path}#{identity}")


def _mappings(file: _File) -> Iterator[Item | Problem]:
    repeats: Counter[str] = Counter()
    for number, entry in enumerate(file.objects):
        where = f"{file.path}#{number}"
        if not isinstance(entry, dict):
            yield Problem(where, "invalid_item", "The entry is no map.")
            continue
        identity = control_id(file.framework, text_of(entry.get("capability_id")))
        attack_id = text_of(entry.get("attack_object_id")).strip().upper()
        relation = text_of(entry.get("mapping_type")).strip()
        if not identity or not attack_id or relation in NO_MAPPING:
            continue
        if not ATTACK_ID.fullmatch(attack_id):
            yield Problem(where, "unknown_technique_id", f"{attack_id[:40]} is no id of a technique.")
            continue
        details = {name: text for name in DETAILS if (text := text_of(entry.get(name)).strip())}
        stem = "|".join((f"{file.key}:{identity}", attack_id, relation, *_told_apart(details)))
        repeats[stem] += 1
        record = MappingRecord(
            key=stem if repeats[stem] == 1 else f"{stem}#{repeats[stem]}",
            control_key=f"{file.key}:{identity}",
            attack_id=attack_id,
            relation=relation,
            description=text_of(entry.get("comments")).strip(),
            details={**details, "references": texts_of(list_of(entry.get("references")))},
            attack_version=file.attack_version,
        )
        yield Item(record, {"entry": entry, "attack_version": file.attack_version}, where)


def _told_apart(details: dict[str, str]) -> list[str]:
    return [details[name] for name in ("score_category", "score_value") if name in details]
