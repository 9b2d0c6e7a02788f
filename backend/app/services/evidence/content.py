"""What a file is, judged by its bytes while they pass through, and whether opening it could run something."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath

HEAD_BYTES = 8 * 1024
OCTET_STREAM = "application/octet-stream"
TEXT = "text/plain"
JSON_TYPE = "application/json"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
RTF = "application/rtf"

_EXECUTABLE = "application/x-executable"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
    (b"\x4d\x3c\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (b"\x0a\x0d\x0d\x0a", "application/x-pcapng"),
    (b"ElfFile\x00", "application/x-ms-evtx"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"(\xb5/\xfd", "application/zstd"),
    (b"BZh", "application/x-bzip2"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
_EXECUTABLE_MAGIC: tuple[bytes, ...] = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x00asm",
    b"dex\n",
    b"!<arch>\n",
    b"ITSF",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
_SCRIPT_STARTS = (b"#!", b"@echo", b"<?php", b"windows registry editor", b"regedit4", b"[internetshortcut]")
_MARKUP_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<svg", b"<job", b"<hta:")
_ACTIVE_MARKUP = (b"<html", b"<script", b"<svg", b"<iframe", b"<job", b"<xsl:stylesheet")
# Names inside containers that mean code: Office macros, Java and Android programs, embedded objects.
_MARKERS: dict[str, tuple[bytes, ...]] = {
    ZIP: (b"vbaProject.bin", b"/macrosheets/", b"META-INF/MANIFEST.MF", b"AndroidManifest.xml", b"/activeX/"),
    OLE: ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"), b"Auto_Open", b"AutoOpen"),
    RTF: (b"\\objdata", b"\\objupdate", b"\\objlink"),
}
_MARKER_OVERLAP = 64
# fmt: off
_DANGEROUS_SUFFIXES = frozenset({
    ".app", ".apk", ".appref-ms", ".bash", ".bat", ".chm", ".cmd", ".com", ".command", ".cpl", ".dll",
    ".docm", ".dotm", ".elf", ".exe", ".gadget", ".hta", ".htm", ".html", ".img", ".inf", ".ins", ".iso",
    ".jar", ".js", ".jse", ".jsp", ".lnk", ".mht", ".mhtml", ".msc", ".msi", ".msp", ".mst", ".one", ".ova",
    ".php", ".pif", ".pl", ".potm", ".ppam", ".ppsm", ".pptm", ".ps1", ".ps1xml", ".psd1", ".psm1", ".py",
    ".pyc", ".pyw", ".rb", ".reg", ".scf", ".scr", ".sct", ".settingcontent-ms", ".sh", ".shb", ".sldm",
    ".svg", ".svgz", ".swf", ".sys", ".url", ".vb", ".vbe", ".vbs", ".vhd", ".vhdx", ".war", ".website",
    ".ws", ".wsc", ".wsf", ".wsh", ".xbap", ".xht", ".xhtml", ".xlam", ".xll", ".xlsb", ".xlsm", ".xltm",
    ".xsl", ".xslt",
})
# fmt: on
_PUREMAGIC_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """Media type by content, and whether the file is delivered under a name that nothing opens by itself."""

    content_type: str
    dangerous: bool


class ContentInspector:
    """Watches a file pass through. Keeps its first 8 KiB; in containers it looks for the names of code all the way."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = b""
        self._container: str | None = None
        self._has_code = False

    async def watch(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same chunks, seen."""
        async for chunk in chunks:
            self.see(chunk)
            yield chunk

    def see(self, chunk: bytes) -> None:
        """Take note of the next bytes."""
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
            self._container = _by_magic(bytes(self._head))
        markers = _MARKERS.get(self._container or "")
        if markers and not self._has_code:
            window = self._tail + chunk
            self._has_code = any(marker in window for marker in markers)
            self._tail = window[-_MARKER_OVERLAP:]

    def facts(self, filename: str) -> ContentFacts:
        """What the file is; the name can only make it more dangerous, never less."""
        content_type, is_active = _judge(bytes(self._head))
        suffixes = {suffix.lower() for suffix in PurePosixPath(filename).suffixes[-2:]}
        return ContentFacts(content_type, is_active or self._has_code or bool(suffixes & _DANGEROUS_SUFFIXES))


def _by_magic(head: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def _judge(head: bytes) -> tuple[str, bool]:
    """Media type, and whether the content itself is active."""
    if head.startswith(_EXECUTABLE_MAGIC):
        return _EXECUTABLE, True
    kind = _by_magic(head)
    if kind is not None:
        return kind, False
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", False
    text = _as_text(head)
    return (_unusual(head), False) if text is None else _judge_text(text)


def _judge_text(text: bytes) -> tuple[str, bool]:
    lowered = text.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith(_SCRIPT_STARTS):
        return TEXT, True
    is_markup = lowered.startswith(_MARKUP_STARTS)
    if lowered.startswith(b"<") and (is_markup or any(mark in lowered for mark in _ACTIVE_MARKUP)):
        return ("image/svg+xml" if b"<svg" in lowered and b"<html" not in lowered else "text/html"), True
    if lowered.startswith(b"<?xml"):
        return "application/xml", False
    if lowered.startswith((b'{"', b"{\n", b"{\r\n", b"[{", b"[\n")):
        return JSON_TYPE, False
    return TEXT, False


def _as_text(head: bytes) -> bytes | None:
    """The head as UTF-8 text, or None when it is not text. A character cut off at the end is forgiven."""
    try:
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = head[: len(head) // 2 * 2].decode("utf-16", "ignore")
        else:
            text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return None
        text = head[: error.start].decode("utf-8")
    if any(char < " " and char not in "\t\n\r\f\x1b" for char in text):
        return None
    return text.encode()


def _unusual(head: bytes) -> str:
    """Ask the library about what the table does not have; a weak guess is no answer."""
    import puremagic  # noqa: PLC0415  reads a table of 200 KB, which most processes never need

    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return OCTET_STREAM
    best = next((g for g in guesses if g.confidence >= _PUREMAGIC_CONFIDENCE and g.mime_type), None)
    return best.mime_type if best else OCTET_STREAM
