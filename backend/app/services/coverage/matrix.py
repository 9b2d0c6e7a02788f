"""Tactics in matrix order and what stands under each."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TACTICS = text(
    """
    SELECT id, attack_id, shortname, name FROM tactic
    WHERE domain = :domain AND is_active AND position IS NOT NULL ORDER BY position, shortname
    """
)
_PLACES = text(
    """
    SELECT p.tactic_id, p.technique_id FROM technique_tactic p
    JOIN technique t ON t.id = p.technique_id
    WHERE t.domain = :domain AND t.is_active AND NOT t.unresolved
    ORDER BY t.attack_id
    """
)


@dataclass(frozen=True, slots=True)
class MatrixTactic:
    """A column of the matrix."""

    id: UUID
    attack_id: str
    shortname: str
    name: str


async def read_matrix(session: AsyncSession, domain: str) -> tuple[list[MatrixTactic], dict[UUID, list[UUID]]]:
    """The columns of a domain in their order, and the active techniques of each by ATT&CK id."""
    tactics = [MatrixTactic(*row) for row in await session.execute(_TACTICS, {"domain": domain})]
    places: dict[UUID, list[UUID]] = {tactic.id: [] for tactic in tactics}
    for tactic, technique in await session.execute(_PLACES, {"domain": domain}):
        if tactic in places:
            places[tactic].append(technique)
    return tactics, places
