"""Answers that are not JSON."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.dependencies import Paging
from app.reports.csv_text import CSV_TYPE, csv_document
from app.services.shared_answers import SharedAnswers

CSV_ROWS = 50_000
"""A table has at most so many rows: more is a matter for the API and its pages."""
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""For the contract of a list that can also be had as a table."""


def csv_response(document: str, filename: str) -> Response:
    """A table to save. `filename` is one of ours, never a user's text."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    # With a byte order mark spreadsheets take the text for what it is, UTF-8.
    return Response(f"\ufeff{document}", media_type=CSV_TYPE, headers=headers)


def model_table(items: Sequence[BaseModel], model: type[BaseModel], *, without: Collection[str] = ()) -> str:
    """Rows as their models have them; the texts of a list stand in one cell with commas between."""
    header = [name for name in model.model_fields if name not in without]

    def cell(value: object) -> object:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    return csv_document(header, ([cell(getattr(item, name)) for name in header] for item in items))


def json_page(items: str, total: int, page: Paging) -> Response:
    """A page whose items the database already wrote as JSON."""
    body = f'{{"items":{items},"total":{total},"limit":{page.limit},"offset":{page.offset}}}'
    return Response(body, media_type="application/json")


async def shared_json(
    shared: SharedAnswers, session: AsyncSession, key: Hashable, make: Callable[[], Awaitable[BaseModel | bytes]]
) -> Response:
    """An answer that is the same for everybody who may ask: a model, or JSON that is written already."""

    async def body() -> bytes:
        made = await make()
        return made if isinstance(made, bytes) else made.model_dump_json(by_alias=True).encode()

    return Response(await shared.get(session, key, body), media_type="application/json")
