"""Small evidence files of the demo: console logs and drawn screens."""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from app.uploads import UploadForm

_SIZE = (720, 260)
_GROUND, _BAR, _INK = (24, 28, 36), (52, 60, 76), (214, 222, 235)


def console_log(at: datetime, host: str, lines: list[str]) -> bytes:
    """A log of a terminal, a line every few seconds."""
    rows = [f"{at + timedelta(seconds=4 * n):%Y-%m-%dT%H:%M:%SZ} {host} {line}" for n, line in enumerate(lines)]
    return ("\n".join(rows) + "\n").encode()


async def drawn_screen(title: str, lines: list[str]) -> bytes:
    """A PNG that looks like the window of a console."""
    return await asyncio.to_thread(_draw, title, lines)


def _draw(title: str, lines: list[str]) -> bytes:
    picture = Image.new("RGB", _SIZE, _GROUND)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, _SIZE[0], 28), fill=_BAR)
    pen.text((12, 8), _plain(title), fill=_INK)
    for number, line in enumerate(lines):
        pen.text((12, 44 + 20 * number), _plain(line), fill=_INK)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def upload_form(filename: str, content: bytes, *, caption: str) -> UploadForm:
    """The file as a browser would send it."""
    boundary = secrets.token_hex(16)
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="caption"\r\n\r\n{caption}\r\n'.encode(),
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode(),
        content,
        f"\r\n--{boundary}--\r\n".encode(),
    )

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return UploadForm(
        body(),
        f"multipart/form-data; boundary={boundary}",
        file_field="file",
        text_fields=frozenset({"caption"}),
        max_file_bytes=1 << 20,
    )
