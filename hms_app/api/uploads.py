"""Files that browsers send: a multipart form, written to disk while it is read, no further than its limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from hms_app.api.routing import MAX_FORM_BYTES, MAX_FORM_FIELDS, FormRefused
from hms_app.domain.files.errors import FileRefused, FileTooLarge
from hms_app.domain.files.service import Received

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FRAME_BYTES: Final = 64 * 1024
"""What a form may weigh beside its file: fields, headers, boundaries."""
_UNREADABLE: Final = "What was sent cannot be read. Choose the file again."


@dataclass
class Upload:
    """What a form held: its fields, and the one file with the name it came under."""

    file: Received
    file_name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    has_file: bool = False


@asynccontextmanager
async def received_form(request: Request, *, max_bytes: int) -> AsyncIterator[Upload]:
    """Read a multipart form with one file of at most `max_bytes`; the file is gone when the context ends.

    Raises FormRefused, FileRefused when there is no file, and FileTooLarge as soon as the limit is passed.
    """
    boundary = _boundary_of(request)
    _ensure_announced_size(request, max_bytes)
    received = await run_in_threadpool(Received, max_bytes)
    with received:
        form = _Form(Upload(received))
        parser = MultipartParser(boundary, form.callbacks())
        weight = 0
        try:
            async for chunk in request.stream():
                weight += len(chunk)
                if weight > max_bytes + _FRAME_BYTES:
                    raise FileTooLarge(max_bytes)
                parser.write(chunk)
                await run_in_threadpool(form.write_out)
        except (MultipartParseError, ClientDisconnect):
            raise FormRefused(_UNREADABLE) from None
        if not form.is_complete:
            raise FormRefused(_UNREADABLE)
        if not form.upload.has_file:
            raise FileRefused("Choose a file first.")
        yield form.upload


def _boundary_of(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise FormRefused("This form was sent in a way that is not read here.")
    return boundary


def _ensure_announced_size(request: Request, max_bytes: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 19 and int(announced) > max_bytes + _FRAME_BYTES:
        raise FileTooLarge(max_bytes)


def _as_typed(name: str) -> str:
    """A file's name without the three escapes that browsers put into a form (WHATWG, "multipart/form-data")."""
    return name.replace("%0D", "\r").replace("%0A", "\n").replace("%22", '"')


class _Form:
    """What the parser has found so far; the file's bytes wait for `write_out`."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.is_complete = False
        self._waiting = bytearray()
        self._text = bytearray()
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._is_file = False
        self._weight = 0

    def callbacks(self) -> "MultipartCallbacks":
        """The parser's hooks."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._take(self._header, data[start:end]),
            "on_header_value": lambda data, start, end: self._take(self._value, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._know,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def write_out(self) -> None:
        """Put the file's bytes that have come onto the disk; raises FileTooLarge."""
        if self._waiting:
            self.upload.file.write(bytes(self._waiting))
            self._waiting.clear()

    def _begin(self) -> None:
        self._headers, self._text = {}, bytearray()

    def _take(self, into: bytearray, piece: bytes) -> None:
        self._weight += len(piece)
        if self._weight > MAX_FORM_BYTES:
            raise FormRefused("What was sent is too long.")
        into += piece

    def _end_header(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _know(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = b"filename" in options
        if not self._is_file:
            return
        if self.upload.has_file:
            raise FormRefused("Send one file at a time.")
        name = _as_typed(options[b"filename"].decode("utf-8", "replace"))
        self.upload.file_name, self.upload.has_file = name, name != ""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._waiting += data[start:end]
        else:
            self._take(self._text, data[start:end])

    def _end(self) -> None:
        if self._is_file:
            return
        self.upload.fields[self._name] = self._text.decode("utf-8", "replace")
        if len(self.upload.fields) > MAX_FORM_FIELDS:
            raise FormRefused("What was sent is too long.")

    def _finish(self) -> None:
        self.is_complete = True
