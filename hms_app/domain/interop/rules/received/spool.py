"""Rows put aside on disk until everything they may refer to is loaded."""

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
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
    """A directory with a file for each kind of thing; use it in a `with`. Memory stays small."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files: dict[str, BinaryIO] = {}
        self._waiting: dict[str, list[Any]] = {}
        self._counts: dict[str, int] = {}

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for kind in list(self._waiting):
            self._write(kind)
        for file in self._files.values():
            file.close()

    def put(self, kind: str, thing: Any) -> None:
        """Put something aside."""
        waiting = self._waiting.setdefault(kind, [])
        waiting.append(thing)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if len(waiting) >= _AT_ONCE:
            self._write(kind)

    def counts(self) -> dict[str, int]:
        """How many of each kind were put aside."""
        return dict(self._counts)

    def found(self, counts: dict[str, int]) -> None:
        """Take over what another process put into the directory."""
        self._counts = dict(counts)

    def count_of_all(self, kinds: Iterable[str]) -> int:
        """How many of these kinds were put aside."""
        return sum(self._counts.get(kind, 0) for kind in kinds)

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
        with (self.directory / kind).open("rb") as file:
            while True:
                try:
                    yield from pickle.load(file)  # noqa: S301  (written below, by this program)
                except EOFError:
                    return

    def _write(self, kind: str) -> None:
        waiting = self._waiting.pop(kind, None)
        if waiting is None:
            return
        file = self._files.get(kind)
        if file is None:
            file = self._files[kind] = (self.directory / kind).open("ab")
        pickle.dump(waiting, file, protocol=pickle.HIGHEST_PROTOCOL)
        file.flush()
