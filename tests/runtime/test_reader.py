"""The process that reads files of strangers: it gives what it reads, and ends alone when that does harm."""

import logging
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from hms_app.runtime.reader import Allowance, Reader, ReadingRefused, ReadingStopped, Task
from tests.runtime import reader_tasks as tasks

USUAL = Allowance(memory_bytes=300_000_000, work_seconds=20, wall_seconds=60)


def read(task: Task, *arguments: Any, allowance: Allowance = USUAL) -> Iterator[Any]:
    with Reader(task, *arguments, allowance=allowance, refusal=tasks.Refused) as reader:
        yield from reader


def test_everything_that_is_read_comes_in_order_and_nothing_that_is_printed() -> None:
    assert list(read(tasks.count, 5_000)) == list(range(5_000))


def test_a_refusal_comes_with_its_sentence_and_its_field_after_what_was_read() -> None:
    reading = read(tasks.refuse, "Not this one.")
    assert next(reading) == 1
    with pytest.raises(ReadingRefused, match=r"^Not this one\.$") as refused:
        next(reading)
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("task", "allowance", "why"),
    [
        (tasks.fill_memory, USUAL, "memory"),
        (tasks.never_end, Allowance(300_000_000, work_seconds=1), "time"),
        (tasks.sleep_for_ever, Allowance(300_000_000, work_seconds=20, wall_seconds=3), "time"),
        (tasks.die, USUAL, "memory"),
    ],
)
def test_what_never_ends_or_fills_the_memory_ends_alone(task: Task, allowance: Allowance, why: str) -> None:
    with pytest.raises(ReadingStopped) as stopped:
        list(read(task, allowance=allowance))
    assert stopped.value.why == why


def test_a_fault_says_where_it_was_and_not_what_was_read() -> None:
    with pytest.raises(ReadingStopped) as stopped:
        list(read(tasks.fail, "Ada Berg"))
    assert stopped.value.why == "fault"
    assert stopped.value.place.startswith("ValueError at ")
    assert "Ada" not in stopped.value.place


def test_what_a_reader_logs_is_logged_by_who_started_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert list(read(tasks.tell)) == [1]
    assert ("hms.told", logging.WARNING, "a line") in caplog.record_tuples


def test_a_reader_that_is_left_is_ended() -> None:
    with Reader(tasks.count, 10_000_000, allowance=USUAL) as reader:
        assert next(iter(reader)) == 0
        process = psutil.Process(reader._process.pid)
    assert not process.is_running()


def test_a_reader_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMS_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("HMS_DATABASE_URL", "postgresql://x:y@z/w")
    (known,) = read(tasks.surroundings)
    assert not [name for name in known if name.startswith("HMS_")]
