"""What the server needs for a few requests a day is not read in at its start."""

import os
import subprocess
import sys
from pathlib import Path

ONLY_WHEN_NEEDED = (
    *("pandas", "numpy", "openpyxl", "fpdf", "barcode", "pycountry", "plotly", "recordlinkage"),
    *("hms_app.cli", "hms_app.demo_data"),
)
SERVE = "import sys, hms_app.hms_app, hms_app.api.application; print(*sys.modules)"


def test_large_libraries_are_imported_when_they_are_needed(tmp_path: Path) -> None:
    served = subprocess.run(
        [sys.executable, "-c", SERVE],
        env={**os.environ, "HMS_MODE": "test", "HMS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(served.stdout.split())
    assert "hms_app.state.gate" in imported
    assert imported.intersection(ONLY_WHEN_NEEDED) == set()
