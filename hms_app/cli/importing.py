"""`import synthea DIR` and `import fhir DIR`: read files from elsewhere into the hospital."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DatabaseAway, DomainError
from hms_app.domain.interop.service import import_fhir, import_synthea
from hms_app.domain.interop.values import FhirProblem, FhirReport, FileCounts, ImportReport
from hms_app.domain.interop.values import Progress as Step
from hms_app.domain.organization.queries import hospital_locale
from hms_app.runtime.database import open_migrated

NOT_STARTED: Final = 2
"""Exit status when a file or a column is missing; nothing was written."""
SHOWN_PROBLEMS: Final = 50
_NAME_WIDTH: Final = 18
Report = TypeVar("Report", ImportReport, FhirReport)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(no_args_is_help=True, help="Read files into the hospital.")
    group.callback()(_group)
    group.command("synthea")(synthea)
    group.command("fhir")(fhir)
    app.add_typer(group, name="import")


def synthea(
    directory: Annotated[Path, typer.Argument(help="The directory with patients.csv and the other files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Read a Synthea CSV export; a second run creates nothing, a broken one goes on where it stopped."""
    report = _run(import_synthea, directory)
    if as_json:
        _print_json(report)
        return
    _print_counts("File", report.files)
    _print_problems([f"{one.file}.csv, line {one.line}: {one.reason}" for one in report.problems])


def fhir(
    directory: Annotated[Path, typer.Argument(help="The directory with the .json and .ndjson files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Read FHIR R4 bundles and resources; a second run creates nothing, a broken one goes on where it stopped."""
    report = _run(import_fhir, directory)
    if as_json:
        _print_json(report)
        return
    _print_counts("Resource", report.resources)
    if report.not_read:
        listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.not_read.items()))
        print(f"Not read: {listed}.")
    if report.not_kept:
        listed = ", ".join(f"{name} ({count:,})" for name, count in sorted(report.not_kept.items()))
        print(f"Elements without a place here: {listed}.")
    _print_problems(list(map(_line_of, report.problems)))
    _print_problems(list(map(_line_of, report.remarks)))


def _line_of(one: FhirProblem) -> str:
    return " ".join(filter(None, (f"{one.file},", one.path))) + f": {one.reason}"


def _run(read: Callable[..., Report], directory: Path) -> Report:
    """Read a directory with a progress bar; a refusal before the start is one sentence and an exit status."""
    with bound_database(), _bar() as progress:
        task = progress.add_task("Starting", total=None)

        def show(step: Step) -> None:
            total = max(step.bytes_total, 1)
            progress.update(task, description=step.file[:_NAME_WIDTH], completed=step.bytes_read, total=total)

        try:
            return read(directory, _importer(), on_progress=show)
        except DatabaseAway:
            raise
        except DomainError as refusal:
            progress.stop()
            print(f"hms: {refusal}", file=sys.stderr, flush=True)
            raise typer.Exit(NOT_STARTED) from refusal


def _importer() -> Actor:
    """The hospital's own hand, which understands phone numbers of the hospital's country."""
    with db.transaction() as session:
        return Actor.system("hms.py import", hospital_locale(session))


@contextmanager
def bound_database(*, pool_size: int = 2) -> Iterator[str]:
    """The hospital's database, migrated, with `core.db` bound to it as the application's role; gives its URL."""
    with open_migrated(get_settings()) as database:
        engine = db.make_engine(database.app_url, pool_size=pool_size)
        db.bind(engine)
        try:
            yield database.app_url
        finally:
            db.bind(None)
            engine.dispose()


def _group() -> None:
    """Read files into the hospital."""


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _print_json(report: ImportReport | FhirReport) -> None:
    print(json.dumps(report.as_json(), indent=1, ensure_ascii=False))


def _print_counts(what: str, counts: Mapping[str, FileCounts]) -> None:
    table = Table(what, box=None, pad_edge=False)
    for heading in ("Read", "Created", "Updated", "Unchanged", "Rejected"):
        table.add_column(heading, justify="right")
    for name, of_one in counts.items():
        table.add_row(name, *(f"{count:,}" for count in of_one.as_json().values()))
    Console().print(table)


def _print_problems(problems: Sequence[str]) -> None:
    for problem in problems[:SHOWN_PROBLEMS]:
        print(problem)
    hidden = len(problems) - SHOWN_PROBLEMS
    if hidden > 0:
        print(f"... and {hidden:,} more; --json lists more.")
