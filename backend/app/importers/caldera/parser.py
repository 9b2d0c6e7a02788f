"""CALDERA's abilities and adversaries: a template a platform and executor, and a blueprint an adversary."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.domain.platforms import canonical_platforms
from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.reading import (
    Unusable,
    list_of,
    mapping_of,
    named,
    optional_text,
    required_text,
    tactic_of,
    technique_links,
    text_of,
    texts_of,
)
from app.importers.records import BlueprintRecord, ContentKind, Item, TemplateRecord
from app.importers.yaml_reader import UnreadableYaml, read_yaml

VERSION: Final = 2
KINDS: Final[tuple[ContentKind, ...]] = ("template", "blueprint")
LICENCE: Final = "Apache-2.0"
PAGE: Final = "https://github.com/mitre/stockpile/blob/HEAD/"
ABILITY_FILE: Final = re.compile(r"data/abilities/(?:[^/]+/)*[^/]+\.ya?ml")
ADVERSARY_FILE: Final = re.compile(r"data/adversaries/(?:[^/]+/)*[^/]+\.ya?ml")
FACT: Final = re.compile(r"#\{\s*([A-Za-z0-9_.-]+)(?:\[[^\]}]*\])?\s*\}")
EXECUTORS: Final = {"psh": "powershell", "pwsh": "powershell", "cmd": "command_prompt", "osa": "osascript"}
"""CALDERA's words for what other catalogues call otherwise."""
ELEVATED: Final = "elevated"


class CalderaParser:
    """An ability file is a list of abilities; an adversary names abilities in their order."""

    version: int = VERSION
    kinds: tuple[ContentKind, ...] = KINDS

    def wants(self, path: str) -> bool:
        """Abilities and adversaries."""
        return bool(ABILITY_FILE.fullmatch(path) or ADVERSARY_FILE.fullmatch(path))

    def parse(self, members: Iterable[tuple[str, bytes]], _context: ParseContext) -> Iterator[Item | Problem]:
        """Yield the templates, then the blueprints, which need to know all templates."""
        adversaries: list[tuple[str, dict[str, Any]]] = []
        known = _Known()
        for path, data in members:
            is_ability = ABILITY_FILE.fullmatch(path) is not None
            for found in _maps(path, data):
                if isinstance(found, Problem):
                    yield found
                elif is_ability:
                    yield from _ability(path, found, known)
                else:
                    adversaries.append((path, found))
        for path, adversary in adversaries:
            try:
                yield Item(_blueprint(path, adversary, known), adversary, path)
            except Unusable as error:
                yield error.at(path)


class _Known:
    """Abilities that were read: their names and the keys of their templates."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.templates: dict[str, list[str]] = defaultdict(list)


def _maps(path: str, data: bytes) -> Iterator[dict[str, Any] | Problem]:
    try:
        documents = read_yaml(data)
    except UnreadableYaml as error:
        yield Problem(path, error.code, error.message)
        return
    for document in documents:
        for entry in list_of(document):
            if isinstance(entry, dict):
                yield entry
            else:
                yield Problem(path, "invalid_item", "The file holds something that is no map.")


def _ability(path: str, ability: dict[str, Any], known: _Known) -> Iterator[Item | Problem]:
    try:
        ability_id = _own_id(ability, "ability_id")
        executors = _executors(ability)
        known.names[ability_id] = named(required_text(ability, "name"))
    except Unusable as error:
        yield error.at(path)
        return
    for platform, word, facts in executors:
        record = _template(path, ability, platform, word, facts)
        known.templates[ability_id].append(record.key)
        yield Item(record, record.raw, f"{path}#{platform}/{word}")


def _own_id(item: dict[str, Any], other: str) -> str:
    """The id, under the name that files give it or under the one that the server gives it."""
    return optional_text(item.get("id")) or required_text(item, other)


def _about(ability: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ability.items() if name not in {"platforms", "executors"}}


def _executors(ability: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = list(_listed_executors(ability))
    if not found:
        raise Unusable("missing_field", "The ability has no executor.")
    return found


def _listed_executors(ability: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Both forms: platforms over executors, and a flat list. Words can be lists with commas."""
    platforms = ability.get("platforms")
    if isinstance(platforms, dict):
        for platform, executors in platforms.items():
            for word, facts in mapping_of(executors or {}, "The platform").items():
                yield from _spread(platform, word, facts if isinstance(facts, dict) else {"command": facts})
    for facts in list_of(ability.get("executors")):
        if isinstance(facts, dict):
            yield from _spread(facts.get("platform"), facts.get("name"), facts)


def _spread(platforms: object, words: object, facts: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for platform in text_of(platforms).split(","):
        for word in text_of(words).split(","):
            if platform.strip() and word.strip():
                yield platform.strip().lower(), word.strip().lower(), facts


def _template(path: str, ability: dict[str, Any], platform: str, word: str, facts: dict[str, Any]) -> TemplateRecord:
    command = text_of(facts.get("command")) or text_of(facts.get("code"))
    cleanup = "\n".join(text_of(line) for line in list_of(facts.get("cleanup")) if text_of(line).strip())
    technique = ability.get("technique")
    raw_id = technique.get("attack_id") if isinstance(technique, dict) else ability.get("technique_id")
    return TemplateRecord(
        key=f"caldera:{_own_id(ability, 'ability_id')}:{platform}:{word}",
        name=named(required_text(ability, "name")),
        description=text_of(ability.get("description")).strip(),
        platforms=canonical_platforms([platform]),
        procedure=command,
        cleanup=cleanup,
        executor=EXECUTORS.get(word, word),
        elevation_required=text_of(ability.get("privilege")).strip().lower() == ELEVATED,
        inputs=[
            {"name": name, "description": "Fact that CALDERA would fill in", "type": "string", "default": None}
            for name in dict.fromkeys(FACT.findall(f"{command}\n{cleanup}"))
        ],
        dependencies=_dependencies(ability, facts),
        url=PAGE + path,
        licence=LICENCE,
        raw={"ability": _about(ability), "platform": platform, "executor": word, "facts": facts},
        techniques=technique_links(raw_id, tactic_of(ability.get("tactic"))),
    )


def _dependencies(ability: dict[str, Any], facts: dict[str, Any]) -> list[dict[str, Any]]:
    payloads = [f"Payload {name} lies on the target." for name in texts_of(facts.get("payloads"))]
    modules = [
        f"CALDERA requirement {name}" for entry in list_of(ability.get("requirements")) for name in _module_names(entry)
    ]
    return [
        {"description": text, "prereq_command": "", "get_prereq_command": "", "executor": None}
        for text in (*payloads, *modules)
    ]


def _module_names(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return texts_of(entry)
    return texts_of(entry["module"]) if "module" in entry else [str(name) for name in entry]


def _blueprint(path: str, adversary: dict[str, Any], known: _Known) -> BlueprintRecord:
    own_id = _own_id(adversary, "adversary_id")
    return BlueprintRecord(
        key=f"caldera:{own_id}",
        name=named(required_text(adversary, "name")),
        description=text_of(adversary.get("description")).strip(),
        steps=[
            {
                "position": position,
                "ability": ability,
                "name": known.names.get(ability),
                "templates": known.templates.get(ability, []),
                "known": ability in known.names,
            }
            for position, ability in enumerate(_ordering(adversary), start=1)
        ],
        objective=optional_text(adversary.get("objective")),
        tags=texts_of(adversary.get("tags")),
        url=PAGE + path,
        licence=LICENCE,
        raw=adversary,
    )


def _ordering(adversary: dict[str, Any]) -> list[str]:
    """Ids of abilities in their order: one list, or in earlier releases a list for each phase."""
    entries = list_of(adversary.get("atomic_ordering"))
    phases = adversary.get("phases")
    if not entries and isinstance(phases, dict):
        numbered = sorted(phases.items(), key=lambda phase: (len(str(phase[0])), str(phase[0])))
        entries = [entry for _, phase in numbered for entry in list_of(phase)]
    found = [entry.get("ability_id") or entry.get("id") if isinstance(entry, dict) else entry for entry in entries]
    return texts_of(found)


PARSER: Final = CalderaParser()
