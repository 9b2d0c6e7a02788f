"""Atomic Red Team's technique files: one template a test."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.domain.platforms import canonical_platforms
from app.importers.base import Problem
from app.importers.content import ParseContext
from app.importers.reading import (
    ATTACK_ID,
    Unusable,
    is_true,
    list_of,
    mapping_of,
    named,
    optional_text,
    required_text,
    script_of,
    text_of,
    texts_of,
)
from app.importers.records import ContentKind, Item, TechniqueLink, TemplateRecord
from app.importers.yaml_reader import UnreadableYaml, read_yaml

VERSION: Final = 2
KINDS: Final[tuple[ContentKind, ...]] = ("template",)
LICENCE: Final = "MIT"
PAGE: Final = "https://github.com/redcanaryco/atomic-red-team/blob/HEAD/"
TECHNIQUE_FILE: Final = re.compile(r"atomics/(T[0-9]{4}(?:\.[0-9]{3})?)/\1\.ya?ml")
"""Everything else in the tree is generated, a payload, or a test of upstream's own tools."""


class AtomicParser:
    """`atomics/T1003/T1003.yaml` holds the tests of T1003."""

    version: int = VERSION
    kinds: tuple[ContentKind, ...] = KINDS

    def wants(self, path: str) -> bool:
        """Technique files only."""
        return TECHNIQUE_FILE.fullmatch(path) is not None

    def parse(self, members: Iterable[tuple[str, bytes]], _context: ParseContext) -> Iterator[Item | Problem]:
        """Yield a template a test."""
        for path, data in members:
            try:
                yield from _file(path, data)
            except UnreadableYaml as error:
                yield Problem(path, error.code, error.message)
            except Unusable as error:
                yield error.at(path)


def _file(path: str, data: bytes) -> Iterator[Item | Problem]:
    for document in read_yaml(data):
        if document is None:
            continue
        content = mapping_of(document, "The file")
        technique = required_text(content, "attack_technique")
        if not ATTACK_ID.fullmatch(technique.upper()):
            raise Unusable("invalid_id", "attack_technique is no id of ATT&CK.")
        title = named(text_of(content.get("display_name")))
        tests = content.get("atomic_tests")
        if not isinstance(tests, list):
            raise Unusable("missing_field", "atomic_tests is missing.")
        for number, test in enumerate(tests, start=1):
            place = f"{path}#{number}"
            try:
                # The technique belongs to the item: a test that moves to another one has changed.
                upstream = {"attack_technique": technique, "test": test}
                link = TechniqueLink(technique.upper(), details={"name": title} if title else {})
                yield Item(_template(path, link, mapping_of(test, "The test")), upstream, place)
            except Unusable as error:
                yield error.at(place)


def _template(path: str, technique: TechniqueLink, test: dict[str, Any]) -> TemplateRecord:
    executor = mapping_of(test.get("executor"), "executor")
    return TemplateRecord(
        key=f"atomic:{required_text(test, 'auto_generated_guid').lower()}",
        name=named(required_text(test, "name")),
        description=text_of(test.get("description")).strip(),
        platforms=canonical_platforms(texts_of(test.get("supported_platforms"))),
        procedure=script_of(executor.get("command")) or script_of(executor.get("steps")),
        cleanup=script_of(executor.get("cleanup_command")),
        executor=required_text(executor, "name"),
        elevation_required=is_true(executor.get("elevation_required")),
        inputs=_inputs(test.get("input_arguments")),
        dependencies=_dependencies(test, executor),
        url=PAGE + path,
        licence=LICENCE,
        raw=test,
        techniques=[technique],
    )


def _inputs(arguments: object) -> list[dict[str, Any]]:
    if not isinstance(arguments, dict):
        return []
    found = []
    for name, value in arguments.items():
        facts = value if isinstance(value, dict) else {"default": value}
        found.append(
            {
                "name": str(name),
                "description": text_of(facts.get("description")).strip(),
                "type": text_of(facts.get("type")).strip().lower() or "string",
                "default": None if facts.get("default") is None else text_of(facts["default"]),
            }
        )
    return found


def _dependencies(test: dict[str, Any], executor: dict[str, Any]) -> list[dict[str, Any]]:
    runs_in = optional_text(test.get("dependency_executor_name")) or optional_text(executor.get("name"))
    return [
        {
            "description": text_of(dependency.get("description")).strip(),
            "prereq_command": script_of(dependency.get("prereq_command")),
            "get_prereq_command": script_of(dependency.get("get_prereq_command")),
            "executor": runs_in,
        }
        for dependency in list_of(test.get("dependencies"))
        if isinstance(dependency, dict)
    ]


PARSER: Final = AtomicParser()
