"""A server that died is started again while somebody needs it; who gives up says so and ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from hms_app.runtime.errors import StartRefused
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
NEEDS_A_SERVER = """
import signal, sys
from pathlib import Path
from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.stopping import stop_when_asked

stop_when_asked()
try:
    with EmbeddedPostgres(Path(sys.argv[1]), patience=float(sys.argv[2])).running() as server:
        print(server.pid(), flush=True)
        while True:
            signal.pause()
except StartRefused as refusal:
    raise SystemExit(f"hms: {refusal}")
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A data directory of its own."""
    with TemporaryDirectory() as directory:
        yield Path(directory)


def answers(server: EmbeddedPostgres) -> bool:
    try:
        psycopg.connect(server.url("postgres").replace("+psycopg", ""), connect_timeout=5).close()
    except (psycopg.OperationalError, StartRefused):
        return False
    return True


def kill(server: EmbeddedPostgres) -> int:
    pid = server.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    return pid


def failed_starts(home: Path, reason: str) -> int:
    log = home / "postgres" / "server.log"
    return sum(reason in line for line in log.read_text().splitlines())


def needing_a_server(home: Path, patience: float) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", NEEDS_A_SERVER, str(home), str(patience)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline().strip().isdigit()
    return process


def test_a_killed_server_is_started_again(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server.running():
        killed = kill(server)
        wait_until(lambda: server.pid() not in {None, killed} and answers(server))
    assert server.pid() is None


def test_of_two_who_use_it_one_starts_it_again(home: Path) -> None:
    first, second = EmbeddedPostgres(home), EmbeddedPostgres(home)
    with first.running():
        with second.running():
            killed = kill(first)
            wait_until(lambda: first.pid() not in {None, killed} and answers(first))
            assert first.pid() == second.pid()
        assert answers(first)
    assert first.pid() is None


def test_a_way_that_was_closed_meanwhile_hinders_neither_a_start_nor_a_stop(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server.running():
        home.chmod(0o700)  # Takes away what root gave the server's own user.
        killed = kill(server)
        wait_until(lambda: server.pid() not in {None, killed} and answers(server))
        home.chmod(0o700)
    assert server.pid() is None


def without_its_control_file(data: Path) -> Callable[[], object]:
    control = data / "global" / "pg_control"
    control.rename(data / "kept")
    return lambda: (data / "kept").rename(control)


def without_its_rights(data: Path) -> Callable[[], object]:
    data.chmod(0o770)
    return lambda: data.chmod(0o700)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(without_its_control_file, "pg_control"), (without_its_rights, "invalid permissions")],
)
def test_a_server_that_cannot_start_is_tried_again_until_it_can(
    home: Path, trouble: Callable[[Path], Callable[[], object]], reason: str
) -> None:
    server = EmbeddedPostgres(home)
    with server.running():
        mend = trouble(home / "postgres" / "data")
        kill(server)
        wait_until(lambda: failed_starts(home, reason) >= 2)
        mend()
        wait_until(lambda: answers(server))
    assert server.pid() is None


def test_who_cannot_start_it_again_gives_up_with_the_reason(home: Path) -> None:
    process = needing_a_server(home, patience=0)
    without_its_control_file(home / "postgres" / "data")
    kill(EmbeddedPostgres(home))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "ended and could not be started again" in said
    assert "pg_control" in said.splitlines()[-1]


def test_who_is_told_to_stop_while_the_server_is_away_stops(home: Path) -> None:
    process = needing_a_server(home, patience=600)
    without_its_control_file(home / "postgres" / "data")
    kill(EmbeddedPostgres(home))
    wait_until(lambda: failed_starts(home, "pg_control") >= 1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0
