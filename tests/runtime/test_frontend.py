"""Building the screens leaves the checkout and whoever runs from it as they were, and says why it failed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hms_app.runtime import frontend
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
STARTS = """
import signal, sys
from pathlib import Path
from hms_app.runtime import frontend
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.stopping import stop_when_asked

frontend.ROOT = Path(sys.argv[1])
stop_when_asked()
try:
    with frontend.built(sys.argv[2:]) as web:
        print(web, flush=True)
        signal.pause()
except StartRefused as refusal:
    print(refusal, flush=True)
"""
"""A start of the hospital, as far as its screens go."""
EXPORTS = """
import os, subprocess, sys
from pathlib import Path

style, web = Path("assets/kit.css").read_text(), Path(os.environ["REFLEX_WEB_WORKDIR"])
with open("exports", "a") as counted:
    counted.write("one, ")
client = web / "build" / "client"
(web / "backend").mkdir(exist_ok=True)
client.mkdir(parents=True, exist_ok=True)
(client / "style.css").write_text(style)
bundler = [sys.executable, "bundler.py", str(client), str(Path.cwd() / f"go {style}"), style]
raise SystemExit(subprocess.run(bundler, cwd=web).returncode)
"""
BUNDLES = """
import sys, time
from pathlib import Path

client, go, style = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
while not go.exists():
    time.sleep(0.05)
if style == "broken":
    raise SystemExit("error: the style is broken")
(client / "index.html").write_text(style)
"""
"""These stand for Reflex and the bundler that it starts: half of a build at once, the rest when it may."""


class Checkout:
    """A checkout whose screens are built as slowly as a test wants."""

    def __init__(self, root: Path) -> None:
        self.root, self.work = root, root / ".web"
        for directory in (root / "assets", root / "reflex.lock", self.work):
            directory.mkdir(parents=True)
        (root / "reflex.lock" / "package.json").write_text("{}")
        (root / "export.py").write_text(EXPORTS)
        (self.work / "bundler.py").write_text(BUNDLES)
        self._started: list[subprocess.Popen[str]] = []

    def change(self, style: str, *, slow: bool = False) -> None:
        """Change the sources of the screens; they are built to the end at once, or when `let_go` says so."""
        (self.root / "assets" / "kit.css").write_text(style)
        if not slow:
            self.let_go(style)

    def let_go(self, style: str) -> None:
        """Let whoever builds this style come to an end."""
        (self.root / f"go {style}").touch()

    def start(self) -> "subprocess.Popen[str]":
        """Start the hospital."""
        process = subprocess.Popen(
            [sys.executable, "-c", STARTS, str(self.root), str(self.root / "export.py")],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "REFLEX_WEB_WORKDIR": str(self.work)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def exports(self) -> int:
        """How many builds were begun."""
        return (self.root / "exports").read_text().count("one")

    def bundlers(self) -> list[psutil.Process]:
        """The processes that are at work in the work directory."""
        found = psutil.process_iter(["cwd", "status"])
        return [
            process
            for process in found
            if process.info["cwd"] == str(self.work) and process.info["status"] != psutil.STATUS_ZOMBIE
        ]

    def end(self) -> None:
        """End whatever runs."""
        for process in self._started:
            process.kill()
            process.communicate()
        for bundler in self.bundlers():
            bundler.kill()


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout of its own."""
    made = Checkout(tmp_path / "checkout")
    yield made
    made.end()


def said_by(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def screens(web: str) -> dict[str, str]:
    client = Path(web) / "build" / "client"
    return {path.name: path.read_text() for path in client.iterdir()}


def test_a_second_start_builds_beside_what_is_served_also_when_it_is_stopped(checkout: Checkout) -> None:
    checkout.change("old")
    served = said_by(checkout.start())
    whole = {"style.css": "old", "index.html": "old"}
    assert screens(served) == whole
    checkout.change("new", slow=True)
    for stop in (signal.SIGTERM, signal.SIGKILL):
        second = checkout.start()
        wait_until(lambda: len(checkout.bundlers()) == 1)
        assert screens(served) == whole
        second.send_signal(stop)
        second.wait()
        assert screens(served) == whole
        assert bool(checkout.bundlers()) == (stop == signal.SIGKILL)
    (left,) = checkout.bundlers()
    third = checkout.start()
    wait_until(lambda: left not in checkout.bundlers() and len(checkout.bundlers()) == 1)
    checkout.let_go("new")
    assert screens(said_by(third)) == {"style.css": "new", "index.html": "new"}
    assert screens(served) == whole


def test_of_two_starts_at_once_one_builds_and_the_other_waits(checkout: Checkout) -> None:
    checkout.change("new", slow=True)
    starts = [checkout.start() for _ in range(2)]
    wait_until(lambda: len(checkout.bundlers()) == 1)
    checkout.let_go("new")
    first, second = map(said_by, starts)
    assert first == second
    assert checkout.exports() == 1


def test_what_is_built_is_served_again_without_a_build(checkout: Checkout) -> None:
    checkout.change("new")
    first = checkout.start()
    web = said_by(first)
    first.terminate()
    first.wait()
    assert said_by(checkout.start()) == web
    assert checkout.exports() == 1


def test_a_start_clears_away_what_nobody_serves_any_more(checkout: Checkout) -> None:
    checkout.change("old")
    first = checkout.start()
    old = said_by(first)
    checkout.change("new")
    new = said_by(checkout.start())
    assert Path(old).exists()
    first.kill()
    first.wait()
    assert said_by(checkout.start()) == new
    assert [str(path) for path in Path(new).parent.iterdir()] == [new]


def break_it(checkout: Checkout) -> None:
    checkout.change("broken")


def change_it_meanwhile(checkout: Checkout) -> None:
    checkout.change("new")
    script = checkout.root / "export.py"
    script.write_text(
        script.read_text().replace("bundler =", "Path('assets/kit.css').write_text('newer')\nbundler =")
    )


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (break_it, "The screens could not be built: error: the style is broken."),
        (change_it_meanwhile, "The sources changed while the screens were built; start again."),
    ],
)
def test_a_build_that_went_wrong_is_not_kept(
    checkout: Checkout, trouble: Callable[[Checkout], None], sentence: str
) -> None:
    trouble(checkout)
    assert said_by(checkout.start()).startswith(sentence)
    assert not (checkout.root / ".web.builds").exists()


def _build_that_writes(package: Path, text: str) -> None:
    with frontend.package_order_kept(package):
        package.write_text(text, encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    file = tmp_path / "package.json"
    file.write_text('{"name":"x","dependencies":{"a":"1"}}', encoding="utf-8")
    return file


def test_a_build_that_only_shuffles_the_package_file_changes_nothing(package: Path) -> None:
    before = package.read_bytes()
    _build_that_writes(package, '{"dependencies": {"a": "1"}, "name": "x"}')
    assert package.read_bytes() == before


def test_a_build_that_brings_another_package_is_kept(package: Path) -> None:
    _build_that_writes(package, '{"name":"x","dependencies":{"a":"2"}}')
    assert json.loads(package.read_bytes())["dependencies"] == {"a": "2"}


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "npm error code ECONNREFUSED\nnpm error errno ECONNREFUSED\n"
            "npm error FetchError: request to https://registry.example/yaml failed, reason: refused\n"
            "npm error     at ClientRequest.emit\nnpm error A complete log of this run can be found in: x\n",
            "FetchError: request to https://registry.example/yaml failed, reason: refused.",
        ),
        (
            "npm error code ENOSPC\nnpm error syscall write\nnpm error errno -28\n"
            "npm error nospc ENOSPC: no space left on device, write\n",
            "nospc ENOSPC: no space left on device, write.",
        ),
        ("Compiling\nTypeError: first\nImportError: no such part.\nBye\n", "ImportError: no such part."),
        ("Compiling\nKilled\n", "Killed."),
        ("", "no reason was given."),
    ],
)
def test_a_failed_build_says_why(log: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "build.log").write_text(log, encoding="utf-8")
    assert frontend.reason_in(tmp_path / "build.log") == reason
