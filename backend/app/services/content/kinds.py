"""How a record of each kind becomes a row.

The worker's records reach PostgreSQL as text; these tables say how SQL reads them. A kind that a further source brings
is one more `KindSpec`, whatever the source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_COMMON_RECORD: Final = (
    "stix_id text, attack_id text, name text, description text, url text, version text, created timestamptz,"
    ' modified timestamptz, revoked boolean, deprecated boolean, "references" jsonb'
)
_COMMON_COLUMNS: Final = {
    "attack_id": "coalesce(r.attack_id, '')",
    "name": "r.name",
    "description": "r.description",
    "url": "r.url",
    "version": "r.version",
    "upstream_created": "r.created",
    "upstream_modified": "r.modified",
    "revoked": "r.revoked",
    "deprecated": "r.deprecated",
    "external_references": 'r."references"',
}


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind of record and its table."""

    kind: str
    table: str
    record: str
    """Column definitions with which the record's JSON is read as `r`."""
    columns: Mapping[str, str]
    """Column of the table and the expression over `r` that fills it."""
    key_column: str = "stix_id"
    withdrawable: bool = True
    """Rows stay with `withdrawn_at` when the publisher drops them; false means that they are deleted."""
    version_column: str = "attack_version"
    """Where the release that brought the row's content is kept."""
    dated: bool = True
    """Whether rows know their part and when the publisher changed them."""
    nested: bool = False
    """Rows refer to others of the kind: new ones are written first, so that old ones can be put below them."""


def _spec(kind: str, table: str, record: str = "", *, nested: bool = False, **columns: str) -> KindSpec:
    extra = f", {record}" if record else ""
    return KindSpec(kind, table, _COMMON_RECORD + extra, {**_COMMON_COLUMNS, **columns}, nested=nested)


_PARENT_ID: Final = "(SELECT p.id FROM change p WHERE p.kind = 'technique' AND p.key = r.parent_stix_id)"
_STRATEGY_ID: Final = "(SELECT p.id FROM change p WHERE p.kind = 'detection_strategy' AND p.key = r.strategy_stix_id)"

OBJECTS: Final[tuple[KindSpec, ...]] = (
    _spec(
        "tactic",
        "tactic",
        "domain text, shortname text, position integer",
        domain="r.domain",
        shortname="r.shortname",
        position="r.position",
    ),
    _spec(
        "technique",
        "technique",
        "domain text, platforms text[], is_subtechnique boolean, parent_stix_id text, detection text,"
        " permissions_required text[], data_sources text[], contributors text[]",
        nested=True,
        domain="r.domain",
        platforms="r.platforms",
        is_subtechnique="r.is_subtechnique",
        parent_id=_PARENT_ID,
        detection="r.detection",
        permissions_required="r.permissions_required",
        data_sources="r.data_sources",
        contributors="r.contributors",
    ),
    _spec("mitigation", "mitigation"),
    _spec(
        "software",
        "software",
        "software_type text, aliases text[], platforms text[]",
        software_type="r.software_type",
        aliases="r.aliases",
        platforms="r.platforms",
    ),
    _spec(
        "group",
        "threat_actor",
        "aliases text[], contributors text[]",
        aliases="r.aliases",
        contributors="r.contributors",
    ),
    _spec(
        "campaign",
        "attack_campaign",
        "aliases text[], first_seen timestamptz, last_seen timestamptz",
        aliases="r.aliases",
        first_seen="r.first_seen",
        last_seen="r.last_seen",
    ),
    _spec("detection_strategy", "detection_strategy"),
    _spec(
        "analytic",
        "analytic",
        "strategy_stix_id text, platforms text[], log_sources jsonb, mutable_elements jsonb",
        strategy_stix_id="r.strategy_stix_id",
        strategy_id=_STRATEGY_ID,
        platforms="r.platforms",
        log_sources="r.log_sources",
        mutable_elements="r.mutable_elements",
    ),
    _spec(
        "data_component",
        "data_component",
        "log_sources jsonb, data_source_stix_id text",
        log_sources="r.log_sources",
        data_source_stix_id="r.data_source_stix_id",
    ),
    _spec(
        "reference_object",
        "reference_object",
        "stix_type text, platforms text[]",
        stix_type="r.stix_type",
        platforms="r.platforms",
    ),
)
"""Objects in the order in which they have to be written."""

LINKS: Final = KindSpec(
    "link",
    "content_link",
    "relation text, source_kind text, source_stix_id text, source_attack_id text, target_kind text,"
    " target_stix_id text,"
    ' target_attack_id text, description text, "references" jsonb, modified timestamptz, revoked boolean,'
    " deprecated boolean",
    {
        "relation": "r.relation",
        "source_kind": "r.source_kind",
        "source_upstream_id": "r.source_stix_id",
        "source_attack_id": "r.source_attack_id",
        "source_id": "s.id",
        "target_kind": "r.target_kind",
        "target_upstream_id": "r.target_stix_id",
        "target_attack_id": "r.target_attack_id",
        "target_id": "CASE WHEN r.target_kind <> 'technique' THEN o.id END",
        "technique_id": "CASE WHEN r.target_kind = 'technique' THEN t.technique_id END",
        "resolution": "CASE WHEN r.target_kind <> 'technique' THEN 'not_a_technique' ELSE"
        " coalesce(t.resolution, 'unresolved') END",
        "source_version": "p.release",
        "description": "r.description",
        "external_references": 'r."references"',
        "is_active": "NOT r.revoked AND NOT r.deprecated",
        "upstream_modified": "r.modified",
    },
    key_column="upstream_id",
    withdrawable=False,
    version_column="source_version",
)

ATTACK_KINDS: Final = (*OBJECTS, LINKS)
GUARDED_KINDS: Final = frozenset(
    {"tactic", "technique", "mitigation", "software", "group", "template", "rule", "countermeasure", "control"}
)
"""Kinds of which too large a share may not vanish alone, beside the share of all items together."""
