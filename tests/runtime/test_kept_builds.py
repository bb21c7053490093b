"""Builds are put in place whole, stay as long as somebody serves them, and go when nobody does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hms_app.runtime.kept_builds import KeptBuilds
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SERVES = """
import os, signal, sys
from pathlib import Path
from hms_app.runtime.kept_builds import KeptBuilds
with KeptBuilds(Path(sys.argv[1])).held(sys.argv[2]) as directory:
    if sys.argv[3] == "forks" and os.fork() == 0:
        signal.pause()
    print(directory, flush=True)
    signal.pause()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "builds"


def build(tmp_path: Path, text: str = "<title>Screens</title>") -> dict[str, Path]:
    """What a finished build consists of."""
    made = tmp_path / "work"
    (made / "client" / "assets").mkdir(parents=True)
    (made / "client" / "index.html").write_text(text)
    (made / "client" / "assets" / "page.js").write_text("export default 1")
    return {"build/client": made / "client"}


@contextmanager
def serving(home: Path, name: str, *, how: str = "alone") -> Iterator["subprocess.Popen[str]"]:
    """A process that holds a build."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVES, str(home), name, how],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        assert process.stdout.readline().strip() == str(home / name)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_a_build_is_found_under_its_name_with_all_its_parts(tmp_path: Path, home: Path) -> None:
    kept = KeptBuilds(home)
    assert not kept.has("a")
    kept.put("a", build(tmp_path))
    with kept.held("a") as directory:
        assert directory == home / "a"
        assert (directory / "build" / "client" / "assets" / "page.js").exists()
    with kept.held("b") as nothing:
        assert nothing is None


def test_a_build_that_is_put_in_place_anew_leaves_the_one_that_is_served(tmp_path: Path, home: Path) -> None:
    kept = KeptBuilds(home)
    kept.put("old", build(tmp_path, "old"))
    with serving(home, "old"):
        kept.put("new", build(tmp_path / "again", "new"))
        kept.sweep("new")
        assert (home / "old" / "build" / "client" / "index.html").read_text() == "old"
        assert kept.has("new")
    kept.sweep("new")
    assert [path.name for path in home.iterdir()] == ["new"]


def test_a_build_goes_only_when_the_last_who_serves_it_has_gone(tmp_path: Path, home: Path) -> None:
    kept = KeptBuilds(home)
    kept.put("old", build(tmp_path))
    with serving(home, "old"):
        with serving(home, "old"):
            pass
        kept.sweep("none")
        assert kept.has("old")
    kept.sweep("none")
    assert not kept.has("old")


def test_workers_of_a_killed_launcher_keep_their_build_until_they_end(tmp_path: Path, home: Path) -> None:
    kept = KeptBuilds(home)
    kept.put("old", build(tmp_path))
    with serving(home, "old", how="forks") as launcher:
        os.kill(launcher.pid, signal.SIGKILL)
        launcher.wait()
        kept.sweep("none")
        assert kept.has("old")

    def is_gone() -> bool:
        kept.sweep("none")
        return not kept.has("old")

    wait_until(is_gone)


@pytest.mark.parametrize("left", ["new.unfinished", "old.leaving"])
def test_what_a_killed_starter_left_half_done_is_no_build_and_is_cleared_away(
    tmp_path: Path, home: Path, left: str
) -> None:
    kept = KeptBuilds(home)
    (home / left / "build" / "client").mkdir(parents=True)
    assert not kept.has("new")
    assert not kept.has("old")
    kept.put("new", build(tmp_path))
    kept.put("old", build(tmp_path / "again"))
    kept.sweep("new")
    assert [path.name for path in home.iterdir()] == ["new"]


def test_a_build_that_vanishes_while_it_is_waited_for_is_none(tmp_path: Path, home: Path) -> None:
    kept = KeptBuilds(home)
    kept.put("old", build(tmp_path))
    removed: list[bool] = []

    class Vanishing(type(home)):  # type: ignore[misc]
        """A path whose directory is swept between its opening and its lock."""

        def stat(self, **options: bool) -> os.stat_result:
            if not removed:
                removed.append(True)
                os.rename(home / "old", home / "elsewhere")
            return super().stat(**options)

    with KeptBuilds(Vanishing(home)).held("old") as directory:
        assert directory is None
    assert removed
