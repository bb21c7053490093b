"""A worker that does not answer is replaced within a bounded time, and no other is."""

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from hms_app.config import Settings
from hms_app.runtime.watchdog import Patience
from tests.journeys.conftest import free_port, wait_until

ROOT = Path(__file__).parents[2]
SECONDS = 3
"""For how long the tests' servers bear a silent worker."""


class Served:
    """Two watched workers, and what was logged."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "log"
        self._port = free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        arguments = [str(self._port), str(directory), str(SECONDS)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.runtime.watched_server", *arguments],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def workers(self) -> set[int]:
        """The workers there are."""
        children = psutil.Process(self.process.pid).children()
        return {child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}

    def answer(self, path: str = "/") -> int | None:
        """The worker that answers a request just now."""
        with suppress(OSError), urllib.request.urlopen(self._url + path, timeout=0.5) as answer:
            return int(answer.read())
        return None

    def answering(self, *workers: int) -> bool:
        """Whether just these workers answer, of whom any may be asked."""
        answers = {self.answer() for _ in range(20)}
        return answers == set(workers)

    def hold_up(self, how: str) -> int:
        """Hold up one of the workers; returns which.

        The request is not given up while it waits to be served: it would hold up another one later, or none.
        """
        held = self._directory / "held"
        wait_until(lambda: self.answer() is not None)
        with socket.create_connection(("127.0.0.1", self._port)) as request:
            request.sendall(f"GET /{how} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            wait_until(lambda: held.exists() and bool(held.read_text()))
        return int(held.read_text())

    def logged(self) -> str:
        """What the server has said."""
        return self._log.read_text()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Served]]:
    """Start a server; it can still be stopped by asking it at the end."""
    started: list[Served] = []

    def start() -> Served:
        started.append(Served(tmp_path))
        return started[0]

    yield start
    started[0].process.terminate()
    assert started[0].process.wait(timeout=30) == 0
    assert not (tmp_path / "pulse").exists() or not list((tmp_path / "pulse").glob("*.places"))


@pytest.mark.parametrize("how", ["spin", "spin-without-python", "sleep"])
def test_a_worker_whose_loop_is_held_up_is_replaced_and_its_neighbour_goes_on(
    serve: Callable[[], Served], how: str
) -> None:
    served = serve()
    wait_until(lambda: len(served.workers()) == 2 and served.answering(*served.workers()))
    before = served.workers()
    held = served.hold_up(how)
    (neighbour,) = before - {held}
    wait_until(lambda: len(served.workers()) == 2 and held not in served.workers())
    assert neighbour in served.workers()
    wait_until(lambda: served.answering(*served.workers()))
    assert f"worker {held} does not answer and is replaced" in served.logged()
    assert "held up at" in served.logged()
    assert "tests/runtime/watched_server.py:" in served.logged()


def test_a_worker_that_is_stopped_by_a_debugger_is_left_alone(serve: Callable[[], Served]) -> None:
    served = serve()
    wait_until(lambda: len(served.workers()) == 2 and served.answering(*served.workers()))
    held = served.hold_up("spin")
    (stopped,) = served.workers() - {held}
    psutil.Process(stopped).send_signal(signal.SIGSTOP)
    wait_until(lambda: len(served.workers()) == 2 and held not in served.workers())
    assert stopped in served.workers()
    psutil.Process(stopped).send_signal(signal.SIGCONT)
    wait_until(lambda: served.answering(*served.workers()))
    assert stopped in served.workers()


def test_a_worker_that_is_still_starting_is_left_alone(serve: Callable[[], Served], tmp_path: Path) -> None:
    (tmp_path / "slow").touch()
    served = serve()
    wait_until(lambda: len(served.workers()) == 2 and (tmp_path / "starting").exists())
    held = served.hold_up("spin")
    (starting,) = served.workers() - {held}
    wait_until(lambda: len(served.workers()) == 2 and held not in served.workers())
    assert starting in served.workers()
    (tmp_path / "starting").unlink()
    wait_until(lambda: served.answering(*served.workers()))
    assert starting in served.workers()


def test_patience_ends_after_so_many_silent_looks_in_a_row() -> None:
    patience = Patience(looks=3)
    assert patience.after_look([1, 2], heard={1, 2}) == []
    assert patience.after_look([1, 2], heard={1}) == []
    assert patience.after_look([1, 2], heard={1}) == []
    assert patience.after_look([1, 2], heard={1, 2}) == []
    assert [patience.after_look([1, 2], heard={1}) for _ in range(3)] == [[], [], [2]]


def test_whoever_has_an_excuse_is_counted_from_the_beginning() -> None:
    patience = Patience(looks=2)
    patience.after_look([1], heard={1})
    patience.after_look([1], heard=set())
    assert patience.after_look([1], heard=set(), excused=[1]) == []
    assert [patience.after_look([1], heard=set()) for _ in range(2)] == [[], [1]]


def test_a_start_is_borne_longer_but_not_for_ever() -> None:
    patience = Patience(looks=2, start_looks=5)
    assert [patience.after_look([1], heard=set()) for _ in range(5)] == [[], [], [], [], [1]]


def test_a_number_that_is_given_to_another_process_starts_anew() -> None:
    patience = Patience(looks=2, start_looks=5)
    patience.after_look([1], heard={1})
    patience.after_look([], heard=set())
    assert [patience.after_look([1], heard=set()) for _ in range(4)] == [[], [], [], []]


@pytest.mark.parametrize(
    "wrong",
    [{"watchdog_seconds": 3}, {"watchdog_seconds": -1}, {"worker_memory_mb": 100}, {"worker_memory_mb": -1}],
)
def test_a_bound_that_no_worker_could_keep_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings(mode="test", **wrong)  # type: ignore[arg-type]


def test_both_bounds_can_be_switched_off() -> None:
    settings = Settings(mode="test", watchdog_seconds=0, worker_memory_mb=0)
    assert (settings.watchdog_seconds, settings.worker_memory_mb) == (0, 0)
