"""What an object's record needs from the other objects of its bundle: order, parents, successors, ids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.importers.attack.records import Domain, Kind, Revocation

StixObject = dict[str, Any]
"""A decoded STIX object: nothing is known of its values before they are checked."""

ATTACK_SOURCES: Final = ("mitre-attack", "mitre-mobile-attack", "mitre-ics-attack", "mitre-pre-attack")
"""Names under which the own id of an object is filed, the usual one first."""
ATTACK_ID: Final = re.compile(r"[A-Z][A-Za-z]{0,8}-?\d{3,6}(?:\.\d{3})?")
KILL_CHAINS: Final[dict[str, Domain]] = {
    "mitre-attack": "enterprise",
    "mitre-mobile-attack": "mobile",
    "mitre-ics-attack": "ics",
}
KIND_OF_TYPE: Final[dict[str, Kind]] = {
    "attack-pattern": "technique",
    "campaign": "campaign",
    "course-of-action": "mitigation",
    "intrusion-set": "group",
    "malware": "software",
    "tool": "software",
    "x-mitre-analytic": "analytic",
    "x-mitre-asset": "reference_object",
    "x-mitre-data-component": "data_component",
    "x-mitre-data-source": "reference_object",
    "x-mitre-detection-strategy": "detection_strategy",
    "x-mitre-tactic": "tactic",
}


@dataclass(frozen=True, slots=True)
class BundleContext:
    """Look-ups over one bundle, by STIX id."""

    domain: Domain
    has_techniques: bool
    kinds: dict[str, Kind]
    """Of every object that can be the end of a link."""
    attack_ids: dict[str, str]
    positions: dict[str, int]
    """Of tactics in the active matrix."""
    parents: dict[str, str]
    successors: dict[str, str]
    strategies: dict[str, str]
    """Detection strategy of each analytic."""
    revoked: list[str]

    def derived_of(self, item: StixObject) -> bytes:
        """What the record holds beside the object itself, so that the content hash covers it."""
        stix_id = item["id"]
        stix_type = item["type"]
        if stix_type == "relationship":
            source, target = str(item.get("source_ref")), str(item.get("target_ref"))
            return f"{self.attack_ids.get(source)}|{self.attack_ids.get(target)}".encode()
        if stix_type == "attack-pattern":
            return self.parents.get(stix_id, "").encode()
        if stix_type == "x-mitre-tactic":
            return f"{self.domain} {self.positions.get(stix_id)}".encode()
        if stix_type == "x-mitre-analytic":
            return self.strategies.get(stix_id, "").encode()
        return b""

    def revocations(self) -> Iterator[Revocation]:
        """Where each revoked object went, in the order of the bundle."""
        for stix_id in self.revoked:
            attack_id = self.attack_ids.get(stix_id)
            if attack_id is None:
                continue
            direct = self.successors.get(stix_id)
            final = self._end_of_chain(stix_id)
            yield Revocation(
                kind=KIND_OF_TYPE[stix_id.partition("--")[0]],
                stix_id=stix_id,
                attack_id=attack_id,
                direct_stix_id=direct,
                direct_attack_id=self.attack_ids.get(direct) if direct else None,
                final_stix_id=final,
                final_attack_id=self.attack_ids.get(final) if final else None,
            )

    def _end_of_chain(self, stix_id: str) -> str | None:
        seen = {stix_id}
        current = stix_id
        while (following := self.successors.get(current)) is not None:
            if following in seen:
                return None
            seen.add(following)
            current = following
        return current if current != stix_id else None


def is_dead(item: StixObject) -> bool:
    """Whether upstream revoked or deprecated the object; a missing flag says no."""
    return item.get("revoked") is True or item.get("x_mitre_deprecated") is True


def attack_id_of(item: StixObject) -> str | None:
    """The object's own ATT&CK id. Look at the type first: dead mitigations carry ids of techniques."""
    found = attack_reference_of(item)
    return found["external_id"] if found else None


def attack_reference_of(item: StixObject) -> dict[str, Any] | None:
    """The external reference that names the object itself; it need not be the first one."""
    references = item.get("external_references")
    if not isinstance(references, list):
        return None
    best: dict[str, Any] | None = None
    best_rank = len(ATTACK_SOURCES)
    for reference in references:
        name = reference.get("source_name") if isinstance(reference, dict) else None
        if name not in ATTACK_SOURCES:
            continue
        external_id = reference.get("external_id")
        rank = ATTACK_SOURCES.index(name)
        if isinstance(external_id, str) and rank < best_rank and ATTACK_ID.fullmatch(external_id):
            best, best_rank = reference, rank
    return best


def read_context(objects: list[StixObject], domain: Domain) -> BundleContext:
    """Go through the bundle once. References point forward in it, so this has to precede all building."""
    context = BundleContext(
        domain=domain,
        has_techniques=any(item["type"] == "attack-pattern" for item in objects),
        kinds={},
        attack_ids={},
        positions=_positions(objects, domain),
        parents={},
        successors={},
        strategies={},
        revoked=[],
    )
    for item in objects:
        stix_type = item["type"]
        if stix_type == "relationship":
            _read_relationship(item, context)
            continue
        kind = KIND_OF_TYPE.get(stix_type)
        if kind is None:
            continue
        context.kinds[item["id"]] = kind
        attack_id = attack_id_of(item)
        if attack_id is not None:
            context.attack_ids[item["id"]] = attack_id
        if item.get("revoked") is True:
            context.revoked.append(item["id"])
        if stix_type == "x-mitre-detection-strategy":
            for reference in _texts(item.get("x_mitre_analytic_refs")):
                context.strategies.setdefault(reference, item["id"])
    return context


def _read_relationship(item: StixObject, context: BundleContext) -> None:
    source, target = item.get("source_ref"), item.get("target_ref")
    if is_dead(item) or not isinstance(source, str) or not isinstance(target, str):
        return
    relation = item.get("relationship_type")
    if relation == "subtechnique-of":
        context.parents.setdefault(source, target)
    elif relation == "revoked-by":
        context.successors.setdefault(source, target)


def _positions(objects: list[StixObject], domain: Domain) -> dict[str, int]:
    """Tactic order of the domain's active matrix. Mobile lists a deprecated matrix before it."""
    matrices = [item for item in objects if item["type"] == "x-mitre-matrix" and not is_dead(item)]
    own = [item for item in matrices if _matrix_name(item) == f"{domain}-attack"]
    order: dict[str, int] = {}
    for matrix in own or matrices[:1]:
        for reference in _texts(matrix.get("tactic_refs")):
            order.setdefault(reference, len(order))
    return order


def _matrix_name(matrix: StixObject) -> str | None:
    for reference in matrix.get("external_references") or []:
        if isinstance(reference, dict) and reference.get("source_name") in ATTACK_SOURCES:
            return str(reference.get("external_id"))
    return None


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
