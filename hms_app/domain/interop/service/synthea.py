"""Reading a Synthea export: file after file, chunk after chunk, each chunk in a transaction of its own.

Why chunks commit on their own is docs/decisions/0006-imports-commit-in-chunks.md.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.errors import ImportDirectoryMissing, ImportFileMissing
from hms_app.domain.interop.queries import CsvFile
from hms_app.domain.interop.rules.fields import Fields, Rejected
from hms_app.domain.interop.rules.files import FILES
from hms_app.domain.interop.rules.keys import SeenKeys
from hms_app.domain.interop.rules.specs import FileSpec, ParsedRow
from hms_app.domain.interop.service.chunks import load_by_halves
from hms_app.domain.interop.values import FileCounts, ImportReport, InteropAction, Problem, Problems, Progress

CHUNK_ROWS: Final = 20_000
"""Rows of a transaction: large enough for COPY to pay, small enough to stay a second's work."""

OnProgress = Callable[[Progress], None]


def import_synthea(
    directory: Path,
    actor: Actor,
    *,
    on_progress: OnProgress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportReport:
    """Read every file of a Synthea CSV export into the hospital.

    Opens its own transactions, one a chunk, on the engine `core.db.bind` was given. Running it again goes on
    where a broken run stopped and changes nothing that is already there.
    Raises `NotPermitted`, and a sentence (`ImportFileMissing`, `ImportColumnMissing`, ...) before anything is
    written.
    """
    ensure_allowed(actor, Permission.INTEROP_IMPORT_RUN)
    files = _open_files(directory)
    db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_STARTED, directory, None))
    report = ImportReport()
    tracker = _Tracker(on_progress, total=sum(file.path.stat().st_size for _, file in files))
    for spec, file in files:
        counts = report.files.setdefault(spec.stem, FileCounts())
        for rows in _chunks(spec, file, counts, report.problems, chunk_rows):
            result = load_by_halves(actor, spec, rows)
            counts.add(result.counts)
            report.problems.extend(result.problems)
            tracker.moved(file, counts.read)
        tracker.finished(file, counts.read)
    report.problems.sort(key=_by_file_and_line)
    db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_FINISHED, directory, report))
    return report


class _Tracker:
    """Turns what the files have read into progress over all of them."""

    def __init__(self, on_progress: OnProgress | None, *, total: int) -> None:
        self._tell, self._total, self._before = on_progress, total, 0

    def moved(self, file: CsvFile, rows: int) -> None:
        if self._tell:
            self._tell(Progress(file.stem, self._before + file.bytes_read, self._total, rows))

    def finished(self, file: CsvFile, rows: int) -> None:
        self._before += file.path.stat().st_size
        if self._tell:
            self._tell(Progress(file.stem, self._before, self._total, rows))


def _open_files(directory: Path) -> list[tuple[FileSpec, CsvFile]]:
    if not directory.is_dir():
        raise ImportDirectoryMissing(str(directory))
    missing = [f"{spec.stem}.csv" for spec in FILES if not (directory / f"{spec.stem}.csv").is_file()]
    if missing:
        raise ImportFileMissing(missing, str(directory))
    return [(spec, CsvFile(directory / f"{spec.stem}.csv", spec.columns)) for spec in FILES]


def _chunks(
    spec: FileSpec, file: CsvFile, counts: FileCounts, problems: Problems[Problem], size: int
) -> Iterator[list[ParsedRow]]:
    """The well-formed rows in chunks; the others are counted and reported here."""
    seen, chunk = SeenKeys(), list[ParsedRow]()
    for row in file.rows():
        counts.read += 1
        try:
            if isinstance(row, Problem):
                raise Rejected(row.reason)
            chunk.append(spec.parse_row(row.line, Fields(row.values), seen))
        except Rejected as reason:
            counts.rejected += 1
            problems.append(Problem(spec.stem, row.line, str(reason)))
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _note(
    session: Session, actor: Actor, action: InteropAction, directory: Path, report: ImportReport | None
) -> None:
    counts = {name: counts.as_json() for name, counts in report.files.items()} if report else None
    audit.record(session, actor, action, "import", after={"directory": directory.name, "files": counts})


def _by_file_and_line(problem: Problem) -> tuple[int, int]:
    return _ORDER[problem.file], problem.line


_ORDER: Final = {spec.stem: place for place, spec in enumerate(FILES)}
