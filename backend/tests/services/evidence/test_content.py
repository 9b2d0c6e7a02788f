"""What files are taken for."""

import io
import zipfile

import pytest

from app.services.evidence.content import ContentFacts, ContentInspector


def judge(content: bytes, filename: str = "file", *, step: int | None = None) -> ContentFacts:
    inspector = ContentInspector()
    for start in range(0, len(content), step or max(len(content), 1)):
        inspector.see(content[start : start + (step or len(content))])
    return inspector.facts(filename)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x" * 20_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "application/vnd.tcpdump.pcap"),
        (b"\n\r\r\n\x1c\x00\x00\x00", "application/x-pcapng"),
        (b"ElfFile\x00\x00", "application/x-ms-evtx"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
        (archive("a.txt"), "application/zip"),
        (b"plain words\n", "text/plain"),
        ("Ünïcode ✓".encode(), "text/plain"),
        ("with a mark".encode("utf-16"), "text/plain"),
        (b'{"a": 1}', "application/json"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"a < b, <html> is a tag\n", "text/plain"),
        (b"\x1b[31mred\x1b[0m\n", "text/plain"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00", "video/mp4"),
        (bytes(range(256)), "application/octet-stream"),
        (b"text with a \x00 byte", "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_harmless_kinds(content: bytes, content_type: str) -> None:
    assert judge(content) == ContentFacts(content_type, dangerous=False)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"MZ\x90\x00", "application/x-executable"),
        (b"\x7fELF\x02\x01", "application/x-executable"),
        (b"\xcf\xfa\xed\xfe", "application/x-executable"),
        (b"\xca\xfe\xba\xbe", "application/x-executable"),
        (b"#!/bin/sh\n", "text/plain"),
        (b"@echo off\r\n", "text/plain"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"\xef\xbb\xbf\n  <script>x</script>", "text/html"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><job id='x'><script/></job>", "text/html"),
        (archive("word/document.xml", "word/vbaProject.bin"), "application/zip"),
        (archive("META-INF/MANIFEST.MF", "A.class"), "application/zip"),
        (b"{\\rtf1{\\object\\objdata 0105}}", "application/rtf"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "_VBA_PROJECT".encode("utf-16-le"),
            "application/x-ole-storage",
        ),
    ],
)
def test_dangerous_kinds(content: bytes, content_type: str) -> None:
    assert judge(content) == ContentFacts(content_type, dangerous=True)


@pytest.mark.parametrize("name", ["a.exe", "A.PS1", "x.docm", "report.pdf.js", "page.HTML", "a.sh.txt", "disk.iso"])
def test_a_name_can_make_it_dangerous(name: str) -> None:
    assert judge(b"plain words", name) == ContentFacts("text/plain", dangerous=True)


@pytest.mark.parametrize("name", ["a.txt", "notes.exe.notes.txt", "a.png", "exe", ".bashrc"])
def test_other_names_do_not(name: str) -> None:
    assert judge(b"plain words", name) == ContentFacts("text/plain", dangerous=False)


@pytest.mark.parametrize("step", [1, 7, 1000, 4096])
def test_chunks_of_any_size_give_the_same_answer(step: int) -> None:
    content = archive("word/document.xml", "word/vbaProject.bin")
    assert judge(content, step=step) == ContentFacts("application/zip", dangerous=True)


def test_a_character_cut_off_at_the_end_of_the_head_is_still_text() -> None:
    content = b"a" * 8191 + "é".encode() + b"\x00\x01\x02"
    assert judge(content) == ContentFacts("text/plain", dangerous=False)
