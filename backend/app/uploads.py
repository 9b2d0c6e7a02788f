"""Reading a multipart upload as it arrives: the file goes on in chunks, the fields beside it are kept, nothing else is.

Knows nothing of HTTP frameworks: it takes the body as an iterator of bytes and the content type as text.
"""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum, auto

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from app.errors import FieldError, Invalid, TooLarge

MAX_FIELD_BYTES = 64 * 1024
MAX_PARTS = 20


class _Kind(Enum):
    HEADERS = auto()
    DATA = auto()
    PART_END = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class _Event:
    kind: _Kind
    data: bytes = b""
    disposition: bytes = b""


class UploadForm:
    """One `multipart/form-data` body with one file part and any of the named text fields, in any order.

    Call `next_file`, then consume `file_chunks` to its end; afterwards `fields` is complete.
    Raises Invalid (`upload_malformed`, `upload_truncated`, `file_missing`, `file_repeated`, `invalid_input`) and
    TooLarge (`file_too_large`).
    """

    def __init__(
        self,
        body: AsyncIterator[bytes],
        content_type: str,
        *,
        file_field: str,
        text_fields: frozenset[str],
        max_file_bytes: int,
    ) -> None:
        self.fields: dict[str, str] = {}
        self._body = body
        self._file_field = file_field
        self._text_fields = text_fields
        self._max_file_bytes = max_file_bytes
        self._events: deque[_Event] = deque()
        self._part_disposition = b""
        self._header_name = b""
        self._header_value = b""
        self._parts = 0
        self._ended = False
        self._parser = self._make_parser(_boundary_of(content_type))

    async def next_file(self) -> str:
        """Read up to the file's first byte; the name that the client gave it."""
        while (event := await self._next_event()) is not None:
            if event.kind is _Kind.HEADERS:
                name, filename = _names_in(event.disposition)
                if name == self._file_field:
                    if filename is None:
                        raise _field_error(name, "Must be a file, with a file name.", "file_missing")
                    return filename
                await self._read_field(name)
        raise _field_error(self._file_field, "The form has no file.", "file_missing")

    async def file_chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes; at their end the rest of the form is read, so that a truncated body is noticed."""
        size = 0
        while (event := await self._next_event()) is not None and event.kind is _Kind.DATA:
            size += len(event.data)
            if size > self._max_file_bytes:
                raise TooLarge("file_too_large", f"A file may have at most {self._max_file_bytes} bytes.")
            yield event.data
        await self._read_rest()

    async def _read_rest(self) -> None:
        while (event := await self._next_event()) is not None:
            if event.kind is _Kind.HEADERS:
                name, _ = _names_in(event.disposition)
                if name == self._file_field:
                    raise _field_error(name, "One file at a time.", "file_repeated")
                await self._read_field(name)

    async def _read_field(self, name: str) -> None:
        if name not in self._text_fields or name in self.fields:
            code = "repeated" if name in self.fields else "extra_forbidden"
            raise _field_error(name, "This field is not expected here.", code)
        value = bytearray()
        while (event := await self._next_event()) is not None and event.kind is _Kind.DATA:
            value += event.data
            if len(value) > MAX_FIELD_BYTES:
                raise _field_error(name, f"At most {MAX_FIELD_BYTES} bytes.", "too_long")
        try:
            self.fields[name] = value.decode()
        except UnicodeDecodeError:
            raise _field_error(name, "Must be text in UTF-8.", "not_utf8") from None

    async def _next_event(self) -> _Event | None:
        """The next event of the parser, or None after the form's end."""
        while not self._events:
            if self._ended:
                return None
            await self._feed()
        event = self._events.popleft()
        if event.kind is _Kind.END:
            self._ended = True
            await self._drain()
            return None
        return event

    async def _feed(self) -> None:
        chunk = await anext(self._body, None)
        if chunk is None:
            raise Invalid("upload_truncated", "The upload ended before the form was complete.")
        if chunk:
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise Invalid("upload_malformed", "The body is not well-formed multipart/form-data.") from error

    async def _drain(self) -> None:
        """Read what little may follow the form, so that the connection can be used again."""
        async for _ in self._body:
            pass

    def _make_parser(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": lambda: self._events.append(_Event(_Kind.PART_END)),
                    "on_end": lambda: self._events.append(_Event(_Kind.END)),
                },
            )
        except FormParserError as error:
            raise Invalid("upload_malformed", "The multipart boundary cannot be used.") from error

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise Invalid("upload_malformed", f"A form may have at most {MAX_PARTS} parts.")
        self._part_disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._part_disposition = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        self._events.append(_Event(_Kind.HEADERS, disposition=self._part_disposition))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(_Event(_Kind.DATA, data[start:end]))


def _boundary_of(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise Invalid("not_multipart", "Send the file as multipart/form-data.")
    return boundary


def _names_in(disposition: bytes) -> tuple[str, str | None]:
    """The part's field name and, for a file, its file name."""
    _, options = parse_options_header(disposition)
    filename = options.get(b"filename")
    name = options.get(b"name", b"").decode("utf-8", "replace")
    return name, None if filename is None else filename.decode("utf-8", "replace")


def _field_error(name: str, message: str, code: str) -> Invalid:
    known = code if code in {"file_missing", "file_repeated"} else "invalid_input"
    return Invalid(known, message, fields=[FieldError(name[:100], message, code)])
