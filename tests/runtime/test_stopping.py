"""SIGTERM ends the program wherever it arrives."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASKED_IN_A_FINALIZER = """
import os, signal, sys, threading
from hms_app.runtime.stopping import stop_when_asked

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
        sum(range(10_000))

# Who starts the tests in the background hands a Ctrl-C down that is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
stop_when_asked()
Finalized()
try:
    while True:
        threading.Event().wait(0.01)
finally:
    print("tidied up")
"""


@pytest.mark.parametrize(
    ("request_to_stop", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_request_that_a_finalizer_swallowed_is_made_again(
    request_to_stop: signal.Signals, status: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED_IN_A_FINALIZER, request_to_stop.name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (status, "tidied up\n"), done.stderr
