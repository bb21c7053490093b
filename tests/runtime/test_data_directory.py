"""One running hospital at a time has a data directory."""

import subprocess
import sys
from pathlib import Path

import pytest

from hms_app.runtime.data_directory import ensure_writable, served_at, sole_server
from hms_app.runtime.errors import StartRefused

URL = "http://localhost:3000"
KILLED = f"""
import os, pathlib, sys
from hms_app.runtime.data_directory import sole_server
with sole_server(pathlib.Path(sys.argv[1]), "{URL}"):
    os.kill(os.getpid(), 9)
"""


def test_a_second_server_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    with sole_server(tmp_path, URL):
        with pytest.raises(StartRefused, match=f"is running already at {URL} "):
            with sole_server(tmp_path, "http://localhost:4000"):
                pytest.fail("Two servers have one directory.")
    with sole_server(tmp_path, "http://localhost:4000"):
        assert (tmp_path / "server.lock").read_text().startswith("http://localhost:4000 ")


def test_a_killed_server_leaves_the_directory_free(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -9
    with sole_server(tmp_path, URL):
        pass


def test_a_directory_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartRefused, match="cannot be used"):
        ensure_writable(tmp_path / "file" / "data")


def test_whoever_asks_learns_where_the_hospital_is_served_while_it_is(tmp_path: Path) -> None:
    assert served_at(tmp_path) is None
    with sole_server(tmp_path, "https://hospital.example"):
        assert served_at(tmp_path) == "https://hospital.example"
        with pytest.raises(StartRefused), sole_server(tmp_path, URL):
            pytest.fail("Two servers have one directory.")
    assert served_at(tmp_path) is None


def test_a_killed_server_is_served_nowhere(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert (tmp_path / "server.lock").read_text().startswith(URL)
    assert served_at(tmp_path) is None
