"""Tactics in matrix order and what stands under each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

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
MATRIX: Final = (_TACTICS, _PLACES)
"""Queries of the columns and of what stands in them; they take a domain."""


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
    return matrix_of(*await read_rows(session, *((query, asked) for query in MATRIX)))


def matrix_of(
    columns: Sequence[tuple[Any, ...]], cells: Sequence[tuple[Any, ...]]
) -> tuple[list[MatrixTactic], dict[str, list[str]]]:
    """The same from the rows of MATRIX."""
    tactics = [MatrixTactic(*row) for row in columns]
    places: dict[str, list[str]] = {tactic.id: [] for tactic in tactics}
    for tactic, technique in cells:
        if tactic in places:
            places[tactic].append(technique)
    return tactics, places
