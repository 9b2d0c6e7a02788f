"""A layer of ATT&CK Navigator, checked and laid over our matrix. Nothing of it is kept."""

import re
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Invalid
from app.schemas.overlay import NavigatorLayer
from app.services.coverage.matrix import MatrixTactic, read_matrix
from app.services.reading import read_rows

DOMAINS: Final = {"enterprise-attack": "enterprise", "mobile-attack": "mobile", "ics-attack": "ics"}
UNKNOWN_SHOWN: Final = 200
_COLOUR: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_TECHNIQUES: Final = """
SELECT CAST(t.id AS text), t.attack_id, t.name, p.attack_id
FROM technique t LEFT JOIN technique p ON p.id = t.parent_id
WHERE t.domain = %(domain)s AND t.is_active
"""
# An id of another release, where it means exactly one of our techniques.
_FORMER: Final = """
SELECT a.external_id, CAST((array_agg(DISTINCT a.technique_id))[1] AS text)
FROM technique_alias a JOIN technique t ON t.id = a.technique_id AND t.is_active AND t.domain = %(domain)s
WHERE a.scheme = 'attack' AND a.external_id = ANY(%(ids)s) AND a.kind IN ('same', 'revoked_by', 'merge')
GROUP BY a.external_id HAVING count(DISTINCT a.technique_id) = 1
"""


async def lay_over(session: AsyncSession, layer: NavigatorLayer) -> dict[str, Any]:
    """The layer's cells on our matrix: one a technique and tactic, under our ids.

    Raises Invalid for a format or a domain that we do not know.
    """
    version = layer.versions.layer if layer.versions else None
    if version is not None and version.partition(".")[0] != "4":
        raise _refused("versions.layer", "Only layers of format 4 can be read.", "unknown_layer_format")
    domain = DOMAINS.get(layer.domain)
    if domain is None:
        raise _refused("domain", f"The domains are {', '.join(DOMAINS)}.", "unknown_domain")
    asked = {"domain": domain, "ids": sorted({item.technique_id.upper() for item in layer.techniques})}
    known, former = await read_rows(session, (_TECHNIQUES, asked), (_FORMER, asked))
    tactics, places = await read_matrix(session, domain)
    stands_in = _tactics_of(tactics, places)
    successors = dict(former)
    ours = {row[0]: row for row in known}
    by_id = {attack_id: identity for identity, attack_id, *_ in known}
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    unknown: list[str] = []
    for item in layer.techniques:
        wanted = item.technique_id.upper()
        identity = by_id.get(wanted) or successors.get(wanted)
        places_asked = [
            name for name in stands_in.get(identity or "", []) if item.tactic is None or name == item.tactic.lower()
        ]
        if identity is None or not places_asked:
            unknown.append(f"{item.technique_id} ({item.tactic})" if item.tactic else item.technique_id)
            continue
        _, attack_id, name, parent = ours[identity]
        for tactic in places_asked:
            cells[attack_id, tactic] = {
                "attack_id": attack_id,
                "tactic": tactic,
                "name": name,
                "parent": parent,
                "score": item.score,
                "color": _colour(item.color),
                "comment": item.comment,
                "enabled": item.enabled,
            }
    return {
        "name": layer.name,
        "description": layer.description,
        "domain": domain,
        "attack_version": layer.versions.attack if layer.versions else None,
        "cells": sorted(cells.values(), key=lambda cell: (cell["attack_id"], cell["tactic"])),
        "unknown": unknown[:UNKNOWN_SHOWN],
        "unknown_count": len(unknown),
        "gradient": _gradient(layer),
        "legend": [
            {"label": item.label, "color": colour} for item in layer.legend_items if (colour := _colour(item.color))
        ],
    }


def _tactics_of(tactics: list[MatrixTactic], places: dict[str, list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tactic in tactics:
        for technique in places[tactic.id]:
            found.setdefault(technique, []).append(tactic.shortname)
    return found


def _colour(text: str | None) -> str | None:
    """Only what is a colour for certain: it ends up in a style."""
    return text.lower() if text is not None and _COLOUR.fullmatch(text) else None


def _gradient(layer: NavigatorLayer) -> dict[str, Any] | None:
    found = layer.gradient
    if found is None or found.max_value <= found.min_value:
        return None
    colours = [colour for text in found.colors if (colour := _colour(text)) is not None]
    if len(colours) < 2:
        return None
    return {"colors": colours, "min": found.min_value, "max": found.max_value}


def _refused(field: str, message: str, code: str) -> Invalid:
    return Invalid(code, message, fields=[FieldError(field, message, code)])
