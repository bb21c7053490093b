"""One chunk of rows into one table: COPY into a staging table, look up what the rows refer to, insert or update."""

from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

import hms_app.domain.clinical.tables
import hms_app.domain.interop.tables
import hms_app.domain.organization.tables
import hms_app.domain.patients.tables  # noqa: F401  (column types are read from the tables)
from hms_app.domain.interop.rules.specs import ParsedRow, TableSpec
from hms_app.domain.interop.service import parts
from hms_app.domain.interop.service.resolving import resolve
from hms_app.domain.interop.values import FileCounts, Problem

_LOCK: Final = 0x73796E74
"""Two imports at once take turns chunk by chunk."""


@dataclass
class ChunkResult:
    """What became of a chunk's rows (its `read` is 0: rows are counted where they are read)."""

    counts: FileCounts
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


def load_rows(session: Session, spec: TableSpec, rows: list[ParsedRow]) -> ChunkResult:
    """Insert the rows that are new, update those that changed, leave the others; report what refers to nothing."""
    connection = session.connection()
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    _stage(connection, spec, rows)
    _name_references(connection, spec)
    connection.execute(sa.text("ANALYZE import_stage"))
    resolve(connection, spec, rows)
    settled = parts.before_counts(connection, spec)
    remarks = [Problem(spec.stem, line, remark) for line, remark in connection.execute(_REMARKS)]
    problems = [Problem(spec.stem, line, reason) for line, reason in connection.execute(_PROBLEMS)]
    created, updated, unchanged = connection.execute(_COUNTS).one()
    if created or updated:
        parts.before_upsert(connection, spec)
        connection.execute(sa.text(_upsert_sql(spec)), {"source": spec.source})
        parts.after_upsert(connection, spec)
    counts = FileCounts(0, created, updated, unchanged, len(problems))
    counts.add(settled.counts)
    told = [Problem(spec.stem, line, remark) for line, remark in settled.remarks]
    return ChunkResult(counts, problems, [*remarks, *told])


_PROBLEMS: Final = sa.text(
    "SELECT line_number, reason FROM import_row WHERE reason IS NOT NULL ORDER BY line_number"
)
_REMARKS: Final = sa.text(
    "SELECT line_number, remark FROM import_row"
    " WHERE remark IS NOT NULL AND reason IS NULL AND is_changed ORDER BY line_number"
)
_COUNTS: Final = sa.text(
    """SELECT count(*) FILTER (WHERE existing_id IS NULL),
              count(*) FILTER (WHERE existing_id IS NOT NULL AND is_changed),
              count(*) FILTER (WHERE existing_id IS NOT NULL AND NOT is_changed)
       FROM import_row WHERE reason IS NULL"""
)


def _stage(connection: sa.Connection, spec: TableSpec, rows: list[ParsedRow]) -> None:
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


def _stage_columns(spec: TableSpec) -> list[tuple[str, str]]:
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


def _name_references(connection: sa.Connection, spec: TableSpec) -> None:
    """Replace references by identifier ("?system|value") by the key of the one row that has it; others stay."""
    for reference in spec.references:
        if reference.resource_type:
            connection.execute(
                sa.text(
                    f"""UPDATE import_stage s SET ref_{reference.target} = coalesce(
                            (SELECT min(i.source_key) FROM import_identifier i
                             WHERE i.resource_type = :type AND i.name = substr(s.ref_{reference.target}, 2)
                             HAVING count(*) = 1), s.ref_{reference.target})
                        WHERE s.ref_{reference.target} LIKE '?%'"""
                ),
                {"type": reference.resource_type},
            )


def _upsert_sql(spec: TableSpec) -> str:
    table = SQLModel.metadata.tables[spec.table]
    targets = (reference.target for reference in spec.references if reference.target in table.c)
    taken = [*spec.data, *targets]
    once = ["mrn"] if spec.table == "patient" else []
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
