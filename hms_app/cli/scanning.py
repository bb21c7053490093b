"""`scan-duplicates`: look through the whole register for patients who are there twice."""

import dataclasses
import sys

import typer

from hms_app.cli.importing import bound_database
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DatabaseAway
from hms_app.domain.duplicates import queries, service
from hms_app.domain.duplicates.values import ScanRow
from hms_app.runtime.errors import StartRefused

_ACTOR = Actor.system("hms.py scan-duplicates")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan-duplicates")(scan_duplicates)


def scan_duplicates() -> None:
    """Scan the register for duplicates; a scan that was broken off goes on where it stopped."""
    with bound_database():
        db.in_transaction(lambda session: service.start_scan(session, _ACTOR))
        try:
            service.run_scan(on_progress=_show)
        except DatabaseAway:
            raise  # The scan is only broken off: starting it again goes on from there.
        except Exception as bug:
            service.fail_scan(
                "It failed on our side. Start it again; tell your administrator if it fails again."
            )
            raise StartRefused(f"The scan failed: {type(bug).__name__}.") from bug
        _say_end()


def _show(scan: ScanRow) -> None:
    print(f"\r{scan.sentence:<72}", end="", file=sys.stderr, flush=True)


def _say_end() -> None:
    scan = db.in_transaction(lambda session: queries.find_scan(session, _ACTOR))
    counting = dataclasses.replace(_ACTOR, looks=False)
    pairs = db.in_transaction(lambda session: queries.list_duplicates(session, counting))
    print(file=sys.stderr)
    print(f"{scan.sentence if scan else ''} {pairs.count_label} pairs are to be decided.")
