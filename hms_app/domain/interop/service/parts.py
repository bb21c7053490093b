"""What hangs on a row: a patient's number, address, identifiers and search keys; an allergy's reactions."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import sqlalchemy as sa

from hms_app.domain.interop.rules.clinical import ALLERGIES, REACTION_PARTS
from hms_app.domain.interop.rules.patients import ADDRESS_PARTS, IDENTIFIER_TYPES, PATIENTS, PAYER_TRANSITIONS
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries import SEARCH_SOURCE, keys_of

ISSUERS: Final = {
    "ssn": "US Social Security Administration",
    "drivers_license": "US-MA",
    "passport": "US Department of State",
    "synthea_name": "Synthea",
}
"""Who gave an identifier of each type; the name as Synthea writes it is kept as an identifier too."""


def before_upsert(connection: sa.Connection, stem: str) -> None:
    """Give each new patient of `import_row` a medical record number."""
    if stem == PATIENTS.stem:
        _number_patients(connection)


def after_upsert(connection: sa.Connection, stem: str) -> None:
    """Write what hangs on the rows of `import_row` that were created or updated."""
    for write in _AFTER.get(stem, ()):
        write(connection)


def _number_patients(connection: sa.Connection) -> None:
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


def _gather_patients(connection: sa.Connection) -> None:
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.import_patient"))
    connection.execute(
        sa.text(
            """CREATE TEMPORARY TABLE import_patient ON COMMIT DROP AS
               SELECT p.id AS patient_id, r.* FROM import_row r
               JOIN patient p ON p.source_system = 'synthea' AND p.source_key = r.source_key
               WHERE r.reason IS NULL AND r.is_changed"""
        )
    )
    connection.execute(sa.text("ANALYZE import_patient"))


def _write_addresses(connection: sa.Connection) -> None:
    listed = ", ".join(ADDRESS_PARTS)
    values = listed.replace("latitude, longitude", "latitude::numeric, longitude::numeric")
    sets = ", ".join(f"{name} = excluded.{name}" for name in ADDRESS_PARTS)
    connection.execute(
        sa.text(
            f"""INSERT INTO patient_address (patient_id, use, {listed}, country, source_system, source_key)
                SELECT patient_id, 'home', {values}, 'US', 'synthea', source_key FROM import_patient
                WHERE address_line <> '' OR city <> '' OR postal_code <> ''
                ON CONFLICT (source_system, source_key) DO UPDATE SET {sets}"""
        )
    )


def _write_identifiers(connection: sa.Connection) -> None:
    """A value that another patient has already is kept under the record's own name: nothing is taken over in part."""
    for kind in IDENTIFIER_TYPES:
        names = {"kind": kind.replace("_", "-"), "issuer": ISSUERS[kind]}
        connection.execute(_FORGET_IDENTIFIERS, names)
        for issuer in (":issuer", ":issuer || ', record ' || source_key"):
            connection.execute(
                sa.text(
                    f"""INSERT INTO patient_identifier (patient_id, type, issuer, value)
                        SELECT patient_id, :kind, {issuer}, {kind} FROM import_patient i
                        WHERE {kind} <> '' AND NOT EXISTS (
                            SELECT FROM patient_identifier h
                            WHERE h.patient_id = i.patient_id AND h.type = :kind AND h.value = i.{kind})
                        ORDER BY i.line_number
                        ON CONFLICT DO NOTHING"""
                ),
                names,
            )


_FORGET_IDENTIFIERS: Final = sa.text(
    """DELETE FROM patient_identifier h USING import_patient i
       WHERE h.patient_id = i.patient_id AND i.existing_id IS NOT NULL AND h.type = :kind
         AND (h.issuer = :issuer OR h.issuer LIKE :issuer || ', record %')"""
)


def _write_search_keys(connection: sa.Connection) -> None:
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


def _write_reactions(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            """DELETE FROM allergy_reaction x USING import_row r, allergy_intolerance a
               WHERE r.existing_id IS NOT NULL AND r.is_changed AND r.reason IS NULL
                 AND a.id = r.existing_id AND x.allergy_id = a.id"""
        )
    )
    for place in (1, 2):
        code, display, severity = (f"reaction_{place}_{part}" for part in REACTION_PARTS)
        connection.execute(
            sa.text(
                f"""INSERT INTO allergy_reaction (allergy_id, position, code, code_system, display, severity)
                    SELECT a.id, {place}, coalesce({code}, ''), 'SNOMED-CT', coalesce({display}, ''), {severity}
                    FROM import_row r
                    JOIN allergy_intolerance a ON a.source_system = 'synthea' AND a.source_key = r.source_key
                    WHERE r.reason IS NULL AND r.is_changed AND ({code} IS NOT NULL OR {display} IS NOT NULL)"""
            )
        )


def _write_secondary_coverage(connection: sa.Connection) -> None:
    """A second payer of a period is a coverage of its own, behind the first."""
    connection.execute(sa.text(_FORGET_SECONDARY))
    connection.execute(
        sa.text(
            """INSERT INTO coverage (patient_id, payer_id, rank, owner_relation, owner_name, starts_on, ends_on,
                                     source_system, source_key)
               SELECT patient_id, secondary_payer_id, 'secondary', owner_relation, owner_name, starts_on, ends_on,
                      'synthea', source_key || '-secondary'
               FROM import_row WHERE reason IS NULL AND is_changed AND secondary_payer_id IS NOT NULL"""
        )
    )


_FORGET_SECONDARY: Final = """DELETE FROM coverage c USING import_row r
    WHERE r.existing_id IS NOT NULL AND r.is_changed AND r.reason IS NULL
      AND c.source_system = 'synthea' AND c.source_key = r.source_key || '-secondary'"""
_AFTER: Final[dict[str, tuple[Callable[[sa.Connection], None], ...]]] = {
    PATIENTS.stem: (
        _gather_patients,
        _write_addresses,
        _write_identifiers,
        _write_search_keys,
    ),
    PAYER_TRANSITIONS.stem: (_write_secondary_coverage,),
    ALLERGIES.stem: (_write_reactions,),
}
