"""Long work in a process of its own: it neither holds up the server nor ends with a page that is left."""

import os
import subprocess
import sys
from threading import Thread
from typing import Final

from hms_app.runtime.paths import ROOT

_SCANNER: Final = (sys.executable, "-m", "hms_app.cli", "scan-duplicates", "--attached")


def start_scanner() -> None:
    """Start the process that does the scan that was asked for, on this server's database."""
    process = subprocess.Popen(
        _SCANNER,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    Thread(target=process.wait, daemon=True).start()
