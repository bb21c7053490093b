"""A chunk of rows in a transaction of its own; when the database refuses a row, it alone is left out."""

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.rules.specs import ParsedRow, TableSpec
from hms_app.domain.interop.service.loading import ChunkResult, load_rows
from hms_app.domain.interop.values import FileCounts, InteropAction, Problem


def load_by_halves(actor: Actor, spec: TableSpec, rows: list[ParsedRow]) -> ChunkResult:
    """Load the rows; when the database refuses one of them, find it by halves and leave only that one out."""
    try:
        return db.in_transaction(lambda session: load_chunk(session, actor, spec=spec, rows=rows))
    except (DomainError, DBAPIError) as error:
        sentence = _refusal(error)
        if sentence is None:
            raise
        if len(rows) == 1:
            return ChunkResult(FileCounts(rejected=1), [Problem(spec.stem, rows[0].line, sentence)])
    middle = len(rows) // 2
    result = load_by_halves(actor, spec, rows[:middle])
    rest = load_by_halves(actor, spec, rows[middle:])
    result.counts.add(rest.counts)
    result.problems.extend(rest.problems)
    result.remarks.extend(rest.remarks)
    return result


def _refusal(error: DomainError | DBAPIError) -> str | None:
    """Why the database refuses the row's content; None when the failure has another cause."""
    cause = error.__cause__ if isinstance(error, DomainError) else error
    original = cause.orig if isinstance(cause, DBAPIError) else None
    if isinstance(original, psycopg.errors.ProgramLimitExceeded):
        return "one of its names or values is too long for the database to find it again"
    if not isinstance(original, psycopg.IntegrityError | psycopg.DataError):
        return None
    if isinstance(error, DomainError):
        return str(error)
    rule = original.diag.constraint_name
    return f"the database refuses it: {rule}" if rule else "the database refuses one of its values"


@use_case(Permission.INTEROP_IMPORT_RUN)
def load_chunk(session: Session, actor: Actor, *, spec: TableSpec, rows: list[ParsedRow]) -> ChunkResult:
    """Take over the rows of one chunk that are new or changed; rows that refer to nothing are left out."""
    result = load_rows(session, spec, rows)
    if result.counts.created or result.counts.updated:
        audit.record(session, actor, InteropAction.CHUNK_LOADED, spec.table, after=_told(spec, rows, result))
    return result


def _told(spec: TableSpec, rows: list[ParsedRow], result: ChunkResult) -> dict[str, object]:
    return {
        "file": spec.stem,
        "first_line": rows[0].line,
        "last_line": rows[-1].line,
        "created": result.counts.created,
        "updated": result.counts.updated,
    }
