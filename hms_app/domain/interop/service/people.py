"""What every imported patient gets: a medical record number and search keys."""

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries import SEARCH_SOURCE, keys_of


def number_patients(connection: sa.Connection) -> None:
    """Give each new patient of `import_row` a medical record number."""
    connection.execute(sa.text("ALTER TABLE import_row ADD COLUMN mrn text"))
    connection.execute(
        sa.text(
            "UPDATE import_row r SET mrn = p.mrn FROM patient p WHERE p.id = r.existing_id AND r.is_changed"
        )
    )
    drawn = connection.execute(
        sa.text(
            "SELECT line_number, nextval('patient_mrn_seq') FROM import_row"
            " WHERE existing_id IS NULL AND reason IS NULL ORDER BY line_number"
        )
    ).all()
    connection.execute(
        sa.text(
            "UPDATE import_row r SET mrn = v.mrn"
            " FROM unnest(CAST(:lines AS bigint[]), CAST(:mrns AS text[])) v(line, mrn)"
            " WHERE r.line_number = v.line"
        ),
        {"lines": [line for line, _ in drawn], "mrns": [rules.mrn_of(number) for _, number in drawn]},
    )


def gather_patients(connection: sa.Connection, spec: TableSpec) -> None:
    """`import_patient`: the created and changed rows of `import_row` with the ids of their patients."""
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.import_patient"))
    connection.execute(
        sa.text(
            """CREATE TEMPORARY TABLE import_patient ON COMMIT DROP AS
               SELECT p.id AS patient_id, r.* FROM import_row r
               JOIN patient p ON p.source_system = :source AND p.source_key = r.source_key
               WHERE r.reason IS NULL AND r.is_changed"""
        ),
        {"source": spec.source},
    )
    connection.execute(sa.text("ANALYZE import_patient"))


def write_search_keys(connection: sa.Connection, _spec: TableSpec | None = None) -> None:
    """Make the search keys of the patients of `import_patient`."""
    connection.execute(
        sa.text(
            "DELETE FROM patient_search_key k USING import_patient i"
            " WHERE k.patient_id = i.patient_id AND i.existing_id IS NOT NULL"
        )
    )
    people = connection.execute(_PEOPLE).mappings()
    keys = [(*key, person["id"]) for person in people for key in keys_of(dict(person))]
    _copy(connection, "patient_search_key (key, second_key, patient_id)", keys)
    words = {first[2:] for first, second, _ in keys if first.startswith("n:") and not second}
    connection.execute(_ADD_WORDS, {"words": sorted(words)})


_PEOPLE: Final = sa.text(f"{SEARCH_SOURCE} JOIN import_patient ON import_patient.patient_id = p.id")
_ADD_WORDS: Final = sa.text(
    "INSERT INTO name_word (word) SELECT unnest(CAST(:words AS text[])) ON CONFLICT DO NOTHING"
)


def _copy(connection: sa.Connection, target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
