"""Tactics in matrix order and what stands under each."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.reading import read_rows

_TACTICS: Final = """
SELECT CAST(id AS text), attack_id, shortname, name FROM tactic
WHERE domain = %(domain)s AND is_active AND position IS NOT NULL ORDER BY position, shortname
"""
_PLACES: Final = """
SELECT CAST(p.tactic_id AS text), CAST(p.technique_id AS text) FROM technique_tactic p
JOIN technique t ON t.id = p.technique_id
WHERE t.domain = %(domain)s AND t.is_active AND NOT t.unresolved
ORDER BY t.attack_id
"""


@dataclass(frozen=True, slots=True)
class MatrixTactic:
    """A column of the matrix."""

    id: str
    attack_id: str
    shortname: str
    name: str


async def read_matrix(session: AsyncSession, domain: str) -> tuple[list[MatrixTactic], dict[str, list[str]]]:
    """The columns of a domain in their order, and the active techniques of each by ATT&CK id."""
    asked = {"domain": domain}
    columns, cells = await read_rows(session, (_TACTICS, asked), (_PLACES, asked))
    tactics = [MatrixTactic(*row) for row in columns]
    places: dict[str, list[str]] = {tactic.id: [] for tactic in tactics}
    for tactic, technique in cells:
        if tactic in places:
            places[tactic].append(technique)
    return tactics, places
