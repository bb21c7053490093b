"""`test` and `check`: the proof that everything works, and that the code keeps its own rules."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hms_app.runtime.paths import ROOT

_PASS_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": True}


@dataclass(frozen=True)
class Program:
    """Something that tests need and Python's package index does not bring."""

    package: str
    """Its name in Debian."""
    commands: tuple[str, ...]
    tests: str
    """What cannot be run without it."""

    @property
    def is_there(self) -> bool:
        """Whether one of its commands is found."""
        return any(map(shutil.which, self.commands))


PROGRAMS: Final = (
    Program("chromium", ("chromium", "chromium-browser", "google-chrome"), "tests/journeys"),
    Program("redis-server", ("redis-server",), "tests/journeys/test_several_workers.py"),
)
_CHECKS: Final = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "scripts": ["oxlint", "assets"],
    "types": ["mypy"],
    "imports": ["lint-imports"],
}


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("test", context_settings=_PASS_ON, add_help_option=False)(run_tests)
    app.command("check")(check)


def run_tests(context: typer.Context) -> None:
    """Run the tests; arguments go to pytest."""
    missing = [program for program in PROGRAMS if not program.is_there and not _install(program)]
    for program in missing:
        print(
            f"hms: {program.package} is not installed, so {program.tests} is not run; install the package"
            f" {program.package}.",
            file=sys.stderr, flush=True,
        )  # fmt: skip
    ignored = [f"--ignore={ROOT / program.tests}" for program in missing]
    command = [sys.executable, "-m", "pytest", *context.args, *ignored]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if missing and os.environ.get("CI", "").lower() in {"1", "true"}:
        status = status or 1
    raise typer.Exit(status)


def check(as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False) -> None:
    """Check format, lint, types and import contracts."""
    results = [_run_check(name, command) for name, command in _CHECKS.items()]
    good = all(result["ok"] for result in results)
    if as_json:
        print(json.dumps({"ok": good, "checks": results}, indent=1))
    raise typer.Exit(0 if good else 1)


def _run_check(name: str, command: list[str]) -> dict[str, Any]:
    started = time.monotonic()
    program = str(Path(sys.executable).parent / command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = round(time.monotonic() - started, 1)
    said = (done.stdout + done.stderr).strip()
    ok = done.returncode == 0
    if not ok:
        print(said, file=sys.stderr, flush=True)
    last = said.splitlines()[-1].strip() if said else ""
    print(f"{'ok  ' if ok else 'FAIL'} {name} ({seconds} s) {last if ok else ''}".rstrip(), file=sys.stderr)
    return {"name": name, "ok": ok, "seconds": seconds, "problems": [] if ok else said.splitlines()}


def _install(program: Program) -> bool:
    """Fetch Debian's package when we may; answers whether the program is there now."""
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {program.package} for {program.tests} ...", file=sys.stderr, flush=True)
    # In run level 1 a package does not start the service it brings.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", program.package]):
        subprocess.run(["apt-get", "-qq", *arguments], env=environment, capture_output=True, check=False)
    return program.is_there
