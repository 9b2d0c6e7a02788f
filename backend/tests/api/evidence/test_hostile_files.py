"""Files made to attack whoever looks at them: stored, never rendered, never run, given back byte for byte."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from PIL import Image

from tests.api.evidence.scene import BOUNDARY, Scene, refused, tail
from tests.api.evidence.test_reading import link_to, path_of
from tests.api.evidence.test_upload import open_upload

SCRIPT = b"<script>fetch('/api/v1/auth/me')</script>"
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def png(width: int = 2, height: int = 2) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that would be drawn as gigabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
        + chunk(b"IEND", b"")
    )


def packed(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


@dataclass(frozen=True)
class Hostile:
    """A file and what becomes of it. preview: the type that is shown instead of it, or the code of the refusal."""

    content: bytes
    filename: str
    dangerous: bool
    preview: str


PICTURE, WORDS, NOTHING, TOO_LARGE = "image/png", "text/plain; charset=utf-8", "no_preview", "preview_too_large"
HOSTILE = {
    "HTML": Hostile(b"<!doctype html>" + SCRIPT, "report.html", dangerous=True, preview=NOTHING),
    "HTML called a picture": Hostile(b"<html><body>" + SCRIPT, "photo.png", dangerous=True, preview=NOTHING),
    "HTML called text": Hostile(b"\n  <html>" + SCRIPT, "notes.txt", dangerous=True, preview=NOTHING),
    "HTML after words": Hostile(b"see below\n" + SCRIPT, "notes.txt", dangerous=False, preview=WORDS),
    "HTML in UTF-16": Hostile(
        "<html><script>alert(1)</script>".encode("utf-16"), "notes.txt", dangerous=True, preview=NOTHING
    ),
    "SVG with script": Hostile(
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>",
        "chart.svg",
        dangerous=True,
        preview=NOTHING,
    ),
    "SVG as XML": Hostile(b"<?xml version='1.0'?><svg>" + SCRIPT + b"</svg>", "x.xml", dangerous=True, preview=NOTHING),
    "picture and script in one": Hostile(GIF + b"/*" + SCRIPT + b"*/", "both.gif", dangerous=False, preview=PICTURE),
    "picture and archive in one": Hostile(
        png() + packed("evil.exe", b"MZ" * 9), "both.png", dangerous=False, preview=PICTURE
    ),
    "picture called HTML": Hostile(png(), "picture.html", dangerous=True, preview=PICTURE),
    "broken picture": Hostile(b"\x89PNG\r\n\x1a\n" + b"A" * 100, "broken.png", dangerous=False, preview=NOTHING),
    "picture of 10 gigabytes": Hostile(
        png_that_claims(60_000, 60_000), "wide.png", dangerous=False, preview=TOO_LARGE
    ),
    "PDF with script": Hostile(
        b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", "a.pdf", dangerous=False,
        preview=NOTHING,
    ),
    "program": Hostile(b"MZ\x90\x00" + b"\x00" * 60, "invoice.pdf.exe", dangerous=True, preview=NOTHING),
    "program called text": Hostile(b"\x7fELF\x02\x01\x01", "notes.txt", dangerous=True, preview=NOTHING),
    "shell script": Hostile(b"#!/bin/sh\nrm -rf /\n", "clean", dangerous=True, preview=WORDS),
    "archive of 64 megabytes": Hostile(packed("zeros", bytes(64 << 20)), "bomb.zip", dangerous=False, preview=NOTHING),
    "sparse 4 gigabytes, packed": Hostile(
        gzip.compress(bytes(64 << 20)) * 64, "core.gz", dangerous=False, preview=NOTHING
    ),
    "archive with a way out": Hostile(
        packed("../../etc/cron.d/x", b"* * * * * root sh"), "out.zip", dangerous=False, preview=NOTHING
    ),
    "Office file with macros": Hostile(
        packed("word/vbaProject.bin", b"\x00macro"), "letter.docx", dangerous=True, preview=NOTHING
    ),
    "terminal escapes": Hostile(b"\x1b]0;owned\x07\x1b[2J ok\n", "log.txt", dangerous=False, preview=NOTHING),
    "formula": Hostile(b'=HYPERLINK("http://x","y"),1\n', "figures.csv", dangerous=False, preview=WORDS),
    "shortcut": Hostile(b"[InternetShortcut]\nURL=file:///c:/x.exe\n", "a.url", dangerous=True, preview=WORDS),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_stored_never_rendered_and_comes_back_byte_for_byte(scene: Scene, name: str) -> None:
    file = HOSTILE[name]
    answer = await scene.upload(await scene.test(), file.content, filename=file.filename)
    assert answer.status_code == 201, answer.text
    evidence = answer.json()
    assert evidence["dangerous"] is file.dangerous
    fetched = await scene.fetch(await link_to(scene, evidence))
    assert fetched.content == file.content
    assert fetched.headers["content-disposition"].startswith("attachment; ")
    assert fetched.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert fetched.headers["x-content-type-options"] == "nosniff"
    if file.dangerous:
        assert fetched.headers["content-type"] == "application/octet-stream"
        assert '.danger"' in fetched.headers["content-disposition"]
    shown = await scene.get(path_of(evidence, "/preview"))
    if file.preview in {NOTHING, TOO_LARGE}:
        assert refused(shown) == (413 if file.preview == TOO_LARGE else 422, file.preview)
        return
    assert (shown.status_code, shown.headers["content-type"]) == (200, file.preview)
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert shown.headers["x-content-type-options"] == "nosniff"
    if file.preview == PICTURE:
        # Drawn anew: nothing of what was hidden beside the picture is in it.
        assert b"script" not in shown.content
        assert b"PK\x03\x04" not in shown.content


NAMES = {
    "bidi": ("photo_\u202egnp.exe".encode(), "photo_gnp.exe"),
    "zero width": ("a\u200b\u2060b.txt".encode(), "ab.txt"),
    "way out": (b"../../../etc/passwd", "passwd"),
    "Windows way": (b"C:\\\\Windows\\\\x.txt", "x.txt"),
    "dots": (b"..", "evidence"),
    "NUL": (b"a\x00.txt", "a.txt"),
    "device": (b"CON", "CON"),
    "special": (b"a<b>:|?*.txt", "a_b_____.txt"),
    "very long": (b"n" * 4000 + b".txt", "n" * 196 + ".txt"),
    "decomposed": ("U\u0308bung.txt".encode(), "Übung.txt"),
    "header line": (b"a.txt%0d%0aX-Evil: 1", None),
    "no Unicode": (b"a\xff\xfe.txt", None),
    "tag": (b"<img src=x onerror=alert(1)>.txt", "_img src=x onerror=alert(1)_.txt"),
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_name_is_made_harmless_everywhere(scene: Scene, name: str) -> None:
    raw, shown = NAMES[name]
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="'.encode()
        + raw
        + b'"\r\nContent-Type: text/html\r\n\r\nwords'
        + tail()
    )

    async def whole() -> AsyncIterator[bytes]:
        yield body

    before = scene.stored_files()
    answer = await scene.stream(await scene.test(), whole(), length=len(body))
    if answer.status_code != 201:
        # A name that no parser takes is refused, and nothing is kept.
        assert answer.status_code in {400, 422}, answer.text
        assert scene.stored_files() == before
        return
    evidence = answer.json()
    if shown is not None:
        assert evidence["filename"] == shown
    fetched = await scene.fetch(await link_to(scene, evidence))
    disposition = fetched.headers["content-disposition"]
    assert fetched.content == b"words"
    assert "x-evil" not in fetched.headers
    assert disposition.startswith("attachment; ")
    assert disposition.isascii()
    assert disposition.isprintable()
    (stored,) = set(scene.stored_files()) - set(before)
    assert stored.name.isalnum()
    stored.unlink()


async def test_four_gigabytes_are_refused_before_the_first_byte(scene: Scene) -> None:
    before = scene.stored_files()
    reader, writer = await open_upload(scene, await scene.test(), 4 << 30)
    status = await reader.readline()
    writer.close()
    assert status.split()[1] == b"413"
    assert scene.stored_files() == before
