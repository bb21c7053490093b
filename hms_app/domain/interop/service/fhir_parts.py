"""What hangs on a FHIR resource: a patient's identifiers and contacts, an allergy's reactions, a panel's parts.

The lists come as JSON in the staged row and are written by the database. What a later version of a resource no
longer has is taken away again; what people typed here is never touched.
"""

from typing import Final

import sqlalchemy as sa

from hms_app.domain.interop.rules.fhir.patients import PATIENTS
from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.interop.service.people import gather_patients, write_search_keys
from hms_app.domain.interop.service.synthea_parts import Write
from hms_app.domain.patients.tables import IDENTIFIER_NUMBER

IDENTIFIER: Final = (
    "jsonb_to_recordset({source}.identifiers::jsonb)"
    " AS i (type text, issuer text, system text, value text, is_official boolean, ended_on date)"
)
"""The identifiers of a staged patient as rows."""
_SAME_NUMBER: Final = (
    f"{IDENTIFIER_NUMBER.replace('value', 'h.value')} = {IDENTIFIER_NUMBER.replace('value', 'i.value')}"
)
_VALUE: Final = (
    "code text, code_system text, display text, value_number numeric, value_text text,"
    " value_code text, value_system text, unit text, reference_low numeric, reference_high numeric, note text"
)


def _write_names(connection: sa.Connection, spec: TableSpec) -> None:
    """By which identifiers other resources may refer to this one."""
    values = {"type": spec.stem}
    connection.execute(
        sa.text(
            """DELETE FROM import_identifier i USING import_row r
               WHERE r.existing_id IS NOT NULL AND r.is_changed AND r.reason IS NULL
                 AND i.resource_type = :type AND i.source_key = r.source_key"""
        ),
        values,
    )
    connection.execute(
        sa.text(
            """INSERT INTO import_identifier (resource_type, name, source_key)
               SELECT :type, n.name, r.source_key
               FROM import_row r, jsonb_array_elements_text(r.names::jsonb) AS n (name)
               WHERE r.is_changed AND r.reason IS NULL ON CONFLICT DO NOTHING"""
        ),
        values,
    )


def _write_identifiers(connection: sa.Connection, _spec: TableSpec | None = None) -> None:
    """An official identifier that another patient has refuses the row; any other is then kept under the row's name.

    Identifiers are only added: one that a later version lacks may still be printed on a card.
    """
    for condition, issuer, otherwise in (
        ("i.is_official", "i.issuer", ""),
        ("NOT i.is_official", "i.issuer", "ON CONFLICT DO NOTHING"),
        ("NOT i.is_official", "i.issuer || ', record ' || p.source_key", "ON CONFLICT DO NOTHING"),
    ):
        connection.execute(
            sa.text(
                f"""INSERT INTO patient_identifier (patient_id, type, issuer, system, value, ended_on)
                    SELECT p.patient_id, i.type, {issuer}, i.system, i.value, i.ended_on
                    FROM import_patient p, {IDENTIFIER.format(source="p")}
                    WHERE {condition} AND NOT EXISTS (
                        SELECT FROM patient_identifier h
                        WHERE h.patient_id = p.patient_id AND h.type = i.type AND {_SAME_NUMBER}
                          AND h.entered_in_error_at IS NULL
                          AND (h.issuer = i.issuer OR NOT i.is_official))
                    ORDER BY p.line_number {otherwise}"""
            )
        )


def _listed(table: str, listed: str, columns: dict[str, str]) -> Write:
    """A writer of the rows of `table` that are in the JSON list `listed` of a patient."""
    names, kinds = ", ".join(columns), ", ".join(f"{name} {kind}" for name, kind in columns.items())
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns)
    values = ", ".join(
        f"coalesce(i.{name}, '')" if kind == "text" else f"i.{name}" for name, kind in columns.items()
    )
    forget = sa.text(
        f"""DELETE FROM {table} t USING import_patient p
            WHERE t.patient_id = p.patient_id AND p.existing_id IS NOT NULL AND t.source_system = 'fhir'
              AND t.source_key LIKE '%#{listed}-%'
              AND split_part(t.source_key, '#{listed}-', 1) = p.source_key
              AND split_part(t.source_key, '#{listed}-', 2)::int > jsonb_array_length(p.{listed}::jsonb)"""
    )
    insert = sa.text(
        f"""INSERT INTO {table} (patient_id, {names}, source_system, source_key)
            SELECT p.patient_id, {values}, 'fhir', p.source_key || '#{listed}-' || i.place
            FROM import_patient p, ROWS FROM (
                jsonb_to_recordset(p.{listed}::jsonb) AS ({kinds})) WITH ORDINALITY AS i ({names}, place)
            ON CONFLICT (source_system, source_key) DO UPDATE SET {sets}"""
    )

    def write(connection: sa.Connection, _spec: TableSpec) -> None:
        connection.execute(forget)
        connection.execute(insert)

    return write


_ADDRESS: Final = {
    **dict.fromkeys(("use", "address_line", "city", "county", "region", "postal_code", "country"), "text"),
    "latitude": "numeric",
    "longitude": "numeric",
    "ended_on": "date",
}
_write_addresses = _listed("patient_address", "addresses", _ADDRESS)
_write_telecoms = _listed(
    "patient_contact_point",
    "telecoms",
    {**dict.fromkeys(("system", "use", "value", "digits"), "text"), "ended_on": "date"},
)
_write_contacts = _listed(
    "patient_relation",
    "contacts",
    {**dict.fromkeys(("kind", "relationship_name", "name", "phone"), "text"), "ended_on": "date"},
)


def _write_reactions(connection: sa.Connection, _spec: TableSpec) -> None:
    connection.execute(
        sa.text(
            """DELETE FROM allergy_reaction x USING import_row r
               WHERE r.existing_id = x.allergy_id AND r.is_changed AND r.reason IS NULL"""
        )
    )
    connection.execute(
        sa.text(
            """INSERT INTO allergy_reaction (allergy_id, position, code, code_system, display, severity)
               SELECT a.id, i.place, i.code, i.system, i.display, i.severity
               FROM import_row r
               JOIN allergy_intolerance a ON a.source_system = 'fhir' AND a.source_key = r.source_key,
               ROWS FROM (jsonb_to_recordset(r.reactions::jsonb)
                AS (code text, system text, display text, severity text))
                WITH ORDINALITY AS i (code, system, display, severity, place)
               WHERE r.reason IS NULL AND r.is_changed"""
        )
    )


def _write_components(connection: sa.Connection, _spec: TableSpec) -> None:
    """A row for each component of a panel, like its panel in all but code and value."""
    connection.execute(
        sa.text(
            """DELETE FROM observation o USING import_row r
               WHERE r.existing_id = o.panel_id AND r.is_changed AND r.reason IS NULL
                 AND o.source_system = 'fhir' AND o.source_key LIKE '%#component-%'
                 AND split_part(o.source_key, '#component-', 1) = r.source_key"""
        )
    )
    connection.execute(
        sa.text(
            f"""INSERT INTO observation (patient_id, encounter_id, status, status_told, category,
                                         occurred_at, ended_at, is_day_only,
                                         occurred_precision, ended_precision,
                                         code, code_system, display,
                                         value_number, value_text, value_code, value_system, unit,
                                         reference_low, reference_high, note, panel_id,
                                         source_system, source_key, source_hash)
                SELECT o.patient_id, o.encounter_id, o.status, o.status_told, o.category,
                       o.occurred_at, o.ended_at, o.is_day_only,
                       o.occurred_precision, o.ended_precision,
                       i.code, i.code_system, i.display,
                       i.value_number, i.value_text, i.value_code, i.value_system, i.unit,
                       i.reference_low, i.reference_high, i.note,
                       o.id, 'fhir', o.source_key || '#component-' || i.place, o.source_hash
                FROM import_row r
                JOIN observation o ON o.source_system = 'fhir' AND o.source_key = r.source_key,
                ROWS FROM (jsonb_to_recordset(r.components::jsonb) AS ({_VALUE}))
                 WITH ORDINALITY AS i (code, code_system, display, value_number, value_text,
                                          value_code, value_system, unit,
                                          reference_low, reference_high, note, place)
                WHERE r.reason IS NULL AND r.is_changed AND r.is_panel"""
        )
    )


def write_belongings(connection: sa.Connection) -> None:
    """Write what hangs on the patient of `import_patient`, who was here before."""
    for write in (_write_addresses, _write_telecoms, _write_contacts, _write_identifiers):
        write(connection, PATIENTS)
    connection.execute(_ADD_NAMES)
    write_search_keys(connection)


_ADD_NAMES: Final = sa.text(
    """INSERT INTO import_identifier (resource_type, name, source_key)
       SELECT 'Patient', n.name, p.source_key
       FROM import_patient p, jsonb_array_elements_text(p.names::jsonb) AS n (name) ON CONFLICT DO NOTHING"""
)
AFTER: Final[dict[str, tuple[Write, ...]]] = {
    "Organization": (_write_names,),
    "Location": (_write_names,),
    "Practitioner": (_write_names,),
    "Patient": (
        gather_patients,
        _write_addresses,
        _write_telecoms,
        _write_contacts,
        _write_identifiers,
        _write_names,
        write_search_keys,
    ),
    "AllergyIntolerance": (_write_reactions,),
    "Observation": (_write_components,),
}
"""What is written after the rows of a type of resource."""
