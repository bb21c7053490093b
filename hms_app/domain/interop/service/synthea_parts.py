"""What hangs on a row of a Synthea export: a patient's address and identifiers, an allergy's reactions."""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from hms_app.domain.interop.rules.clinical import ALLERGIES, REACTION_PARTS
from hms_app.domain.interop.rules.patients import ADDRESS_PARTS, IDENTIFIER_TYPES, PATIENTS, PAYER_TRANSITIONS
from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.interop.service.people import gather_patients, write_search_keys

Write = Callable[[sa.Connection, TableSpec], None]

ISSUERS: Final = {
    "ssn": "US Social Security Administration",
    "drivers_license": "US-MA",
    "passport": "US Department of State",
    "synthea_name": "Synthea",
}
"""Who gave an identifier of each type; the name as Synthea writes it is kept as an identifier too."""


def _write_addresses(connection: sa.Connection, _spec: TableSpec) -> None:
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


def _write_identifiers(connection: sa.Connection, _spec: TableSpec) -> None:
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


def _write_reactions(connection: sa.Connection, _spec: TableSpec) -> None:
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


def _write_secondary_coverage(connection: sa.Connection, _spec: TableSpec) -> None:
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
AFTER: Final[dict[str, tuple[Write, ...]]] = {
    PATIENTS.stem: (gather_patients, _write_addresses, _write_identifiers, write_search_keys),
    PAYER_TRANSITIONS.stem: (_write_secondary_coverage,),
    ALLERGIES.stem: (_write_reactions,),
}
"""What is written after the rows of a file of an export."""
