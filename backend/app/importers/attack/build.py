"""One builder a STIX type: an object that was found well-formed in, its record out."""

import re
from typing import Any, Final, Literal, cast

from app.importers.attack.context import KILL_CHAINS, KIND_OF_TYPE, BundleContext, StixObject, attack_reference_of
from app.importers.attack.records import (
    Analytic,
    AttackCampaign,
    DataComponent,
    DetectionStrategy,
    Domain,
    Group,
    Kind,
    Link,
    LogSource,
    Mitigation,
    Reference,
    ReferenceObject,
    Software,
    Tactic,
    Technique,
)

MAX_NAME: Final = 512
MAX_URL: Final = 4096
STIX_REF: Final = re.compile(r"[a-z0-9-]+--[0-9a-f-]{36}")
RELATION: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
SHORTNAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
TECHNIQUE_ID: Final = re.compile(r"T\d{4}(?:\.\d{3})?")
TACTIC_ID: Final = re.compile(r"TA\d{4}")
NO_PLATFORM: Final = "None"


class Unusable(Exception):
    """The object cannot become a record; `code` and `message` go into the report."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def tactic(item: StixObject, context: BundleContext) -> Tactic:
    """A tactic with its place in the active matrix."""
    common = _common(item)
    shortname = _text(item, "x_mitre_shortname")
    if not SHORTNAME.fullmatch(shortname):
        raise Unusable("invalid_field", "x_mitre_shortname is missing or no short name.")
    if not TACTIC_ID.fullmatch(common["attack_id"]):
        raise Unusable("invalid_attack_id", "The id is not one of a tactic.")
    return Tactic(**common, domain=context.domain, shortname=shortname, position=context.positions.get(item["id"]))


def technique(item: StixObject, context: BundleContext) -> Technique:
    """A technique with its tactics, platforms and parent."""
    common = _common(item)
    if not TECHNIQUE_ID.fullmatch(common["attack_id"]):
        raise Unusable("invalid_attack_id", "The id is not one of a technique.")
    domain, tactics = _tactics(item, context.domain)
    parent = context.parents.get(item["id"])
    return Technique(
        **common,
        domain=domain,
        tactics=tactics,
        platforms=_platforms(item),
        is_subtechnique=_flag(item, "x_mitre_is_subtechnique"),
        parent_stix_id=parent,
        parent_attack_id=context.attack_ids.get(parent) if parent else None,
        detection=_text(item, "x_mitre_detection"),
        permissions_required=_texts(item, "x_mitre_permissions_required"),
        data_sources=_texts(item, "x_mitre_data_sources"),
        contributors=_texts(item, "x_mitre_contributors"),
    )


def mitigation(item: StixObject, _context: BundleContext) -> Mitigation:
    """A mitigation. Its id may be one of a technique, which is why records are looked up by kind."""
    return Mitigation(**_common(item))


def software(item: StixObject, _context: BundleContext) -> Software:
    """Malware or a tool."""
    common = _common(item)
    return Software(
        **common,
        software_type=cast("Literal['malware', 'tool']", item["type"]),
        aliases=_aliases(item, "x_mitre_aliases", common["name"]),
        platforms=_platforms(item),
    )


def group(item: StixObject, _context: BundleContext) -> Group:
    """An intrusion set."""
    common = _common(item)
    contributors = _texts(item, "x_mitre_contributors")
    return Group(**common, aliases=_aliases(item, "aliases", common["name"]), contributors=contributors)


def campaign(item: StixObject, _context: BundleContext) -> AttackCampaign:
    """A campaign of an adversary."""
    common = _common(item)
    return AttackCampaign(
        **common,
        aliases=_aliases(item, "aliases", common["name"]),
        first_seen=_text(item, "first_seen") or None,
        last_seen=_text(item, "last_seen") or None,
    )


def detection_strategy(item: StixObject, _context: BundleContext) -> DetectionStrategy:
    """A detection strategy with its analytics."""
    return DetectionStrategy(**_common(item), analytic_stix_ids=_texts(item, "x_mitre_analytic_refs"))


def analytic(item: StixObject, context: BundleContext) -> Analytic:
    """An analytic with its log sources."""
    return Analytic(
        **_common(item),
        strategy_stix_id=context.strategies.get(item["id"]),
        platforms=_platforms(item),
        log_sources=_log_sources(item, "x_mitre_log_source_references"),
        mutable_elements=[
            {"field": _text(element, "field"), "description": _text(element, "description")}
            for element in _objects(item, "x_mitre_mutable_elements")
        ],
    )


def data_component(item: StixObject, _context: BundleContext) -> DataComponent:
    """A data component. Before release 18 it had no id of its own."""
    return DataComponent(
        **_common(item, needs_id=False),
        log_sources=_log_sources(item, "x_mitre_log_sources"),
        data_source_stix_id=_text(item, "x_mitre_data_source_ref") or None,
    )


def reference_object(item: StixObject, _context: BundleContext) -> ReferenceObject:
    """An ICS asset or a former data source."""
    stix_type = cast("Literal['x-mitre-asset', 'x-mitre-data-source']", item["type"])
    return ReferenceObject(**_common(item), stix_type=stix_type, platforms=_platforms(item))


def link(item: StixObject, context: BundleContext) -> Link:
    """A relationship, whether or not the bundle holds its ends."""
    relation = _text(item, "relationship_type")
    if not RELATION.fullmatch(relation):
        raise Unusable("invalid_field", "relationship_type is missing or no name.")
    source, source_kind = _end(item, "source_ref", context)
    target, target_kind = _end(item, "target_ref", context)
    return Link(
        stix_id=item["id"],
        relation=relation,
        source_kind=source_kind,
        source_stix_id=source,
        source_attack_id=context.attack_ids.get(source),
        target_kind=target_kind,
        target_stix_id=target,
        target_attack_id=context.attack_ids.get(target),
        description=_text(item, "description"),
        references=_references(item, own=None),
        created=item["created"],
        modified=item["modified"],
        revoked=_flag(item, "revoked"),
        deprecated=_flag(item, "x_mitre_deprecated"),
    )


def _common(item: StixObject, *, needs_id: bool = True) -> dict[str, Any]:
    name = _text(item, "name").strip()
    if not name:
        raise Unusable("missing_field", "The object has no name.")
    if len(name) > MAX_NAME:
        raise Unusable("invalid_field", f"The name is longer than {MAX_NAME} characters.")
    own = attack_reference_of(item)
    if own is None and needs_id:
        raise Unusable("missing_attack_id", "The object has no id of ATT&CK.")
    return {
        "stix_id": item["id"],
        "attack_id": own["external_id"] if own else None,
        "name": name,
        "description": _text(item, "description"),
        "url": _web_address(own.get("url")) if own else None,
        "version": _text(item, "x_mitre_version") or None,
        "created": item["created"],
        "modified": item["modified"],
        "revoked": _flag(item, "revoked"),
        "deprecated": _flag(item, "x_mitre_deprecated"),
        "references": _references(item, own),
    }


def _references(item: StixObject, own: dict[str, Any] | None) -> list[Reference]:
    return [
        Reference(
            source_name=_text(reference, "source_name"),
            external_id=_text(reference, "external_id") or None,
            url=_web_address(reference.get("url")),
            description=_text(reference, "description") or None,
        )
        for reference in _objects(item, "external_references")
        if reference is not own
    ]


def _tactics(item: StixObject, bundle_domain: Domain) -> tuple[Domain, list[str]]:
    """Shortnames, and the domain that they belong to: dead techniques have none and take the bundle's."""
    domain = bundle_domain
    names: set[str] = set()
    for phase in _objects(item, "kill_chain_phases"):
        named = KILL_CHAINS.get(_text(phase, "kill_chain_name"))
        if named is None:
            continue
        domain = named
        names.add(_text(phase, "phase_name"))
    if any(not SHORTNAME.fullmatch(name) for name in names):
        raise Unusable("invalid_field", "kill_chain_phases names a phase that is no short name.")
    return domain, sorted(names)


def _end(item: StixObject, name: str, context: BundleContext) -> tuple[str, Kind]:
    reference = _text(item, name)
    known = context.kinds.get(reference)
    if known is not None:
        return reference, known
    if not STIX_REF.fullmatch(reference):
        raise Unusable("invalid_field", f"{name} is missing or no id.")
    kind = KIND_OF_TYPE.get(reference.partition("--")[0])
    if kind is None:
        raise Unusable("unsupported_link", f"{name} points at a type that is not imported.")
    return reference, kind


def _log_sources(item: StixObject, name: str) -> list[LogSource]:
    return [
        LogSource(
            name=_text(source, "name"),
            channel=_text(source, "channel") or None,
            data_component_stix_id=_text(source, "x_mitre_data_component_ref") or None,
        )
        for source in _objects(item, name)
    ]


def _platforms(item: StixObject) -> list[str]:
    return sorted({name for name in _texts(item, "x_mitre_platforms") if name != NO_PLATFORM})


def _aliases(item: StixObject, name: str, own_name: str) -> list[str]:
    return [alias for alias in dict.fromkeys(_texts(item, name)) if alias != own_name]


def _web_address(value: object) -> str | None:
    """An address that a browser may open; anything else from outside is not kept as a link."""
    if isinstance(value, str) and len(value) <= MAX_URL and value.startswith(("https://", "http://")):
        return value
    return None


def _flag(item: StixObject, name: str) -> bool:
    value = item.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise Unusable("invalid_field", f"{name} is neither true nor false.")


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, "")
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    raise Unusable("invalid_field", f"{name} is no text.")


def _texts(item: StixObject, name: str) -> list[str]:
    value = item.get(name)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return value
    raise Unusable("invalid_field", f"{name} is no list of texts.")


def _objects(item: StixObject, name: str) -> list[dict[str, Any]]:
    value = item.get(name)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return value
    raise Unusable("invalid_field", f"{name} is no list of objects.")
