"""What the tests of the reader have read: good things, and things that would stop a hospital."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from typing import Any


class Refused(Exception):
    """What a task refuses."""

    field = "file"


def count(until: int) -> Iterator[int]:
    """The numbers below `until`."""
    print("a library that prints")
    yield from range(until)


def refuse(sentence: str) -> Iterator[int]:
    """One number and then a refusal."""
    yield 1
    raise Refused(sentence)


def fill_memory() -> Iterator[int]:
    """Take memory until there is none."""
    yield len([bytes(10_000_000) for _ in range(100_000)])


def never_end() -> Iterator[int]:
    """Work for ever."""
    while True:
        pass
    yield 1


def sleep_for_ever() -> Iterator[int]:
    """Wait for ever, without work."""
    time.sleep(100_000)
    yield 1


def fail(value: str) -> Iterator[int]:
    """A fault whose text is a value that nobody may read."""
    yield int(value)


def die() -> Iterator[int]:
    """End as a program ends that is given no memory where it does not ask."""
    os.kill(os.getpid(), signal.SIGSEGV)
    yield 1


def tell() -> Iterator[int]:
    """Log something."""
    logging.getLogger("hms.told").warning("a %s", "line")
    yield 1


def surroundings() -> Iterator[Any]:
    """What the process knows of the one that started it."""
    yield dict(os.environ)
