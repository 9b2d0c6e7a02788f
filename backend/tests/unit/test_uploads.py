"""Reading multipart bodies that arrive in pieces of any size."""

from collections.abc import AsyncIterator

import pytest

from app.errors import AppError
from app.uploads import UploadForm

HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a \\"b\\".txt"\r\n\r\n'
NOTES = b'--b\r\ncontent-disposition: form-data; name="notes"\r\n\r\nsome notes\r\n'
END = b"\r\n--b--\r\n"
TRICKY = b"data\r\n--a\r\n--\r\n\r\n-b--\r\n--"


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def form_of(body: bytes, size: int, *, limit: int = 1000) -> UploadForm:
    return UploadForm(
        pieces(body, size),
        "multipart/form-data; boundary=b",
        file_field="file",
        text_fields=frozenset({"notes"}),
        max_file_bytes=limit,
    )


async def read_all(form: UploadForm) -> bytes:
    await form.next_file()
    return b"".join([chunk async for chunk in form.file_chunks()])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
@pytest.mark.parametrize("content", [b"", b"x", TRICKY, bytes(range(256))])
async def test_the_file_comes_out_as_it_went_in(size: int, content: bytes) -> None:
    form = form_of(NOTES + HEAD + content + END, size)
    assert await form.next_file() == 'a "b".txt'
    assert b"".join([chunk async for chunk in form.file_chunks()]) == content
    assert form.fields == {"notes": "some notes"}


@pytest.mark.parametrize("cut", range(1, len(HEAD + TRICKY + END) - 3))
async def test_a_body_cut_anywhere_is_truncated(cut: int) -> None:
    form = form_of((HEAD + TRICKY + END)[:cut], 5)
    with pytest.raises(AppError) as refusal:
        await read_all(form)
    assert refusal.value.code == "upload_truncated"


async def test_the_limit_is_the_files_not_the_forms() -> None:
    form = form_of(NOTES + HEAD + b"x" * 10 + END, 4, limit=10)
    await form.next_file()
    assert b"".join([chunk async for chunk in form.file_chunks()]) == b"x" * 10
    form = form_of(NOTES + HEAD + b"x" * 11 + END, 4, limit=10)
    await form.next_file()
    with pytest.raises(AppError) as refusal:
        _ = [chunk async for chunk in form.file_chunks()]
    assert (refusal.value.status, refusal.value.code) == (413, "file_too_large")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (NOTES + NOTES + HEAD + END, "notes", "repeated"),
        (NOTES.replace(b"notes", b"other") + HEAD + END, "other", "extra_forbidden"),
        (NOTES.replace(b"some notes", b"\xff\xfe") + HEAD + END, "notes", "not_utf8"),
        (NOTES.replace(b"some notes", b"x" * 70_000) + HEAD + END, "notes", "too_long"),
        (NOTES + END[2:], "file", "file_missing"),
        (HEAD.replace(b"; filename", b"; nothing") + END, "file", "file_missing"),
    ],
)
async def test_faults_are_named(body: bytes, field: str, code: str) -> None:
    form = form_of(body, 100)
    with pytest.raises(AppError) as refusal:
        await form.next_file()
    assert [(fault.field, fault.code) for fault in refusal.value.fields] == [(field, code)]


async def test_many_parts_and_long_headers_are_refused() -> None:
    many = b"".join(NOTES.replace(b"notes", f"n{n}".encode()) for n in range(30))
    long = b'--b\r\nContent-Disposition: form-data; name="' + b"n" * 100_000 + b'"\r\n\r\n'
    for body in (many, long):
        with pytest.raises(AppError) as refusal:
            await form_of(body + HEAD + END, 1000).next_file()
        assert refusal.value.status == 422
