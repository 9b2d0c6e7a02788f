"""Several statements read at once, below SQLAlchemy: for pages that are asked for all the time."""

from collections.abc import Mapping
from typing import Any, LiteralString, TypeVarTuple

from psycopg import AsyncConnection
from sqlalchemy import Integer, Select, literal_column
from sqlalchemy.ext.asyncio import AsyncSession

Query = tuple[LiteralString, Mapping[str, object]]
Columns = TypeVarTuple("Columns")


async def read_rows(session: AsyncSession, *queries: Query) -> list[list[tuple[Any, ...]]]:
    """The rows of each query, in the session's transaction and in one round trip for all of them.

    Through SQLAlchemy a statement costs about a millisecond however small it is, which is most of what the matrix
    and the list of techniques took. What the session has not yet written is written first.
    """
    if session.new or session.dirty or session.deleted:
        await session.flush()
    connection = (await session.connection()).sync_connection
    driver = None if connection is None else connection.connection.driver_connection
    if not isinstance(driver, AsyncConnection):
        raise TypeError("only psycopg reads several statements at once")
    async with driver.pipeline():
        # Read again and again with the same text: prepared from the first time on.
        cursors = [await driver.execute(text, parameters, prepare=True) for text, parameters in queries]
        return [await cursor.fetchall() for cursor in cursors]


def one_page(query: Select[*Columns], limit: int, offset: int) -> Select[*Columns]:
    """One page of a query, its length written out.

    With a length that it does not know PostgreSQL reckons with a tenth of the table, and so plans a prepared statement
    anew each time, which takes longer than to answer it.
    """
    query = query.limit(literal_column(str(limit), Integer()))
    return query.offset(offset) if offset else query
