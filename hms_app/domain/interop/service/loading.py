"""One chunk of rows into one table: COPY into a staging table, look up what the rows refer to, insert or update."""

from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

import hms_app.domain.clinical.tables
import hms_app.domain.organization.tables
import hms_app.domain.patients.tables  # noqa: F401  (column types are read from the tables)
from hms_app.core import db
from hms_app.domain.interop.rules.specs import FileSpec, ParsedRow
from hms_app.domain.interop.service import parts
from hms_app.domain.interop.values import SOURCE, FileCounts, Problem

_LOCK: Final = 0x73796E74
"""Two imports at once take turns chunk by chunk."""


@dataclass
class ChunkResult:
    """What became of a chunk's rows (its `read` is 0: rows are counted where they are read)."""

    counts: FileCounts
    problems: list[Problem] = field(default_factory=list)


def load_rows(session: Session, spec: FileSpec, rows: list[ParsedRow]) -> ChunkResult:
    """Insert the rows that are new, update those that changed, leave the others; report what refers to nothing."""
    connection = session.connection()
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    _stage(connection, spec, rows)
    connection.execute(sa.text("ANALYZE import_stage"))
    connection.execute(sa.text(_resolve_sql(spec)), {"source": SOURCE})
    connection.execute(sa.text("ANALYZE import_row"))
    problems = [Problem(spec.stem, line, reason) for line, reason in connection.execute(_PROBLEMS)]
    created, updated, unchanged = connection.execute(_COUNTS).one()
    if created or updated:
        db.note_write(session)
        parts.before_upsert(connection, spec.stem)
        connection.execute(sa.text(_upsert_sql(spec)), {"source": SOURCE})
        parts.after_upsert(connection, spec.stem)
    return ChunkResult(FileCounts(0, created, updated, unchanged, len(problems)), problems)


_PROBLEMS: Final = sa.text(
    "SELECT line_number, reason FROM import_row WHERE reason IS NOT NULL ORDER BY line_number"
)
_COUNTS: Final = sa.text(
    """SELECT count(*) FILTER (WHERE existing_id IS NULL),
              count(*) FILTER (WHERE existing_id IS NOT NULL AND is_changed),
              count(*) FILTER (WHERE existing_id IS NOT NULL AND NOT is_changed)
       FROM import_row WHERE reason IS NULL"""
)


def _stage(connection: sa.Connection, spec: FileSpec, rows: list[ParsedRow]) -> None:
    columns = _stage_columns(spec)
    listed = ", ".join(f"{name} {kind}" for name, kind in columns)
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.import_stage, pg_temp.import_row"))
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE import_stage ({listed}) ON COMMIT DROP"))
    names = [name for name, _ in columns[3:]]
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        with cursor.copy(f"COPY import_stage ({', '.join(name for name, _ in columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row.line, row.key, row.digest, *(row.values[name] for name in names)))


def _stage_columns(spec: FileSpec) -> list[tuple[str, str]]:
    """Name and type of every staged column; the types are those of the table that will receive them."""
    table = SQLModel.metadata.tables[spec.table]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return [
        ("line_number", "bigint"),
        ("source_key", "text"),
        ("source_hash", "text"),
        *((f"ref_{reference.target}", "text") for reference in spec.references),
        *((name, table.c[name].type.compile(dialect)) for name in spec.data),
        *((name, "text") for name in spec.extra),
    ]


def _resolve_sql(spec: FileSpec) -> str:
    """`import_row`: the staged rows with the ids of what they refer to, what is there already, and what is wrong."""
    ids = "".join(f", r_{ref.target}.id AS {ref.target}" for ref in spec.references)
    joins = "\n".join(
        f"LEFT JOIN {ref.table} r_{ref.target} ON r_{ref.target}.source_system = :source"
        f" AND r_{ref.target}.source_key = s.ref_{ref.target}"
        for ref in spec.references
    )
    cases = "\n".join(
        f"WHEN s.ref_{ref.target} IS NOT NULL AND r_{ref.target}.id IS NULL"
        f" THEN '{ref.column} refers to no {ref.word}: ' || left(s.ref_{ref.target}, 60)"
        for ref in spec.references
    )
    if {"patient_id", "encounter_id"} <= {ref.target for ref in spec.references}:
        cases += (
            "\nWHEN r_encounter_id.patient_id <> r_patient_id.id"
            " THEN 'ENCOUNTER belongs to another patient: ' || left(s.ref_encounter_id, 60)"
        )
    reason = f"CASE {cases} END" if cases else "NULL::text"
    return f"""CREATE TEMPORARY TABLE import_row ON COMMIT DROP AS
        SELECT s.*{ids}, t.id AS existing_id, t.source_hash IS DISTINCT FROM s.source_hash AS is_changed,
               {reason} AS reason
        FROM import_stage s
        {joins}
        LEFT JOIN {spec.table} t ON t.source_system = :source AND t.source_key = s.source_key"""


def _upsert_sql(spec: FileSpec) -> str:
    table = SQLModel.metadata.tables[spec.table]
    targets = (reference.target for reference in spec.references if reference.target in table.c)
    taken = [*spec.data, *targets]
    once = ["mrn"] if spec.stem == "patients" else []
    fixed = {"currency": f"'{spec.currency}'"} if spec.currency else {}
    sets = [f"{name} = excluded.{name}" for name in [*taken, "source_hash"]]
    if "version" in table.c:
        sets.append(f"version = {spec.table}.version + 1")
    if "updated_at" in table.c:
        sets.append("updated_at = now()")
    listed = ", ".join([*taken, *once, *fixed, "source_system", "source_key", "source_hash"])
    values = ", ".join([*taken, *once, *fixed.values(), ":source", "source_key", "source_hash"])
    return f"""INSERT INTO {spec.table} ({listed})
        SELECT {values} FROM import_row WHERE reason IS NULL AND is_changed ORDER BY line_number
        ON CONFLICT (source_system, source_key) DO UPDATE SET {", ".join(sets)}"""
