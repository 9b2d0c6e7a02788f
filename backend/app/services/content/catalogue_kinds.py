"""How the records of all sources other than ATT&CK become rows, as `kinds` says for ATT&CK's."""

from typing import Final

from app.services.content.kinds import ATTACK_KINDS, LINKS, OBJECTS, KindSpec


def _spec(kind: str, table: str, record: str, **columns: str) -> KindSpec:
    common = {"name": "r.name", "description": "r.description"}
    return KindSpec(
        kind,
        table,
        f"name text, description text, url text, raw jsonb, {record}",
        {**common, "url": "r.url", "raw": "r.raw", **columns},
        key_column="upstream_id",
        version_column="source_version",
        dated=False,
    )


CATALOGUE: Final[tuple[KindSpec, ...]] = (
    _spec(
        "template",
        "test_template",
        "platforms text[], procedure text, cleanup text, executor text, elevation_required boolean, inputs jsonb,"
        ' dependencies jsonb, "references" jsonb, author text, licence text',
        platforms="r.platforms",
        procedure="r.procedure",
        cleanup="r.cleanup",
        executor="r.executor",
        elevation_required="r.elevation_required",
        inputs="r.inputs",
        dependencies="r.dependencies",
        external_references='r."references"',
        author="r.author",
        licence="r.licence",
    ),
    _spec(
        "rule",
        "detection_rule",
        "level text, status text, retired boolean, language text, query text, platforms text[], log_source jsonb,"
        ' author text, licence text, "references" jsonb, version text, created text, modified text, path text,'
        " source_text text",
        level="r.level",
        status="r.status",
        retired="r.retired",
        language="r.language",
        query="r.query",
        platforms="r.platforms",
        log_source="r.log_source",
        author="r.author",
        licence="r.licence",
        external_references='r."references"',
        rule_version="r.version",
        rule_created="r.created",
        rule_modified="r.modified",
        path="r.path",
        source_text="r.source_text",
    ),
    _spec(
        "countermeasure",
        "countermeasure",
        'd3fend_id text, tactic text, tactic_position integer, parent_key text, synonyms text[], "references" jsonb',
        d3fend_id="r.d3fend_id",
        tactic="r.tactic",
        tactic_position="r.tactic_position",
        parent_upstream_id="r.parent_key",
        synonyms="r.synonyms",
        external_references='r."references"',
    ),
    _spec(
        "framework",
        "framework",
        "framework text, version text, publisher text, licence text, attack_version text, baselines jsonb",
        framework="r.framework",
        version="r.version",
        publisher="r.publisher",
        licence="r.licence",
        attack_version="r.attack_version",
        baselines="r.baselines",
    ),
    _spec(
        "control",
        "control",
        "framework_key text, control_id text, family text, parent_key text, position integer, baselines text[],"
        " withdrawn boolean",
        framework_upstream_id="r.framework_key",
        control_id="r.control_id",
        family="r.family",
        parent_upstream_id="r.parent_key",
        position="r.position",
        baselines="r.baselines",
        retired="r.withdrawn",
    ),
    _spec(
        "blueprint",
        "blueprint",
        "steps jsonb, objective text, tags text[], licence text",
        steps="r.steps",
        objective="r.objective",
        tags="r.tags",
        licence="r.licence",
    ),
)
"""Objects in the order in which they have to be written."""

MAPPINGS: Final = KindSpec(
    "mapping",
    "content_link",
    "control_key text, attack_id text, relation text, description text, details jsonb",
    {
        "relation": "r.relation",
        "source_kind": "'control'",
        "source_upstream_id": "r.control_key",
        "source_id": "(SELECT k.id FROM control k WHERE k.source = %(source)s AND k.upstream_id = r.control_key)",
        "target_kind": "'technique'",
        "target_attack_id": "r.attack_id",
        "description": "r.description",
        "details": "r.details",
    },
    key_column="upstream_id",
    withdrawable=False,
    version_column="source_version",
)

WITHDRAWABLE: Final = (*OBJECTS, *CATALOGUE)
DELETED: Final = (LINKS, MAPPINGS)
ALL_KINDS: Final = {spec.kind: spec for spec in (*ATTACK_KINDS, *CATALOGUE, MAPPINGS)}
LINKING_KINDS: Final = ("template", "rule", "countermeasure", "control")
"""Kinds whose records name techniques: their links are rows of their own and no items."""
RELATIONS: Final = {"template": "tests", "rule": "detects", "countermeasure": "counters", "control": "covers"}
"""What the link of a kind says."""
