"""Looking at evidence without opening it: pictures drawn anew by the server, the first 64 KiB of text."""

import asyncio
import io
import warnings
from dataclasses import dataclass

from app.database import SessionFactory
from app.domain.actor import Actor
from app.errors import Invalid, TooLarge
from app.services.evidence.content import JSON_TYPE, TEXT
from app.services.evidence.custody import record_custody_of_read
from app.services.evidence.delivery import require_available
from app.services.evidence.queries import EvidenceView
from app.storage import EvidenceStore

TEXT_BYTES = 64 * 1024
MAX_IMAGE_BYTES = 32 << 20
MAX_PIXELS = 25_000_000
MAX_SIDE = 2_000
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
# A picture of the largest size takes 100 MB while it is drawn; one at a time keeps that bounded.
_drawing = asyncio.Semaphore(1)


@dataclass(frozen=True, slots=True)
class Preview:
    """What may be shown in place of the file: bytes made by us, of a harmless type."""

    content: bytes
    content_type: str


async def preview_evidence(
    factory: SessionFactory, store: EvidenceStore, *, actor: Actor, view: EvidenceView, address: str | None
) -> Preview:
    """A harmless picture or text of the file.

    Raises Invalid `no_preview` for every other type and for pictures that cannot be read, TooLarge `preview_too_large`,
    Conflict when the file was withdrawn.
    """
    require_available(view)
    content_type = view.stored.content_type
    if content_type in {TEXT, JSON_TYPE}:
        preview = Preview(await _first_bytes(store, view.stored.key), "text/plain; charset=utf-8")
    elif content_type in _FORMATS:
        preview = await _picture(store, view, _FORMATS[content_type])
    else:
        raise Invalid("no_preview", "Only pictures and text have a preview.")
    await record_custody_of_read(factory, actor, view.evidence.id, "previewed", address=address)
    return preview


async def _first_bytes(store: EvidenceStore, key: str) -> bytes:
    head = b"".join([block async for block in store.open(key, length=TEXT_BYTES)])
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    return head.decode("utf-8", "replace").encode()


async def _picture(store: EvidenceStore, view: EvidenceView, kind: str) -> Preview:
    if view.stored.size > MAX_IMAGE_BYTES:
        raise TooLarge("preview_too_large", "The picture is too large for a preview; download it.")
    async with _drawing:
        data = b"".join([block async for block in store.open(view.stored.key)])
        return Preview(await asyncio.to_thread(_redraw, data, kind), "image/png")


def _redraw(data: bytes, kind: str) -> bytes:
    """The picture's first frame as a new PNG without any metadata."""
    from PIL import Image, ImageOps  # noqa: PLC0415  10 MB that only previews need

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=[kind]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels()
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(image)
            drawn = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise Invalid("no_preview", "The picture cannot be read.") from error
    drawn.thumbnail((MAX_SIDE, MAX_SIDE))
    clean = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())
    out = io.BytesIO()
    clean.save(out, "PNG")
    return out.getvalue()


def _too_many_pixels() -> TooLarge:
    return TooLarge("preview_too_large", "The picture has too many pixels for a preview; download it.")
