"""What is stored already, told to the parser so that it need not put equal items together again."""

import asyncio
from pathlib import Path
from typing import Final

from psycopg.sql import SQL, Composable, Identifier, Literal
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.content.kinds import ATTACK_KINDS, KindSpec
from app.services.content.staging import driver_of

ALWAYS_READ: Final = frozenset({"tactic", "technique"})
"""Their places and successors are worked out from all of them, changed or not."""


async def write_known_hashes(session: AsyncSession, source: str, path: Path) -> None:
    """Write a line `key TAB hash` for each stored ATT&CK item whose record is of no use while its hash is the same.

    Items that were withdrawn are not among them: they come back with all they say.
    """
    driver = await driver_of(session)
    union = SQL(" UNION ALL ").join(_of(spec, source) for spec in ATTACK_KINDS if spec.kind not in ALWAYS_READ)
    chunks: list[bytes] = []
    async with driver.cursor().copy(SQL("COPY ({union}) TO STDOUT").format(union=union)) as copy:
        chunks.extend([bytes(chunk) async for chunk in copy])
    await asyncio.to_thread(path.write_bytes, b"".join(chunks))


def _of(spec: KindSpec, source: str) -> Composable:
    return SQL(
        "SELECT {key}, content_hash FROM {table} WHERE source = {source} AND content_hash <> ''{standing}"
    ).format(
        key=Identifier(spec.key_column),
        table=Identifier(spec.table),
        source=Literal(source),
        standing=SQL(" AND withdrawn_at IS NULL" if spec.withdrawable else ""),
    )
