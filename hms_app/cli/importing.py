"""`import synthea DIR`: read a Synthea CSV export into the hospital."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.interop.service import import_synthea
from hms_app.domain.interop.values import ImportReport
from hms_app.domain.interop.values import Progress as Step
from hms_app.runtime.database import open_migrated

NOT_STARTED: Final = 2
"""Exit status when a file or a column is missing; nothing was written."""
SHOWN_PROBLEMS: Final = 50


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(no_args_is_help=True, help="Read files into the hospital.")
    group.callback()(_group)
    group.command("synthea")(synthea)
    app.add_typer(group, name="import")


def synthea(
    directory: Annotated[Path, typer.Argument(help="The directory with patients.csv and the other files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Read a Synthea CSV export; a second run creates nothing, a broken one goes on where it stopped."""
    with bound_database(), _bar() as progress:
        task = progress.add_task("Starting", total=None)

        def show(step: Step) -> None:
            total = max(step.bytes_total, 1)
            progress.update(task, description=step.file, completed=step.bytes_read, total=total)

        try:
            report = import_synthea(directory, Actor.system("hms.py import"), on_progress=show)
        except DomainError as refusal:
            progress.stop()
            print(f"hms: {refusal}", file=sys.stderr, flush=True)
            raise typer.Exit(NOT_STARTED) from refusal
    if as_json:
        print(json.dumps(report.as_json(), indent=1, ensure_ascii=False))
    else:
        _print(report)


@contextmanager
def bound_database() -> Iterator[str]:
    """The hospital's database, migrated, with `core.db` bound to it as the application's role; gives its URL."""
    with open_migrated(get_settings()) as database:
        engine = db.make_engine(database.app_url, pool_size=2)
        db.bind(engine)
        try:
            yield database.app_url
        finally:
            db.bind(None)
            engine.dispose()


def _group() -> None:
    """Read files into the hospital."""


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _print(report: ImportReport) -> None:
    table = Table("File", box=None, pad_edge=False)
    for heading in ("Read", "Created", "Updated", "Unchanged", "Rejected"):
        table.add_column(heading, justify="right")
    for name, counts in report.files.items():
        table.add_row(name, *(f"{count:,}" for count in counts.as_json().values()))
    console = Console()
    console.print(table)
    for problem in report.problems[:SHOWN_PROBLEMS]:
        print(f"{problem.file}.csv, line {problem.line}: {problem.reason}")
    hidden = len(report.problems) - SHOWN_PROBLEMS
    if hidden > 0:
        print(f"... and {hidden:,} more; --json lists them all.")
