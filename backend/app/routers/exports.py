"""Answers to save: printed reports, and tables of any length."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.dependencies import get_read_session
from app.errors import TooMany
from app.reports.csv_text import CSV_TYPE
from app.reports.document import Document
from app.reports.pdf import PDF_TYPE, pdf_document

STREAMS_AT_ONCE: Final = 4
"""Each holds a database connection for as long as its reader takes."""
REPORT_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            PDF_TYPE: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""For the contract of a report that can also be had as a table or printed."""

_streams = asyncio.Semaphore(STREAMS_AT_ONCE)
_printing = asyncio.Semaphore(2)
_own_session = asynccontextmanager(get_read_session)


async def pdf_response(document: Document, filename: str) -> Response:
    """A printed report to save. `filename` is one of ours, never a user's text."""
    async with _printing:
        content = await asyncio.to_thread(pdf_document, document)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, media_type=PDF_TYPE, headers=headers)


def csv_stream(
    request: Request, filename: str, head: str, lines: Callable[[AsyncSession], AsyncIterator[str]]
) -> StreamingResponse:
    """A table sent while it is read, on a session of its own that outlives the request's.

    Raises TooMany `too_many_exports` while others take all places.
    """
    if _streams.locked():
        message = "Several exports are being sent. Try again in a moment."
        raise TooMany("too_many_exports", message, retry_after_seconds=10)

    async def send() -> AsyncIterator[bytes]:
        async with _streams, _own_session(request) as session:
            yield f"\ufeff{head}".encode()
            async for text in lines(session):
                yield text.encode()

    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingResponse(send(), media_type=CSV_TYPE, headers=headers)
