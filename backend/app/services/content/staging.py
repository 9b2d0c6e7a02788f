"""Bring the worker's files into temporary tables of the import's own transaction, undecoded."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, LiteralString

from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.ext.asyncio import AsyncSession

CHUNK_BYTES: Final = 1 << 20
DERIVED_KINDS: Final = ("revocation", "redirect")
"""What a source says beside its items: replaced as a whole, never counted."""

NEW_ID: Final = SQL(
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing"
    " substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),"
    " 52, 1), 53, 1),"
    " 'hex')::uuid"
)
"""A time-ordered UUID of version 7, made by PostgreSQL."""

Driver = AsyncConnection[Any]
Progress = Callable[[str, int, int | None], Awaitable[None]]
"""Told the phase, how much is done, and of how much; may raise to stop the import."""


@dataclass(frozen=True, slots=True)
class Part:
    """One domain of a source as it arrives: which release, and how much it may replace."""

    domain: str
    release: str | None
    summary: bool = False
    """Texts are cut short: it never replaces full content."""
    was_summary: bool = False
    """What is stored of this domain is a summary, which anything full replaces."""
    ordered: bool = True
    """Whether releases compare, so that an older one never replaces a newer one; commits do not."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What a parser left for the import: files of lines `key, domain, hash, record` by kind."""

    source: str
    parts: tuple[Part, ...]
    files: Mapping[str, Path]
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Items that could not be read, by kind."""
    problems: Sequence[Mapping[str, str]] = ()
    only: tuple[str, ...] = ()
    """Kinds that this is about, where it is not everything that the publisher has: others are not missed."""
    incomplete: tuple[str, ...] = ()
    """Parts of which a file could not be read: what is missing there may have stood in it, so nothing is withdrawn."""
    recorded_by: str | None = None
    """Source that remembers the parts, where it is not the one that owns the rows."""

    @property
    def domains(self) -> list[str]:
        """The domains whose absent items are withdrawn."""
        return [part.domain for part in self.parts if part.domain not in self.incomplete]


async def driver_of(session: AsyncSession) -> Driver:
    """The psycopg connection below a session: COPY is not of SQLAlchemy's vocabulary."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if not isinstance(driver, AsyncConnection):
        raise TypeError("content can only be imported through psycopg")
    return driver


async def stage(driver: Driver, staged: Staged, progress: Progress) -> None:
    """Fill `incoming` (one row an item), `member` (its domains) and `part`. All vanish with the transaction.

    An item whose hash the parser knew has no record.
    """
    await driver.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
    await driver.execute(
        "CREATE TEMP TABLE incoming (n integer GENERATED ALWAYS AS IDENTITY, kind text NOT NULL DEFAULT '',"
        " key text NOT NULL, domain text NOT NULL, hash text NOT NULL, record text) ON COMMIT DROP;"
        " ALTER TABLE incoming ALTER COLUMN record SET STORAGE EXTERNAL"
    )
    sizes = {kind: path.stat().st_size for kind, path in staged.files.items()}
    total, done = sum(sizes.values()), 0
    for kind, path in staged.files.items():
        await driver.execute(SQL("ALTER TABLE incoming ALTER COLUMN kind SET DEFAULT {}").format(Literal(kind)))
        await _copy(driver, path)
        done += sizes[kind]
        await progress("loading", done, total)
    await _create_parts(driver, staged.parts)
    await _one_row_an_item(driver, several=len(staged.parts) > 1)


async def _copy(driver: Driver, path: Path) -> None:
    statement: LiteralString = (
        "COPY incoming (key, domain, hash, record) FROM STDIN (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01')"
    )
    with path.open("rb") as stream:
        async with driver.cursor().copy(statement) as copy:
            while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                await copy.write(chunk)


async def _create_parts(driver: Driver, parts: Sequence[Part]) -> None:
    await driver.execute(
        "CREATE TEMP TABLE part (domain text PRIMARY KEY, release text, release_key integer[], summary boolean,"
        " was_summary boolean, rank integer) ON COMMIT DROP"
    )
    async with driver.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO part VALUES (%(domain)s, %(release)s, string_to_array(%(ordered)s, '.')::integer[],"
            " %(summary)s, %(was_summary)s, %(rank)s)",
            [
                {
                    "domain": part.domain,
                    "release": part.release,
                    "ordered": part.release if part.ordered else None,
                    "summary": part.summary,
                    "was_summary": part.was_summary,
                    "rank": rank,
                }
                for rank, part in enumerate(parts)
            ],
        )


async def _one_row_an_item(driver: Driver, *, several: bool) -> None:
    """An object may stand in several domains: remember where, and keep its newest release once."""
    # Within one part the parser gives an item once.
    await driver.execute(
        SQL(
            "CREATE TEMP TABLE member ON COMMIT DROP AS SELECT {distinct} kind, key, domain FROM incoming"
            " WHERE kind <> ALL(%(derived)s)"
        ).format(distinct=SQL("DISTINCT" if several else "")),
        {"derived": list(DERIVED_KINDS)},
    )
    if several:
        await driver.execute(
            "DELETE FROM incoming WHERE n IN (SELECT n FROM (SELECT i.n, row_number() OVER (PARTITION BY i.kind, i.key"
            " ORDER BY p.release_key DESC NULLS LAST, p.rank, i.n) AS place FROM incoming i JOIN part p USING"
            " (domain)) x"
            " WHERE place > 1)"
        )
    # Keys are sorted for statistics, which takes longer than the joins that would be planned with them.
    await driver.execute("ANALYZE incoming (kind, domain); ANALYZE member (kind)")


__all__ = ["NEW_ID", "SQL", "Driver", "Identifier", "Part", "Progress", "Staged", "driver_of", "stage"]
