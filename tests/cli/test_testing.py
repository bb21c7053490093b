"""Tests that cannot be run are reported, and are a failure where nobody reads the report."""

import os
import subprocess
import sys

import pytest

from hms_app.cli.testing import PROGRAMS
from hms_app.runtime.paths import ROOT


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_what_cannot_be_run_without_a_program_is_said(ci: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hms_app.cli", "test", "--collect-only", "tests/core/test_values.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nonexistent", "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    assert done.stderr.splitlines() == [
        f"hms: {program.package} is not installed, so {program.tests} is not run; install the package"
        f" {program.package}."
        for program in PROGRAMS
    ]


def test_what_a_program_is_needed_for_exists() -> None:
    assert [program.tests for program in PROGRAMS if not (ROOT / program.tests).exists()] == []
