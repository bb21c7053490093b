"""Imports that run by themselves: the list of them, one with its report, and a first look at a list's rows."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.date_writing import date_order
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.files.queries import path_of
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.interop.queries.list_files import look_at_list
from hms_app.domain.interop.rules.lists import RowReader, guess_mapping
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.interop.values import (
    ImportJobRow,
    ImportKind,
    ImportStatus,
    ListMapping,
    PreviewRow,
    ReadRow,
    ReportLine,
    ReportProblem,
)
from hms_app.domain.patients.values import SEX_LABELS

STALE: Final = dt.timedelta(seconds=20)
"""A heartbeat older than this is nobody's."""
PREVIEWED_ROWS: Final = 20
_NEWEST_FIRST: Final = Keyset("imports", (int,))
_LOOKED_AT: Final = 500
"""Rows whose dates tell in which order they are written."""
_IDENTIFIED: Final = 6
_LONGEST_SOURCE: Final = 80


@use_case(Permission.INTEROP_IMPORT_RUN)
def list_imports(session: Session, actor: Actor, *, at: str | None = None) -> Page[ImportJobRow]:
    """A page of imports, newest first, without their reports."""
    statement = (
        select(ImportJob, StoredFile)
        .join(StoredFile, col(StoredFile.id) == ImportJob.file_id)
        .options(defer(ImportJob.report))  # type: ignore[arg-type]
    )
    label = count_label(session, select(ImportJob), col(ImportJob.id))
    page = read_page(session, statement, _NEWEST_FIRST, [col(ImportJob.id)], at, is_down=True, label=label)
    return page.map(lambda found: _row(found[0], found[1]))


@use_case(Permission.INTEROP_IMPORT_RUN)
def get_import(session: Session, actor: Actor, *, job_id: int) -> ImportJobRow:
    """One import with its report; raises NotFound."""
    job, file = find_job(session, job_id)
    return _row(job, file, job.report)


@use_case(Permission.INTEROP_IMPORT_RUN)
def get_progress(session: Session, actor: Actor, *, job_id: int) -> ImportJobRow:
    """One import without its report, for a page that looks at it again and again; raises NotFound."""
    statement = (
        select(ImportJob, StoredFile)
        .join(StoredFile, col(StoredFile.id) == ImportJob.file_id)
        .where(ImportJob.id == job_id)
        .options(defer(ImportJob.report))  # type: ignore[arg-type]
    )
    found = session.exec(statement).first()
    if found is None:
        raise NotFound("import")
    return _row(*found)


@dataclass(frozen=True)
class ListToRead:
    """A list that was sent: where it lies, what its columns were said to hold, and how this hospital writes."""

    path: Path
    media_type: str
    source: str
    mapping: dict[str, Any]
    locale: HospitalLocale


@dataclass(frozen=True)
class ListColumns:
    """The headings of a list, its first rows as they stand and as they are read, and the mapping they are read with.

    The mapping was kept, or is guessed; then dates may be ambiguous.
    """

    header: list[str]
    rows: list[list[str]]
    mapping: ListMapping
    is_kept: bool
    is_ambiguous: bool
    preview: list[PreviewRow]


@use_case(Permission.INTEROP_IMPORT_RUN)
def get_list(session: Session, actor: Actor, *, job_id: int) -> ListToRead:
    """The list of an import; raises NotFound for an import of another kind, and when its file is missing."""
    job, file = find_job(session, job_id)
    path = path_of(file.storage_key)
    if job.kind != ImportKind.PATIENT_LIST:
        raise NotFound("list")
    if not path.is_file():
        raise NotFound("file")
    source = file.original_name.rpartition(".")[0] or file.original_name
    return ListToRead(path, file.media_type, source[:_LONGEST_SOURCE], job.mapping, actor.locale)


def look_at_columns(found: ListToRead) -> ListColumns:
    """Read the beginning of a list; no transaction should wait for it. Raises ListUnreadable."""
    head = look_at_list(found.path, found.media_type, rows=_LOOKED_AT)
    rows, locale = [line.cells for line in head.rows], found.locale
    order = date_order(locale.country, locale.language)
    guessed, is_ambiguous = guess_mapping(head.header, rows, house_order=order, source=found.source)
    mapping = ListMapping.from_json(found.mapping) if found.mapping else guessed
    reader = RowReader(mapping, locale)
    return ListColumns(
        header=head.header,
        rows=rows[:PREVIEWED_ROWS],
        mapping=mapping,
        is_kept=bool(found.mapping),
        is_ambiguous=is_ambiguous and not found.mapping,
        preview=[preview_of(reader.read(*line)) for line in head.rows[:PREVIEWED_ROWS]],
    )


def find_job(session: Session, job_id: int) -> tuple[ImportJob, StoredFile]:
    """An import and its file; raises NotFound."""
    found = session.exec(
        select(ImportJob, StoredFile)
        .join(StoredFile, col(StoredFile.id) == ImportJob.file_id)
        .where(ImportJob.id == job_id)
    ).first()
    if found is None:
        raise NotFound("import")
    return found


def report_rows(row: ImportJobRow) -> Iterator[list[str]]:
    """The report as rows of a table: what became of each file, then each problem."""
    yield ["file", "line", "read", "created", "updated", "unchanged", "rejected", "reason"]
    for line in row.lines:
        counts = (line.read, line.created, line.updated, line.unchanged, line.rejected)
        yield [line.name, "", *map(str, counts), ""]
    for name, count in row.not_read.items():
        yield [name, "", str(count), "", "", "", "", "this type of resource is not read"]
    for name, count in row.not_kept.items():
        yield [name, "", str(count), "", "", "", "", "this element is not taken over"]
    for problem in (*row.problems, *row.remarks):
        yield [problem.file, problem.place, "", "", "", "", "", problem.reason]


def preview_of(row: ReadRow) -> PreviewRow:
    """A row as people read it."""
    shown, request = row.shown, row.request
    name = ", ".join(filter(None, (shown.get("family_name", ""), shown.get("given_names", ""))))
    address = (shown.get(part, "") for part in ("address_line", "postal_code", "city", "region", "country"))
    phones = [text for key, text in shown.items() if key.startswith("phones_") and key.endswith("_number")]
    numbers = [
        text for key, text in shown.items() if key.startswith("identifiers_") and key.endswith("_value")
    ]
    sex = request.sex_at_birth.value if request else shown.get("sex_at_birth", "")
    return PreviewRow(
        line=row.line,
        name=" ".join(filter(None, (shown.get("prefix", ""), name, shown.get("suffix", "")))),
        birth=shown.get("birth", ""),
        sex=SEX_LABELS.get(sex, ""),
        contact=", ".join(filter(None, (*phones, shown.get("email", "")))),
        address=", ".join(filter(None, address)),
        identifiers=", ".join(numbers[:_IDENTIFIED]),
        problem=row.problem,
    )


def _row(job: ImportJob, file: StoredFile, report: dict[str, Any] | None = None) -> ImportJobRow:
    told = report or {}
    return ImportJobRow(
        id=job.key,
        kind=ImportKind(job.kind),
        status=ImportStatus(job.status),
        file_name=file.original_name,
        size_bytes=file.size_bytes,
        started_by=job.started_by,
        created_at=job.created_at,
        finished_at=job.finished_at,
        place=job.place,
        done=job.done,
        total=job.total,
        is_alive=job.heartbeat_at is not None and job.heartbeat_at > clock.now() - STALE,
        problem=job.problem,
        has_mapping=bool(job.mapping),
        mapping=job.mapping,
        lines=_lines_of(told),
        not_read=dict(told.get("not_read", {})),
        not_kept=dict(told.get("not_kept", {})),
        problems=_problems_of(told.get("problems", ())),
        remarks=_problems_of(told.get("remarks", ())),
        remark_count=int(told.get("remark_count", 0)),
        problem_count=job.problem_count,
    )


def _problems_of(listed: Iterable[dict[str, Any]]) -> tuple[ReportProblem, ...]:
    return tuple(
        ReportProblem(found["file"], str(found.get("line", found.get("path", ""))), found["reason"])
        for found in listed
    )


def _lines_of(report: dict[str, Any]) -> tuple[ReportLine, ...]:
    counted = report.get("files", report.get("resources", {}))
    return tuple(ReportLine(name, **counts) for name, counts in counted.items())
