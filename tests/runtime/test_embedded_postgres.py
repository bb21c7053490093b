"""The embedded server's life: started once, adopted, stopped by the last who uses it."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest

from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from hms_app.runtime.errors import StartRefused

ROOT = Path(__file__).parents[2]
KILLED_OWNER = """
import os, signal, sys
from pathlib import Path
from hms_app.runtime.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])).running() as server:
    print(server.pid(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
ASKED_TO_STOP_WHILE_STARTING = """
import os, signal, sys, threading
from pathlib import Path
from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from hms_app.runtime.stopping import stop_when_asked

def ask():
    while not (Path(sys.argv[1]) / "postgres" / "data" / "postmaster.pid").exists():
        pass
    os.kill(os.getpid(), signal.SIGTERM)

stop_when_asked()
threading.Thread(target=ask, daemon=True).start()
with EmbeddedPostgres(Path(sys.argv[1])).running():
    signal.pause()
"""


@pytest.fixture
def private() -> Iterator[Path]:
    """A directory only we may enter, as `mktemp -d` makes it."""
    with TemporaryDirectory() as directory:
        os.chmod(directory, 0o700)
        yield Path(directory)


def answer(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT 6 * 7").fetchone()
        assert row
        return int(row[0])


def in_another_process(script: str, data_dir: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script, str(data_dir)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def left_by_killed_owner(data_dir: Path) -> int:
    done = in_another_process(KILLED_OWNER, data_dir)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return int(done.stdout)


def test_it_starts_answers_and_is_gone_afterwards_and_starts_again(private: Path) -> None:
    server = EmbeddedPostgres(private)
    for _ in range(2):
        with server.running():
            assert answer(server) == 42
        assert server.pid() is None


def test_who_is_told_to_stop_while_the_server_starts_leaves_none_behind(private: Path) -> None:
    done = in_another_process(ASKED_TO_STOP_WHILE_STARTING, private)
    assert done.returncode == 0, done.stderr
    assert EmbeddedPostgres(private).pid() is None


def test_a_second_user_shares_the_server_and_the_last_one_stops_it(private: Path) -> None:
    first, second = EmbeddedPostgres(private), EmbeddedPostgres(private)
    with second.running():
        with first.running():
            assert first.pid() == second.pid()
        assert answer(second) == 42
    assert second.pid() is None


def test_a_server_whose_starter_was_killed_is_adopted(private: Path) -> None:
    orphan = left_by_killed_owner(private)
    server = EmbeddedPostgres(private)
    with server.running():
        assert server.pid() == orphan
        assert answer(server) == 42
    assert server.pid() is None


def test_it_recovers_when_the_server_itself_was_killed(private: Path) -> None:
    orphan = left_by_killed_owner(private)
    os.kill(orphan, signal.SIGKILL)
    server = EmbeddedPostgres(private)
    with server.running():
        assert server.pid() != orphan
        assert answer(server) == 42


def test_it_waits_for_the_children_that_a_killed_server_left(private: Path) -> None:
    orphan = left_by_killed_owner(private)
    child = psutil.Process(orphan).children()[0]
    child.suspend()
    os.kill(orphan, signal.SIGKILL)
    server = EmbeddedPostgres(private)
    threading.Timer(3, child.resume).start()
    with server.running():
        assert answer(server) == 42


def test_a_stale_pid_file_naming_a_stranger_is_cleared_away(private: Path) -> None:
    server = EmbeddedPostgres(private)
    with server.running():
        kept = (private / "postgres" / "data" / "postmaster.pid").read_text()
    lines = kept.splitlines()
    stale = private / "postgres" / "data" / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with server.running():
        assert answer(server) == 42


def test_a_half_made_cluster_is_made_again(private: Path) -> None:
    (private / "postgres" / "data.new").mkdir(parents=True)
    (private / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(private)
    with server.running():
        assert answer(server) == 42


def test_another_major_version_is_refused_in_a_sentence(private: Path) -> None:
    data = private / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartRefused, match="was made by PostgreSQL 16"), EmbeddedPostgres(private).running():
        pass


def test_a_long_path_gets_a_short_private_socket_directory(private: Path) -> None:
    server = EmbeddedPostgres(private / ("a" * 90) / "data")
    with server.running():
        assert answer(server) == 42


def test_nothing_is_open_to_others_and_no_port_is_opened(private: Path) -> None:
    server = EmbeddedPostgres(private)
    with server.running():
        assert stat.S_IMODE(private.stat().st_mode) & 0o007 == 0
        assert stat.S_IMODE((private / "postgres" / "socket").stat().st_mode) == 0o700
        assert stat.S_IMODE((private / "secrets" / "postgres.password").stat().st_mode) == 0o600
        with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
            row = connection.execute("SHOW listen_addresses").fetchone()
            assert row == ("",)


def test_a_wrong_password_is_refused(private: Path) -> None:
    server = EmbeddedPostgres(private)
    with server.running():
        host = server.url("postgres").split("host=")[1]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://hms_owner:wrong@/postgres?host={host}")


@pytest.mark.parametrize("inside", ["file", "file/below"])
def test_an_impossible_data_directory_is_refused_in_a_sentence(private: Path, inside: str) -> None:
    (private / "file").write_text("")
    with pytest.raises(StartRefused, match="cannot be used"), EmbeddedPostgres(private / inside).running():
        pass
