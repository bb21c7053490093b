"""What hangs on a FHIR resource: a patient's identifiers and contacts, an allergy's reactions, a panel's parts.

The lists come as JSON in the staged row and are written by the database. What a later version of a resource no
longer has is taken away again; what people typed here is never touched.
"""

from typing import Any, Final

import sqlalchemy as sa

from hms_app.domain.interop.queries import stamp_of
from hms_app.domain.interop.rules.fhir.identifiers import MRN
from hms_app.domain.interop.rules.fhir.patients import PersonFacts, is_same_person
from hms_app.domain.interop.rules.specs import TableSpec
from hms_app.domain.interop.service.people import gather_patients, write_search_keys
from hms_app.domain.interop.service.synthea_parts import Write
from hms_app.domain.interop.values import FileCounts

_IDENTIFIER: Final = (
    "jsonb_to_recordset({source}.identifiers::jsonb)"
    " AS i (type text, issuer text, value text, is_official boolean, ended_on date)"
)
_VALUE: Final = (
    "code text, code_system text, display text, value_number numeric, value_text text,"
    " value_code text, unit text, reference_low numeric, reference_high numeric, note text"
)


def settle_patients(connection: sa.Connection) -> FileCounts:
    """Whose record a patient belongs to who is new by id: the one with the same official identifier.

    A record that was here before keeps what it says; the identifiers of the file are added to it. Rows that were
    settled leave `import_row`; a patient who shares an identifier with somebody else is refused.
    """
    connection.execute(_REFUSE_OTHERS)
    connection.execute(_REFUSE_OWN, {"system": f"{MRN}{_stamp(connection)}"})
    counts = _settle_known(connection)
    for line, found in _candidates(connection).items():
        problem = _why_not(found)
        if problem:
            connection.execute(_REFUSE, {"line": line, "reason": problem})
        else:
            _attach(connection, line, found[0].patient_id)
            counts.updated += 1
    return counts


def _stamp(connection: sa.Connection) -> str:
    return stamp_of(connection.execute(sa.text("SELECT founded_at FROM hospital")).scalar())


def _settle_known(connection: sa.Connection) -> FileCounts:
    """Patients who were attached to a record before."""
    known = connection.execute(_KNOWN).all()
    changed = [row for row in known if row.is_changed]
    for row in changed:
        _attach(connection, row.line_number, row.patient_id)
    connection.execute(_LEAVE, {"lines": [row.line_number for row in known]})
    return FileCounts(updated=len(changed), unchanged=len(known) - len(changed))


def _candidates(connection: sa.Connection) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in connection.execute(_SHARING):
        found.setdefault(row.line_number, []).append(row)
    return found


def _why_not(found: list[Any]) -> str | None:
    if len(found) > 1:
        return f"its identifiers belong to several patients: {', '.join(row.mrn for row in found)}"
    row = found[0]
    staged = PersonFacts(row.staged_family, row.staged_given, row.staged_born)
    if is_same_person(staged, PersonFacts(row.family_name, row.given_names, row.birth_date)):
        return None
    return f"its identifier {row.shared} is that of patient {row.mrn}, who has another name or date of birth"


def _attach(connection: sa.Connection, line: int, patient_id: int) -> None:
    values = {"line": line, "patient_id": patient_id}
    connection.execute(_REMEMBER, values)
    connection.execute(_ADD_IDENTIFIERS, values)
    connection.execute(_ADD_NAMES_OF_ONE, values)
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.import_patient"))
    connection.execute(_GATHER_ONE, values)
    write_search_keys(connection)
    connection.execute(_LEAVE, {"lines": [line]})


_REFUSE_OTHERS: Final = sa.text(
    """UPDATE import_row r
       SET reason = 'its id is that of patient ' || p.mrn || ', who has another name and date of birth'
       FROM patient p
       WHERE p.id = r.existing_id AND r.is_changed AND r.reason IS NULL
         AND p.birth_date IS DISTINCT FROM r.birth_date AND p.name_sort <> r.name_sort"""
)
_REFUSE_OWN: Final = sa.text(
    """UPDATE import_row r SET reason = 'it was exported from here: it is the record of patient ' || p.mrn
       FROM import_row o, jsonb_array_elements_text(o.names::jsonb) AS n (name), patient p
       WHERE o.line_number = r.line_number AND r.reason IS NULL AND r.existing_id IS NULL
         AND starts_with(n.name, CAST(:system AS text) || '|') AND p.mrn = split_part(n.name, '|', 2)"""
)
_REFUSE: Final = sa.text("UPDATE import_row SET reason = :reason WHERE line_number = :line")
_LEAVE: Final = sa.text("DELETE FROM import_row WHERE line_number = ANY(CAST(:lines AS bigint[]))")
_KNOWN: Final = sa.text(
    """SELECT r.line_number, s.patient_id, s.source_hash <> r.source_hash AS is_changed
       FROM import_row r JOIN patient_source s ON s.source_system = 'fhir' AND s.source_key = r.source_key
       WHERE r.reason IS NULL"""
)
_SHARING: Final = sa.text(
    f"""SELECT r.line_number, p.id AS patient_id, p.mrn, p.family_name, p.given_names, p.birth_date,
               r.family_name AS staged_family, r.given_names AS staged_given, r.birth_date AS staged_born,
               min(s.shared) AS shared
        FROM import_row r
        CROSS JOIN LATERAL (
            SELECT h.patient_id, i.type || ' ' || i.value AS shared
            FROM {_IDENTIFIER.format(source="r")}
            JOIN patient_identifier h ON h.type = i.type AND h.issuer = i.issuer AND h.value = i.value
             AND h.entered_in_error_at IS NULL
            WHERE i.is_official
            UNION ALL
            SELECT o.id, i.type || ' ' || i.value
            FROM {_IDENTIFIER.format(source="r")}
            JOIN patient o ON o.source_system = 'synthea' AND o.source_key = i.value
            WHERE i.type = 'synthea') s
        JOIN patient p ON p.id = s.patient_id
        WHERE r.reason IS NULL AND r.existing_id IS NULL
        GROUP BY r.line_number, p.id, r.family_name, r.given_names, r.birth_date
        ORDER BY r.line_number, p.id"""
)
_REMEMBER: Final = sa.text(
    """INSERT INTO patient_source (patient_id, source_system, source_key, source_hash)
       SELECT :patient_id, 'fhir', source_key, source_hash FROM import_row WHERE line_number = :line
       ON CONFLICT (source_system, source_key) DO UPDATE SET source_hash = excluded.source_hash"""
)
_ADD_IDENTIFIERS: Final = sa.text(
    f"""INSERT INTO patient_identifier (patient_id, type, issuer, value, ended_on)
        SELECT :patient_id, i.type, i.issuer, i.value, i.ended_on
        FROM import_row r, {_IDENTIFIER.format(source="r")}
        WHERE r.line_number = :line ON CONFLICT DO NOTHING"""
)
_ADD_NAMES_OF_ONE: Final = sa.text(
    """INSERT INTO import_identifier (resource_type, name, source_key)
       SELECT 'Patient', n.name, r.source_key
       FROM import_row r, jsonb_array_elements_text(r.names::jsonb) AS n (name)
       WHERE r.line_number = :line ON CONFLICT DO NOTHING"""
)
_GATHER_ONE: Final = sa.text(
    "CREATE TEMPORARY TABLE import_patient ON COMMIT DROP AS"
    " SELECT CAST(:patient_id AS bigint) AS patient_id, 1 AS existing_id"
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


def _write_identifiers(connection: sa.Connection, _spec: TableSpec) -> None:
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
                f"""INSERT INTO patient_identifier (patient_id, type, issuer, value, ended_on)
                    SELECT p.patient_id, i.type, {issuer}, i.value, i.ended_on
                    FROM import_patient p, {_IDENTIFIER.format(source="p")}
                    WHERE {condition} AND NOT EXISTS (
                        SELECT FROM patient_identifier h
                        WHERE h.patient_id = p.patient_id AND h.type = i.type AND h.value = i.value
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
            f"""INSERT INTO observation (patient_id, encounter_id, status, category, occurred_at, ended_at, is_day_only,
                                         occurred_precision, ended_precision,
                                         code, code_system, display, value_number, value_text, value_code, unit,
                                         reference_low, reference_high, note, panel_id,
                                         source_system, source_key, source_hash)
                SELECT o.patient_id, o.encounter_id, o.status, o.category, o.occurred_at, o.ended_at, o.is_day_only,
                       o.occurred_precision, o.ended_precision,
                       i.code, i.code_system, i.display, i.value_number, i.value_text, i.value_code, i.unit,
                       i.reference_low, i.reference_high, i.note,
                       o.id, 'fhir', o.source_key || '#component-' || i.place, o.source_hash
                FROM import_row r
                JOIN observation o ON o.source_system = 'fhir' AND o.source_key = r.source_key,
                ROWS FROM (jsonb_to_recordset(r.components::jsonb) AS ({_VALUE}))
                 WITH ORDINALITY AS i (code, code_system, display, value_number, value_text, value_code, unit,
                                          reference_low, reference_high, note, place)
                WHERE r.reason IS NULL AND r.is_changed AND r.is_panel"""
        )
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
