"""D3FEND's answers in, countermeasure records out, each with the ATT&CK techniques that it counters.

A defensive technique and an ATT&CK technique meet in a digital artifact: the one restricts or watches what the other
touches. The publisher repeats such a row for every tactic; here a pair stands once, with its artifacts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from app.errors import Invalid
from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.d3fend import layout
from app.importers.d3fend.source import PARSER_VERSION
from app.importers.json_reader import read_json
from app.importers.reading import ATTACK_ID, UNREADABLE, Unusable, list_of, mapping_of, named, text_of
from app.importers.records import ContentKind, CountermeasureRecord, Item, TechniqueLink

SITE: Final = "https://d3fend.mitre.org/technique/"
CORE: Final = frozenset({layout.TECHNIQUES, layout.MATRIX, layout.BULK})
RANK: Final = {"bulk": 0, "technique": 1, "crawl": 2}
"""Which form of the mappings is used where an archive holds several."""

Artifacts = dict[str, set[str]]
"""ATT&CK id to what of it is countered, in words."""


@dataclass(slots=True)
class _Place:
    """Where a defensive technique stands in D3FEND's matrix."""

    tactic: str
    position: int
    parent: str | None
    definition: str
    label: str
    d3fend_id: str


@dataclass(slots=True)
class _Content:
    """What the files say, whatever order they came in."""

    techniques: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, _Place] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    forms: dict[str, dict[str, Artifacts]] = field(default_factory=dict)
    """Form of the mappings, then fragment of the defensive technique."""
    tactics: dict[str, str] = field(default_factory=dict)
    """Tactic by fragment as the rows say, for a matrix that lacks it."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def mappings(self) -> dict[str, Artifacts]:
        """Those of the best form at hand."""
        best = min(self.forms, key=lambda form: RANK[form], default=None)
        return {} if best is None else self.forms[best]


class D3fendParser:
    """Joins D3FEND's list, matrix and mappings."""

    version: Final = PARSER_VERSION
    kinds: Final[tuple[ContentKind, ...]] = ("countermeasure",)

    def wants(self, path: str) -> bool:
        """The list, the matrix, and mappings in any form."""
        if path in {layout.MATRIX, layout.TECHNIQUES, layout.BULK, layout.MISSING} or path.startswith(
            layout.CRAWL_FOLDER
        ):
            return True
        return path.startswith(layout.TECHNIQUE_FOLDER) and path.endswith(".json")

    def parse(self, members: Iterable[tuple[str, bytes]], context: ParseContext) -> Iterator[Item | Problem]:
        """An item for each defensive technique of the list."""
        del context
        content = _Content()
        for path, data in members:
            try:
                _take(content, path, data)
            except Unusable as error:
                if path in CORE or error.code in UNREADABLE:
                    # Without them places and mappings would be gone that nobody took away.
                    raise Invalid(error.code, f"{path}: {error.message}") from error
                content.problems.append(error.at(path))
        yield from content.problems
        yield from _items(content)


def _take(content: _Content, path: str, data: bytes) -> None:
    value = read_json(data)
    if path == layout.TECHNIQUES:
        content.techniques = [mapping_of(entry, "An entry") for entry in _graph(value)]
    elif path == layout.MATRIX:
        _read_matrix(content, value)
    elif path == layout.BULK:
        rows = _bindings(value)
        if not rows:
            raise Unusable("invalid_item", "The file has no rows.")
        _read_rows(content, "bulk", rows)
    elif path == layout.MISSING:
        missing = "D3FEND lists this ATT&CK technique, but does not have its answer."
        content.problems += [
            Problem(f"{layout.OFFENSIVE_FOLDER}{attack_id}.json", "upstream_not_found", missing)
            for attack_id in list_of(value)
        ]
    elif path.startswith(layout.CRAWL_FOLDER):
        attack_id = path.removeprefix(layout.CRAWL_FOLDER).removesuffix(".json")
        _read_rows(content, "crawl", _bindings(mapping_of(value, path).get("off_to_def")), attack_id)
    else:
        technique = mapping_of(value, path)
        for entry in _graph(technique.get("description", {"@graph": []})):
            content.texts[_fragment(entry.get("@id"))] = _plain(entry.get("d3f:definition"))
        _read_rows(content, "technique", _bindings(technique.get("def_to_off")))


def _graph(value: object) -> list[Any]:
    graph = mapping_of(value, "The file").get("@graph")
    if not isinstance(graph, list):
        raise Unusable("invalid_item", "The file has no @graph.")
    return graph


def _bindings(value: object) -> list[Any]:
    if value is None:
        return []
    results = mapping_of(value, "The file").get("results")
    rows = results.get("bindings") if isinstance(results, dict) else None
    if not isinstance(rows, list):
        raise Unusable("invalid_item", "The file has no rows.")
    return rows


def _read_matrix(content: _Content, value: object) -> None:
    for position, tactic in enumerate(list_of(value)):
        name = _plain(mapping_of(tactic, "A tactic").get("rdfs:label"))
        waiting: list[tuple[Any, str | None]] = [(child, None) for child in list_of(tactic.get("children"))]
        while waiting:
            node, parent = waiting.pop()
            fragment = _fragment(mapping_of(node, "A node of the matrix").get("@id"))
            content.places.setdefault(
                fragment,
                _Place(
                    name,
                    position,
                    parent,
                    _plain(node.get("d3f:definition")),
                    _plain(node.get("rdfs:label")),
                    _plain(node.get("d3f:d3fend-id")),
                ),
            )
            waiting += [(child, fragment) for child in list_of(node.get("children"))]


def _read_rows(content: _Content, form: str, rows: list[Any], attack_id: str | None = None) -> None:
    """Take the pairs of rows. Rows without a defence say which artifacts nobody guards: they map nothing."""
    pairs = content.forms.setdefault(form, {})
    for row in rows:
        if not isinstance(row, dict) or "def_tech" not in row:
            continue
        fragment = _fragment(_value(row, "def_tech"))
        countered = attack_id or _value(row, "off_tech_id") or _fragment(_value(row, "off_tech"))
        if not ATTACK_ID.fullmatch(countered):
            continue
        artifacts = pairs.setdefault(fragment, {}).setdefault(countered, set())
        artifacts.add(_sentence(row))
        content.tactics.setdefault(fragment, _value(row, "def_tactic_label"))


def _sentence(row: dict[str, Any]) -> str:
    """What the defence does to which artifact: `analyzes File`."""
    return f"{_value(row, 'def_artifact_rel_label')} {_value(row, 'def_artifact_label')}".strip()


def _value(row: dict[str, Any], name: str) -> str:
    cell = row.get(name)
    return text_of(cell.get("value")).strip() if isinstance(cell, dict) else ""


def _items(content: _Content) -> Iterator[Item | Problem]:
    mappings = content.mappings
    fragments: dict[str, str] = {}
    usable: list[tuple[str, dict[str, Any]]] = []
    for entry in content.techniques:
        fragment = _fragment(entry.get("@id"))
        place = content.places.get(fragment)
        identity = _plain(entry.get("d3f:d3fend-id")) or (place.d3fend_id if place else "")
        if not identity or not fragment:
            yield Problem(f"{layout.TECHNIQUES}#{fragment}", "missing_field", "The technique has no D3FEND id.")
            continue
        fragments[fragment] = identity
        usable.append((fragment, entry))
    for fragment in sorted(mappings.keys() - fragments.keys()):
        yield Problem(fragment, "unknown_countermeasure", "Mappings name a technique that D3FEND's list lacks.")
    for fragment, entry in usable:
        yield _item(content, fragment, entry, fragments, mappings.get(fragment, {}))


def _item(
    content: _Content, fragment: str, entry: dict[str, Any], fragments: dict[str, str], artifacts: Artifacts
) -> Item | Problem:
    place = content.places.get(fragment)
    name = named(_plain(entry.get("rdfs:label")) or (place.label if place else ""))
    if not name:
        return Problem(f"{layout.TECHNIQUES}#{fragment}", "missing_field", "The technique has no name.")
    parent = place.parent if place else None
    tactic = (place.tactic if place else "") or content.tactics.get(fragment)
    links = [
        TechniqueLink(attack_id, details={"artifacts": sorted(filter(None, artifacts[attack_id]))})
        for attack_id in sorted(artifacts)
    ]
    record = CountermeasureRecord(
        key=f"d3fend:{fragments[fragment]}",
        d3fend_id=fragments[fragment],
        name=name,
        description=_plain(entry.get("d3f:definition"))
        or (place.definition if place else "")
        or content.texts.get(fragment, ""),
        tactic=tactic or None,
        tactic_position=place.position if place else None,
        parent_key=f"d3fend:{fragments[parent]}" if parent in fragments else None,
        synonyms=[text for text in map(_plain, list_of(entry.get("d3f:synonym"))) if text],
        url=f"{SITE}d3f:{fragment}/",
        raw=entry,
        techniques=links,
    )
    hashed = {
        "technique": entry,
        "description": record.description,
        "tactic": record.tactic,
        "position": record.tactic_position,
        "parent": record.parent_key,
        "links": [(link.attack_id, link.details["artifacts"]) for link in links],
    }
    return Item(record, hashed, f"{layout.TECHNIQUES}#{fragment}")


def _fragment(value: object) -> str:
    """What identifies a term: behind `d3f:` or the `#` of an address."""
    if isinstance(value, dict):
        value = value.get("@id")
    text = text_of(value).strip()
    return text.rpartition("#")[2].removeprefix("d3f:")


def _plain(value: object) -> str:
    """The first text of a JSON-LD value: text, a typed value, or a list of them."""
    for item in list_of(value):
        text = text_of(item.get("@value") if isinstance(item, dict) else item).strip()
        if text:
            return text
    return ""


PARSER: Final = D3fendParser()
