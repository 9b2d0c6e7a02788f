"""OSCAL catalogues and profiles, in JSON or XML: frameworks with their controls and baselines.

A framework may be spread over files: a full catalogue, baselines resolved to catalogues, and profiles that name what
belongs to a baseline. The full catalogue describes a control if there is one, and a profile decides who is in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.errors import Invalid
from app.importers.base import Problem
from app.importers.compliance.names import (
    NIST_800_53,
    NIST_TITLE,
    control_id,
    framework_id,
    framework_name,
    framework_version,
    publication,
)
from app.importers.compliance.oscal_text import statement_of
from app.importers.compliance.oscal_xml import read_xml
from app.importers.json_reader import read_json
from app.importers.reading import UNREADABLE, Unusable, list_of, mapping_of, named, text_of
from app.importers.records import ControlRecord, FrameworkRecord, Item

FOLDERS: Final = ("nist.gov/", "content/nist.gov/")
"""Today, and in the repository's first years."""
BASELINE: Final = re.compile(r"\b(LOW|MODERATE|HIGH|PRIVACY)\b.*\bBASELINE\b", re.IGNORECASE)
BASELINE_ORDER: Final = ("LOW", "MODERATE", "HIGH", "PRIVACY")
FORM: Final = re.compile(r"(?:^|.*/)(?:(?:json|xml)/)?([^/]+?)(?:-min)?\.(?:json|xml)")


@dataclass(slots=True)
class _Framework:
    """What all files say of one framework."""

    framework: str
    version: str
    title: str = ""
    publisher_version: str = ""
    full: dict[str, ControlRecord] = field(default_factory=dict)
    resolved: dict[str, ControlRecord] = field(default_factory=dict)
    upstream: dict[str, object] = field(default_factory=dict)
    profiles: dict[str, set[str]] = field(default_factory=dict)
    """Controls by baseline as profiles name them."""
    catalogues: dict[str, set[str]] = field(default_factory=dict)
    """Controls by baseline as resolved catalogues hold them."""
    path: str = ""

    @property
    def key(self) -> str:
        """The framework's natural key."""
        return f"{self.framework}:{self.version}"

    @property
    def baselines(self) -> dict[str, set[str]]:
        """Controls by baseline; the profile goes before the catalogue made of it, which has parents besides."""
        found = {**self.catalogues, **self.profiles}
        order = {name: place for place, name in enumerate(BASELINE_ORDER)}
        return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One catalogue being read."""

    framework: _Framework
    into: dict[str, ControlRecord]
    found: set[str] = field(default_factory=set)


def is_oscal_path(path: str) -> bool:
    """Whether a member can be a catalogue or a profile. The YAML forms say the same once more."""
    return path.startswith(FOLDERS) and path.endswith((".json", ".xml"))


def read_oscal(members: Iterable[tuple[str, bytes]]) -> Iterator[Item | Problem]:
    """Frameworks and their controls. Of one file in several forms the first that can be is read.

    Raises Invalid when a file can be read in no form: it may be the catalogue or the baseline of all the others.
    """
    frameworks: dict[str, _Framework] = {}
    seen: set[str] = set()
    broken: dict[str, Problem] = {}
    for path, data in members:
        match = FORM.fullmatch(path)
        if not is_oscal_path(path) or match is None or match[1] in seen:
            continue
        try:
            if _take(frameworks, path, read_xml(data) if path.endswith(".xml") else read_json(data)):
                seen.add(match[1])
        except Unusable as error:
            if error.code in UNREADABLE:
                broken.setdefault(match[1], error.at(path))
            else:
                yield error.at(path)
    for stem, problem in broken.items():
        if stem not in seen:
            raise Invalid(problem.code, f"{problem.path}: {problem.message}")
    for framework in frameworks.values():
        yield from _items(framework)


def _take(frameworks: dict[str, _Framework], path: str, content: object) -> bool:
    """Whether the file is a catalogue or a profile."""
    document = mapping_of(content, "The file")
    for kind, reader in (("catalog", _read_catalogue), ("profile", _read_profile)):
        body = document.get(kind)
        if isinstance(body, dict):
            metadata = mapping_of(body.get("metadata"), "metadata")
            framework = _framework_of(frameworks, metadata)
            framework.path = framework.path or path
            reader(framework, metadata, body)
            return True
    return False


def _framework_of(frameworks: dict[str, _Framework], metadata: dict[str, Any]) -> _Framework:
    title = text_of(metadata.get("title"))
    match, other = NIST_TITLE.search(title), publication(BASELINE.sub("", title))
    if match:
        framework, version = NIST_800_53, f"rev{match[1]}"
    elif other:
        framework, version = other
    else:
        framework = framework_id(BASELINE.sub("", title))
        version = framework_version(text_of(metadata.get("version"))) or "1"
    if not framework:
        raise Unusable("missing_field", "The catalogue has no title.")
    return frameworks.setdefault(f"{framework}:{version}", _Framework(framework, version))


def _baseline_of(metadata: dict[str, Any]) -> str | None:
    match = BASELINE.search(text_of(metadata.get("title")))
    return match[1].upper() if match else None


def _read_profile(framework: _Framework, metadata: dict[str, Any], body: dict[str, Any]) -> None:
    baseline = _baseline_of(metadata) or named(text_of(metadata.get("title")))
    controls = framework.profiles.setdefault(baseline, set())
    for source in list_of(body.get("imports")):
        for selection in list_of(source.get("include-controls")) if isinstance(source, dict) else []:
            ids = list_of(selection.get("with-ids")) if isinstance(selection, dict) else []
            controls.update(control_id(framework.framework, text_of(entry)) for entry in ids)


def _read_catalogue(framework: _Framework, metadata: dict[str, Any], body: dict[str, Any]) -> None:
    baseline = _baseline_of(metadata)
    into = framework.full if baseline is None else framework.resolved
    before = set(into)
    if baseline is None or not framework.title:
        framework.title = text_of(metadata.get("title")) if baseline is None else ""
        framework.publisher_version = text_of(metadata.get("version"))
    reading = _Reading(framework, into)
    for group in _groups(body):
        family = named(text_of(group.get("title"))) or None
        for entry in list_of(group.get("controls")):
            _read_control(reading, entry, family, None)
    if baseline is not None:
        framework.catalogues.setdefault(baseline, set()).update(reading.found)
    if not reading.found and not before:
        raise Unusable("no_content", "The catalogue holds no control.")


def _groups(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Groups at any depth; a catalogue may also have controls without one."""
    if body.get("controls"):
        yield {"controls": body["controls"]}
    waiting = [group for group in list_of(body.get("groups")) if isinstance(group, dict)]
    while waiting:
        group = waiting.pop(0)
        yield group
        waiting = [inner for inner in list_of(group.get("groups")) if isinstance(inner, dict)] + waiting


def _read_control(reading: _Reading, entry: object, family: str | None, parent: str | None) -> None:
    framework, into = reading.framework, reading.into
    control = mapping_of(entry, "A control")
    identity = control_id(framework.framework, text_of(control.get("id")))
    if not identity:
        return
    reading.found.add(identity)
    if identity not in into:
        into[identity] = ControlRecord(
            key=f"{framework.key}:{identity}",
            framework_key=framework.key,
            control_id=identity,
            name=named(text_of(control.get("title"))) or identity,
            description=statement_of(control),
            family=family,
            parent_key=f"{framework.key}:{parent}" if parent else None,
            position=len(into),
            withdrawn=_property(control, "status").lower() == "withdrawn",
            raw={"links": _related(framework, control)},
        )
        if into is framework.full or identity not in framework.upstream:
            framework.upstream[identity] = {key: value for key, value in control.items() if key != "controls"}
    for inner in list_of(control.get("controls")):
        _read_control(reading, inner, family, identity)


def _property(control: dict[str, Any], name: str) -> str:
    for entry in list_of(control.get("props")):
        if isinstance(entry, dict) and entry.get("name") == name:
            return text_of(entry.get("value"))
    return ""


def _related(framework: _Framework, control: dict[str, Any]) -> list[dict[str, str]]:
    """Other controls that this one names: related ones, and where a withdrawn one went."""
    return [
        {"rel": text_of(link.get("rel")), "control": control_id(framework.framework, text_of(link.get("href"))[1:])}
        for link in list_of(control.get("links"))
        if isinstance(link, dict) and text_of(link.get("href")).startswith("#") and link.get("rel") != "reference"
    ]


def _items(framework: _Framework) -> Iterator[Item]:
    controls = {**framework.resolved, **framework.full}
    baselines = framework.baselines
    summary = [{"name": name, "title": name.title(), "controls": len(ids)} for name, ids in baselines.items()]
    record = FrameworkRecord(
        key=framework.key,
        name=framework_name(framework.framework, framework.version),
        framework=framework.framework,
        version=framework.version,
        description=framework.title,
        publisher="NIST",
        licence="Public domain",
        url="https://github.com/usnistgov/oscal-content",
        baselines=summary,
        raw={"publisher_version": framework.publisher_version, "complete": bool(framework.full)},
    )
    yield Item(record, {"title": record.name, "baselines": summary, "raw": record.raw}, framework.path)
    for position, (identity, control) in enumerate(controls.items()):
        member_of = [name for name, ids in baselines.items() if identity in ids]
        placed = replace(control, baselines=member_of, position=position)
        upstream = {"control": framework.upstream[identity], "baselines": member_of, "parent": control.parent_key}
        yield Item(placed, upstream, f"{framework.path}#{identity}")
