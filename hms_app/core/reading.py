"""Reading what strangers send: apart from everything else, few at a time, and always with a sentence at the end."""

import logging
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Final

from hms_app.config import get_settings
from hms_app.core.errors import DomainError
from hms_app.runtime.reader import Allowance, Reader, ReadingRefused, ReadingStopped, Task

Refusal = Callable[[str], DomainError]

AT_ONCE: Final = 2
"""Files that one process has read for people at the same time."""
_WAIT_SECONDS: Final = 20
_MEGABYTE: Final = 1_000_000
_TURNS: Final = BoundedSemaphore(AT_ONCE)
_SENTENCES: Final = {
    "memory": "This file takes too much memory to be read. It is damaged, or made to do harm; in parts it can be read.",
    "time": "This file takes too long to be read. It is damaged, or made to do harm; in parts it can be read.",
}
logger = logging.getLogger("hms.reading")


def a_look() -> Allowance:
    """What looking at one file that somebody just sent may cost."""
    return Allowance(get_settings().reader_memory_mb * _MEGABYTE, work_seconds=30, wall_seconds=60)


def a_whole_import() -> Allowance:
    """What reading everything that one import brings may cost; it takes as long as loading its rows does."""
    return Allowance(get_settings().reader_memory_mb * _MEGABYTE, work_seconds=3_600)


def read_apart(
    task: Task, *arguments: Any, allowance: Allowance, refusal: Refusal
) -> Generator[Any, None, None]:
    """What `task` yields in a process of its own; a refusal of its own or of the limits comes as `refusal`.

    Hold no database connection meanwhile: reading may take as long as its allowance.
    """
    with Reader(task, *arguments, allowance=allowance, refusal=DomainError) as reader:
        try:
            yield from reader
        except ReadingRefused as refused:
            raise refusal(str(refused)) from None
        except ReadingStopped as stopped:
            raise refusal(_sentence(stopped)) from None


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait until fewer than `AT_ONCE` files are read for people; raises DomainError when that takes too long."""
    if not _TURNS.acquire(timeout=_WAIT_SECONDS):
        raise DomainError("Many files are being read at this moment. Try again in a minute.")
    try:
        yield
    finally:
        _TURNS.release()


def _sentence(stopped: ReadingStopped) -> str:
    if stopped.why in _SENTENCES:
        return _SENTENCES[stopped.why]
    reference = secrets.token_hex(4)
    logger.error("a file could not be read %s: %s", reference, stopped.place or "its process was lost")
    return f"This file could not be read. Tell your administrator reference {reference}."
