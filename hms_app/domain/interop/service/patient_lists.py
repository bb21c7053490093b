"""Reading a plain list of patients: each row is registered by the same rules as at the desk, chunk by chunk.

A row is known by the key it brings, or by all it says; known rows are left alone. A check registers the rows of each
chunk and undoes them, so that nobody waits for it.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed, use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates.service import register_patient
from hms_app.domain.interop.queries.list_files import whole_list
from hms_app.domain.interop.rules.lists import RowReader
from hms_app.domain.interop.rules.lists.reading import identity_of, sentence_of
from hms_app.domain.interop.rules.received.lists import Line
from hms_app.domain.interop.values import (
    FileCounts,
    ImportReport,
    InteropAction,
    ListMapping,
    Problem,
    Progress,
    ReadRow,
)
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import RegistrationInput

LIST: Final = "patient_list"
"""`source_system` of every patient who comes from a list."""
CHUNK_ROWS: Final = 100
"""Rows of a transaction: each takes some ten milliseconds, so a chunk stays about a second's work."""
NEEDED: Final = frozenset(
    {
        Permission.PATIENTS_PATIENT_REGISTER,
        Permission.PATIENTS_PATIENT_READ,
        Permission.PATIENTS_RESTRICTED_READ,
    }
)
"""What registering the rows needs; who may read in files has it for the rows of the file, and for nothing else."""

OnProgress = Callable[[Progress], None]


def import_patient_list(
    path: Path,
    media_type: str,
    actor: Actor,
    *,
    mapping: ListMapping,
    name: str,
    is_rehearsal: bool = False,
    on_progress: OnProgress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportReport:
    """Register every row of a list who is not known yet; a rehearsal leaves no trace but the numbers it drew.

    Opens its own transactions, one a chunk. Raises `NotPermitted`, and ListUnreadable before anything is written.
    """
    ensure_allowed(actor, Permission.INTEROP_IMPORT_RUN)
    report = ImportReport({name: FileCounts()})
    sieve = _Sieve(name, report, mapping)
    with whole_list(path, media_type) as (total, lines):
        if not is_rehearsal:
            db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_STARTED, name, None))
        for rows in _chunks(lines, RowReader(mapping, actor.locale), chunk_rows):
            sieve.count(_loaded(actor, sieve.sift(rows), is_rehearsal=is_rehearsal))
            if on_progress:
                read = report.files[name].read
                on_progress(Progress(name, read, total, read))
    report.problems.sort(key=lambda problem: problem.line)
    if not is_rehearsal:
        db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_FINISHED, name, report))
    return report


@dataclass
class ListResult:
    """What became of a chunk's rows: how many are new and known, and why others were left out, by their lines."""

    created: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)


@use_case(Permission.INTEROP_IMPORT_RUN)
def load_list_rows(session: Session, actor: Actor, *, rows: list[ReadRow]) -> ListResult:
    """Register the rows who are not known yet, each on its own: one that is refused leaves the others be."""
    result = ListResult()
    known = _known(session, rows)
    acting = replace(actor, permissions=actor.permissions | NEEDED)
    for row in rows:
        if row.key in known:
            _count_known(result, row, known[row.key])
            continue
        try:
            remark = _register_somehow(session, acting, row)
        except DomainError as refusal:
            result.refused.append((row.line, sentence_of(refusal)))
        else:
            result.created += 1
            result.remarks += [(row.line, remark)] if remark else []
    if result.created:
        told = {"created": result.created, "first_line": rows[0].line, "last_line": rows[-1].line}
        audit.record(session, actor, InteropAction.CHUNK_LOADED, Patient, after=told)
    return result


def _loaded(actor: Actor, rows: list[ReadRow], *, is_rehearsal: bool) -> ListResult:
    """A chunk in a transaction of its own, undone again in a rehearsal."""
    with db.rehearsal() if is_rehearsal else nullcontext():
        return db.in_transaction(lambda session: load_list_rows(session, actor, rows=rows))


def _register_somehow(session: Session, actor: Actor, row: ReadRow) -> str:
    """Register a row; a number that somebody else has keeps nobody out: it is then kept as one of its own.

    Answers what the report says about it.
    """
    try:
        with session.begin_nested():
            _register(session, actor, row)
    except InvalidInput as refusal:
        taken = [name for name in refusal.problems if name.startswith("identifiers_")]
        if row.request is None or len(taken) != len(refusal.problems):
            raise
        with session.begin_nested():
            _register(session, actor, replace(row, request=_with_numbers_of_its_own(row, taken)))
        return f"{sentence_of(refusal)} Kept as a patient of its own: compare the two."
    return ""


def _with_numbers_of_its_own(row: ReadRow, taken: list[str]) -> RegistrationInput:
    """The registration with an issuer of its own for each number that somebody else has."""
    if row.request is None:
        raise DomainError(row.problem)
    places = {name.split("_")[1] for name in taken}
    numbers = {
        place: number.model_copy(update={"issuer": f"{number.issuer}, line {row.line}".lstrip(", ")})
        if place in places
        else number
        for place, number in row.request.identifiers.items()
    }
    return row.request.model_copy(update={"identifiers": numbers})


def _register(session: Session, actor: Actor, row: ReadRow) -> None:
    if row.request is None:
        raise DomainError(row.problem)
    registered = register_patient(session, actor, request=row.request)
    session.execute(
        sa.update(Patient)
        .where(col(Patient.id) == registered.id)
        .values(source_system=LIST, source_key=row.key, source_hash=row.digest)
    )


def _known(session: Session, rows: list[ReadRow]) -> dict[str, tuple[str, str]]:
    """The number and digest of those who were registered from these rows before."""
    found = session.exec(
        select(Patient.source_key, Patient.mrn, Patient.source_hash).where(
            col(Patient.source_system) == LIST, col(Patient.source_key).in_([row.key for row in rows])
        )
    )
    return {key or "": (mrn, digest or "") for key, mrn, digest in found}


def _count_known(result: ListResult, row: ReadRow, known: tuple[str, str]) -> None:
    mrn, digest = known
    if digest == row.digest:
        result.unchanged += 1
    else:
        sentence = f"This row came before as patient {mrn} and says something else now. Correct the record."
        result.refused.append((row.line, sentence))


class _Sieve:
    """Counts rows and keeps back those that cannot be registered, or are in the list twice."""

    def __init__(self, name: str, report: ImportReport, mapping: ListMapping) -> None:
        self._name, self._report, self._mapping = name, report, mapping
        self._keys: dict[str, int] = {}
        self._people: dict[str, int] = {}

    def sift(self, rows: list[ReadRow]) -> list[ReadRow]:
        """The rows of a chunk that go on to the database."""
        kept = []
        for row in rows:
            self._report.files[self._name].read += 1
            refusal = row.problem or self._repeated(row)
            if refusal:
                self._refuse(row.line, refusal)
            else:
                kept.append(row)
        return kept

    def count(self, result: ListResult) -> None:
        """Count what became of the rows that went on."""
        counts = self._report.files[self._name]
        counts.created += result.created
        counts.unchanged += result.unchanged
        for line, reason in result.refused:
            self._refuse(line, reason)
        for line, remark in result.remarks:
            self._report.remarks.append(Problem(self._name, line, remark))

    def _repeated(self, row: ReadRow) -> str:
        first = self._keys.setdefault(row.key, row.line)
        if first != row.line:
            return f"Line {first} has the same number or the same content: one line for each person."
        if row.request is None or self._mapping.takes_lookalikes:
            return ""
        alike = self._people.setdefault(identity_of(row.request), row.line)
        return f"The same name and date of birth are on line {alike} already." if alike != row.line else ""

    def _refuse(self, line: int, reason: str) -> None:
        self._report.files[self._name].rejected += 1
        self._report.problems.append(Problem(self._name, line, reason))


def _chunks(lines: Iterator[Line], reader: RowReader, size: int) -> Iterator[list[ReadRow]]:
    chunk: list[ReadRow] = []
    for line in lines:
        chunk.append(reader.read(line.number, line.cells))
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _note(
    session: Session, actor: Actor, action: InteropAction, name: str, report: ImportReport | None
) -> None:
    counts = {file: counts.as_json() for file, counts in report.files.items()} if report else None
    audit.record(session, actor, action, "import", after={"file": name, "files": counts})
