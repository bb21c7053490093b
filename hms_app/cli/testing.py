"""`test` and `check`: the proof that everything works, and that the code keeps its own rules."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hms_app.runtime.paths import ROOT

_PASS_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": True}
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_CHECKS: Final = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
}


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("test", context_settings=_PASS_ON, add_help_option=False)(run_tests)
    app.command("check")(check)


def run_tests(context: typer.Context) -> None:
    """Run the tests; arguments go to pytest."""
    command = [sys.executable, "-m", "pytest", *context.args]
    missing = not _find_browser() and not _install_browser()
    if missing:
        print(
            "hms: There is no Chromium, so the browser journeys are not run; install the package chromium.",
            file=sys.stderr, flush=True,
        )  # fmt: skip
        command += ["--ignore", str(ROOT / "tests" / "journeys")]
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


def _find_browser() -> str | None:
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def _install_browser() -> bool:
    """Fetch Debian's Chromium when we may; answers whether there is one now."""
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing Chromium for the browser journeys ...", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments], env=environment, capture_output=True, check=False
        )
        if done.returncode != 0 and arguments[0] == "install":
            return False
    return _find_browser() is not None
