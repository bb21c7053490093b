"""Lists that were sent, read in a process of their own: their heading, and their rows one after the other."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hms_app.core.reading import a_look, a_whole_import, in_turn, read_apart
from hms_app.domain.interop.errors import ListUnreadable
from hms_app.domain.interop.rules.received.lists import Line, head_at, whole_at


@dataclass(frozen=True)
class ListHead:
    """The heading of a list, and its first rows."""

    header: list[str]
    rows: list[Line]


def look_at_list(path: Path, media_type: str, *, rows: int) -> ListHead:
    """The heading and the first rows; raises ListUnreadable. No transaction should wait for it."""
    with in_turn():
        (_, header), *first = read_apart(
            head_at, str(path), media_type, rows, allowance=a_look(), refusal=ListUnreadable
        )
    return ListHead(header, [Line(*line) for line in first])


@contextmanager
def whole_list(path: Path, media_type: str) -> Iterator[tuple[int, Iterator[Line]]]:
    """How many rows a list has, and its rows while they are read; raises ListUnreadable."""
    reading = read_apart(whole_at, str(path), media_type, allowance=a_whole_import(), refusal=ListUnreadable)
    with closing(reading):
        yield next(reading), (Line(*line) for line in reading)
