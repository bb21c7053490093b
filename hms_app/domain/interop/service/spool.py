"""Rows put aside on disk until everything they may refer to is loaded."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, BinaryIO, Final, NamedTuple

from hms_app.domain.interop.rules.specs import ParsedRow

_AT_ONCE: Final = 2_000
"""Rows of a kind that are written together."""


class Spooled(NamedTuple):
    """A row and where it came from."""

    row: ParsedRow
    file: str
    place: str


class Spool:
    """A temporary directory with a file for each kind of thing; use it in a `with`. Memory stays small."""

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="hms-import-")
        self._files: dict[str, BinaryIO] = {}
        self._waiting: dict[str, list[Any]] = {}
        self._counts: dict[str, int] = {}

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
        self._directory.cleanup()

    def put(self, kind: str, thing: Any) -> None:
        """Put something aside."""
        waiting = self._waiting.setdefault(kind, [])
        waiting.append(thing)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if len(waiting) >= _AT_ONCE:
            self._write(kind)

    def count(self, kind: str) -> int:
        """How many of a kind were put aside."""
        return self._counts.get(kind, 0)

    def chunks(self, kind: str, size: int) -> Iterator[list[Any]]:
        """Everything of a kind in the order it was put aside, at most `size` at a time."""
        chunk: list[Any] = []
        for thing in self._things(kind):
            chunk.append(thing)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _things(self, kind: str) -> Iterator[Any]:
        if kind not in self._counts:
            return
        self._write(kind)
        file = self._files[kind]
        file.seek(0)
        while True:
            try:
                yield from pickle.load(file)  # noqa: S301  (written above, by this process)
            except EOFError:
                return

    def _write(self, kind: str) -> None:
        file = self._files.get(kind)
        if file is None:
            file = self._files[kind] = (Path(self._directory.name) / kind).open("w+b")
        pickle.dump(self._waiting[kind], file, protocol=pickle.HIGHEST_PROTOCOL)
        self._waiting[kind] = []
