"""STIX 2.0 or 2.1 objects of one ATT&CK domain in, records out. Pure: no network, clock, database or settings."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

import orjson

from app.errors import Invalid
from app.importers.attack import build
from app.importers.attack.context import BundleContext, StixObject, read_context
from app.importers.attack.records import PARSER_VERSION, Domain, Kind, Record, Revocation
from app.importers.base import Problem
from app.importers.limits import MAX_JSON_DEPTH, MAX_OBJECT_BYTES, MAX_OBJECTS, MAX_PROBLEMS

STIX_ID: Final = re.compile(r"--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""What follows the type."""
TIMESTAMP: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T[0-2]\d:[0-5]\d:[0-6]\d(?:\.\d{1,9})?Z")
WITHOUT_RECORD: Final = frozenset(
    {
        "extension-definition",
        "identity",
        "language-content",
        "marking-definition",
        "x-mitre-collection",
        "x-mitre-matrix",
    }
)
"""Types that say something about the bundle and are no content of their own."""
NOT_HASHED: Final = frozenset({"spec_version", "x_mitre_domains"})
NOT_HASHED_OF_SOFTWARE: Final = NOT_HASHED | {"labels", "is_family"}
SOFTWARE_TYPES: Final = frozenset({"malware", "tool"})
_CONTAINERS: Final[frozenset[type[Any]]] = frozenset({dict, list})
HASH_SALT: Final = b"attack:%d\n" % PARSER_VERSION

Builder = Callable[[StixObject, BundleContext], Record]
BUILDERS: Final[dict[str, tuple[Kind, Builder]]] = {
    "x-mitre-tactic": ("tactic", build.tactic),
    "attack-pattern": ("technique", build.technique),
    "course-of-action": ("mitigation", build.mitigation),
    "malware": ("software", build.software),
    "tool": ("software", build.software),
    "intrusion-set": ("group", build.group),
    "campaign": ("campaign", build.campaign),
    "x-mitre-detection-strategy": ("detection_strategy", build.detection_strategy),
    "x-mitre-analytic": ("analytic", build.analytic),
    "x-mitre-data-component": ("data_component", build.data_component),
    "x-mitre-asset": ("reference_object", build.reference_object),
    "x-mitre-data-source": ("reference_object", build.reference_object),
    "relationship": ("link", build.link),
}


class ParsedItem(NamedTuple):
    """A record with its natural key and content hash; the hash of a derived record is that of the record."""

    kind: Kind
    key: str
    content_hash: str
    data: bytes
    """The record as JSON without line breaks or tabs; empty when the hash is the known one."""


@dataclass(slots=True)
class Tally:
    """Every object of a bundle in exactly one place: objects = records + skipped + without a record."""

    objects: int = 0
    records: Counter[str] = field(default_factory=Counter)
    """By kind, without derived records."""
    skipped: int = 0
    without_record: Counter[str] = field(default_factory=Counter)
    """By STIX type."""
    problems: list[Problem] = field(default_factory=list)
    """The first ones; `skipped` counts all."""

    def skip(self, problem: Problem) -> None:
        """Count an object that was left out."""
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)


def load_bundle(data: bytes) -> dict[str, Any]:
    """Decode a bundle, or a TAXII envelope, and check its shape.

    Raises Invalid `invalid_json`, `nesting_too_deep`, `not_a_bundle`, `too_many_objects` or `empty_bundle`.
    """
    try:
        bundle = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if "depth limit" in str(error):
            raise Invalid("nesting_too_deep", f"The file nests deeper than {MAX_JSON_DEPTH} levels.") from error
        if "memory" in str(error):
            raise MemoryError from error
        raise Invalid("invalid_json", "The file is not valid JSON in UTF-8.") from error
    if not isinstance(bundle, dict) or bundle.get("type", "bundle") != "bundle":
        raise Invalid("not_a_bundle", "The file is JSON, but not a STIX bundle.")
    objects = bundle.get("objects")
    if not isinstance(objects, list):
        raise Invalid("not_a_bundle", "The STIX bundle has no list of objects.")
    if not objects:
        raise Invalid("empty_bundle", "The STIX bundle holds no objects.")
    if len(objects) > MAX_OBJECTS:
        raise Invalid("too_many_objects", f"The bundle holds more than {MAX_OBJECTS} objects.")
    _refuse_depth(objects)
    return bundle


def parse_bundle(
    objects: list[object],
    domain: Domain,
    tally: Tally,
    on_progress: Callable[[int], None] | None = None,
    known: Mapping[str, str] | None = None,
) -> Iterator[ParsedItem]:
    """Yield an item for each usable object, then the revocations; the tally is complete when the iterator ends.

    An object whose hash is the one in `known` is not put together again: its item has no data.
    Raises Invalid `no_techniques` for a bundle that holds no technique at all.
    """
    chosen = _choose(objects, domain, tally)
    known = known or {}
    context = read_context(chosen, domain)
    if not context.has_techniques:
        raise Invalid("no_techniques", "The bundle holds no technique of ATT&CK.")
    for done, item in enumerate(chosen):
        if on_progress is not None and not done % 1000:
            on_progress(done)
        stix_type = item["type"]
        if stix_type in WITHOUT_RECORD:
            tally.without_record[stix_type] += 1
            continue
        kind, builder = BUILDERS[stix_type]
        try:
            parsed = _build(kind, builder, item, context, known)
        except build.Unusable as error:
            tally.skip(Problem(_path(domain, item), error.code, error.message))
            continue
        tally.records[kind] += 1
        yield parsed
    for revocation in context.revocations():
        yield _derived(revocation)


def _build(
    kind: Kind, builder: Builder, item: StixObject, context: BundleContext, known: Mapping[str, str]
) -> ParsedItem:
    upstream = canonical(item)
    stix_id = item["id"]
    content_hash = hashlib.sha256(b"".join((HASH_SALT, upstream, context.derived_of(item)))).hexdigest()
    if known.get(stix_id) == content_hash:
        return ParsedItem(kind, stix_id, content_hash, b"")
    if len(upstream) > MAX_OBJECT_BYTES:
        raise build.Unusable("too_large", f"The object is larger than {MAX_OBJECT_BYTES} bytes.")
    if b"\\u0000" in upstream and _holds_nul(item):
        raise build.Unusable("invalid_text", "The object holds a NUL character.")
    _refuse_times(item)
    return ParsedItem(kind, stix_id, content_hash, orjson.dumps(builder(item, context)))


def canonical(item: StixObject) -> bytes:
    """The object as JSON with sorted keys, without what differs by the way it came and not by what it says.

    STIX 2.1 adds `spec_version` and `is_family` and drops the `labels` of software. `x_mitre_domains` of one object
    differs between the bundles of two domains, in order and in content; membership is told by the bundles themselves.
    """
    left_out = NOT_HASHED_OF_SOFTWARE if item["type"] in SOFTWARE_TYPES else NOT_HASHED
    # Most objects are relationships of STIX 2.0, which have nothing to leave out and need no copy.
    plain = item if left_out.isdisjoint(item) else {name: item[name] for name in item if name not in left_out}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _derived(record: Revocation) -> ParsedItem:
    data = orjson.dumps(record)
    return ParsedItem("revocation", record.stix_id, hashlib.sha256(HASH_SALT + data).hexdigest(), data)


def _choose(objects: list[object], domain: Domain, tally: Tally) -> list[StixObject]:
    """Keep one well-formed object an id: the newest, and among equals the first."""
    chosen: dict[str, StixObject] = {}
    for index, value in enumerate(objects):
        tally.objects += 1
        fault = _fault_of(value)
        if fault is not None:
            tally.skip(Problem(_path(domain, value, index), *fault))
            continue
        item = cast("StixObject", value)
        stix_id = item["id"]
        other = chosen.get(stix_id)
        if other is not None:
            loser = item if _modified(item) <= _modified(other) else other
            tally.skip(
                Problem(_path(domain, loser), "duplicate_key", "Another object has the same id; the newest was kept.")
            )
            if loser is item:
                continue
        chosen[stix_id] = item
    return list(chosen.values())


def _modified(item: StixObject) -> str:
    return str(item.get("modified", ""))


def _fault_of(value: object) -> tuple[str, str] | None:
    """Why the item cannot be looked at any further, as code and message."""
    if not isinstance(value, dict):
        return "invalid_object", "The item is not an object."
    stix_id, stix_type = value.get("id"), value.get("type")
    if not isinstance(stix_id, str) or not isinstance(stix_type, str):
        return "missing_field", "The object has no id or no type."
    if not stix_id.startswith(stix_type) or not STIX_ID.fullmatch(stix_id, len(stix_type)):
        return "invalid_id", "The id is not one that STIX allows for this type."
    if stix_type not in BUILDERS and stix_type not in WITHOUT_RECORD:
        return "unsupported_type", f"Objects of type {stix_type[:64]} are not imported."
    return None


def _refuse_times(item: StixObject) -> None:
    for name in ("created", "modified"):
        stamp = item.get(name)
        if stamp is None:
            raise build.Unusable("missing_field", f"{name} is missing.")
        if not isinstance(stamp, str) or not TIMESTAMP.fullmatch(stamp):
            raise build.Unusable("invalid_time", f"{name} is no time.")


def _path(domain: Domain, value: object, index: int | None = None) -> str:
    if isinstance(value, dict):
        stix_id = value.get("id")
        if isinstance(stix_id, str):
            return f"{domain}/{stix_id[:120]}"
    return f"{domain}/objects/{index}"


def _refuse_depth(objects: list[Any]) -> None:
    """Refuse deep nesting, which recursive readers downstream could not bear. The list itself is level 2."""
    level: list[Any] = [item for item in objects if item.__class__ in _CONTAINERS]
    for _ in range(MAX_JSON_DEPTH - 1):
        level = [
            inner
            for value in level
            for inner in (value.values() if value.__class__ is dict else value)
            if inner.__class__ in _CONTAINERS
        ]
        if not level:
            return
    raise Invalid("nesting_too_deep", f"The file nests deeper than {MAX_JSON_DEPTH} levels.")


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
