"""A real Chromium against the built application: one demo hospital for most journeys."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 900
PATIENCE_MS = 15_000
"""How long a screen may take on a busy machine before it counts as broken."""


@dataclass
class Hospital:
    """A running application: where it listens, what it printed."""

    url: str
    environment: dict[str, str]
    lines: list[str]
    process: subprocess.Popen[str]
    reader: threading.Thread

    def setup_code(self) -> str:
        """The one-time code the terminal shows."""
        found = re.search(r"\b([A-Z0-9]{4}(?:-[A-Z0-9]{4})+)\b", "".join(self.lines))
        assert found, "".join(self.lines)[-2000:]
        return found.group(1)

    def workers(self) -> list[psutil.Process]:
        """The workers of its server; the one for jobs stands beside them."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "work" not in child.cmdline()]

    def wait_until_ready(self) -> None:
        """Wait until it answers and its database does."""

        def is_ready() -> bool:
            assert self.process.poll() is None, "".join(self.lines)[-3000:]
            return _is_ready(self.url)

        wait_until(is_ready)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another hms.py command on the same hospital."""
        return subprocess.run(
            [sys.executable, "-m", "hms_app.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, as long as a first start may take."""
    for _ in range(START_SECONDS * 10):
        if holds():
            return
        threading.Event().wait(0.1)
    raise AssertionError("What was waited for did not come about.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start_hospital(directory: Path, *command: str, settings: Mapping[str, str] | None = None) -> Hospital:
    """Start the application on a free port, perhaps with further settings, and wait until it is ready."""
    port = free_port()
    environment = {**os.environ, "HMS_DATA_DIR": str(directory), "HMS_MODE": "production", **(settings or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "hms_app.cli", *command, "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
    reader.start()
    hospital = Hospital(f"http://localhost:{port}", environment, lines, process, reader)
    hospital.wait_until_ready()
    return hospital


def stop_hospital(hospital: Hospital) -> int:
    """Ask the application to stop, as an operator would, and return its exit status."""
    hospital.process.send_signal(signal.SIGTERM)
    status = hospital.process.wait(timeout=60)
    hospital.reader.join(timeout=10)
    assert hospital.process.stdout is not None
    hospital.process.stdout.close()
    return status


@pytest.fixture(scope="package")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """The demo hospital: every role has a sign-in, and Synthea's patients are loaded."""
    started = start_hospital(tmp_path_factory.mktemp("demo-hospital"), "demo")
    yield started
    assert stop_hospital(started) == 0


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium.

    It goes with the last journey: while it is there Playwright keeps an event loop running, beside which no other
    test could have its own.
    """
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert executable, "Chromium is missing: install the package chromium."
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser profile at desk size."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()
