"""Patients of a file who are here already: known by an identifier, or because an export of this hospital comes home.

The record takes what is new and keeps what differs, for a person to decide; the report says which of it. Who shares
an official number with somebody who is perhaps another person comes as a patient of their own, and the report says so.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from hms_app.core.text import fold
from hms_app.domain.interop.queries import stamp_of
from hms_app.domain.interop.rules.fhir.identifiers import MRN
from hms_app.domain.interop.rules.fhir.matching import PersonFacts, compare, is_named_alike, is_same_person
from hms_app.domain.interop.service.fhir_parts import IDENTIFIER, write_belongings
from hms_app.domain.interop.values import FileCounts
from hms_app.domain.patients.tables import IDENTIFIER_NUMBER


@dataclass
class Settled:
    """What became of rows that are no rows of their own, and what the report says of patients, by their lines."""

    counts: FileCounts = field(default_factory=FileCounts)
    remarks: list[tuple[int, str]] = field(default_factory=list)


def settle_patients(connection: sa.Connection) -> Settled:
    """Attach who is known to their record; rows that were settled leave `import_row`."""
    connection.execute(_REFUSE_OTHERS)
    own_numbers = f"{MRN}{stamp_of(connection.execute(sa.text('SELECT founded_at FROM hospital')).scalar())}"
    connection.execute(_FORGET_OWN_NUMBERS, {"own_numbers": own_numbers})
    settled = _settle_known(connection)
    for line, found in _candidates(connection, own_numbers).items():
        _settle(connection, settled, line, found)
    return settled


def _settle(connection: sa.Connection, settled: Settled, line: int, found: list[Any]) -> None:
    row = found[0]
    if len(found) == 1 and row.existing_id is None and _is_meant(row):
        settled.remarks += _attach(connection, line, row.patient_id, row.mrn)
        settled.counts.updated += 1
    elif any(one.is_home for one in found):
        reason = f"its id is that of patient {row.mrn}, who has another name and date of birth"
        connection.execute(_REFUSE, {"line": line, "reason": reason})
    else:
        connection.execute(_MAKE_UNOFFICIAL, {"line": line})
        settled.remarks.append((line, _shared_words(found)))


def _is_meant(row: Any) -> bool:
    """Whether the one record that a patient shares something with is theirs."""
    told, kept = _facts(row)
    if row.is_home:
        return is_named_alike(told, kept) or (told.born is not None and told.born == kept.born)
    return is_same_person(told, kept)


def _facts(row: Any) -> tuple[PersonFacts, PersonFacts]:
    return (
        PersonFacts(row.staged_family, row.staged_given, row.staged_born),
        PersonFacts(row.family_name, row.given_names, row.birth_date),
    )


def _shared_words(found: list[Any]) -> str:
    """Why somebody comes as a patient of their own in spite of a number that others have."""
    if len(found) > 1:
        listed = ", ".join(row.mrn for row in found)
        return f"its identifiers are those of several patients ({listed}): kept as a patient of its own, compare them"
    told, kept = _facts(found[0])
    shared = f"its {found[0].shared} is also that of patient {found[0].mrn}"
    if not is_named_alike(told, kept):
        why = "who has another name"
    elif told.born is None or kept.born is None:
        why = "who is named alike, and of one of them no date of birth is known"
    else:
        why = "who has another date of birth"
    return f"{shared}, {why}: kept as a patient of its own, compare them"


def _settle_known(connection: sa.Connection) -> Settled:
    """Patients who were attached to a record before."""
    known = connection.execute(_KNOWN).all()
    settled = Settled()
    for row in known:
        if row.is_changed:
            settled.remarks += _attach(connection, row.line_number, row.patient_id, row.mrn)
            settled.counts.updated += 1
        else:
            settled.counts.unchanged += 1
    connection.execute(_LEAVE, {"lines": [row.line_number for row in known]})
    return settled


def _candidates(connection: sa.Connection, own_numbers: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in connection.execute(_SHARING, {"own_numbers": own_numbers}):
        found.setdefault(row.line_number, []).append(row)
    return found


def _attach(connection: sa.Connection, line: int, patient_id: int, mrn: str) -> list[tuple[int, str]]:
    """Let a record take what is new; gives what the report says about it."""
    values = {"line": line, "patient_id": patient_id}
    told = dict(connection.execute(_TOLD, values).mappings().one())
    record = dict(connection.execute(_RECORD, values).mappings().one())
    compared = compare(record, told)
    if compared.taken:
        sets = ", ".join(f"{name} = :{name}" for name in compared.taken)
        connection.execute(
            sa.text(
                f"UPDATE patient SET {sets}, version = version + 1, updated_at = now() WHERE id = :patient_id"
            ),
            {**values, **compared.taken},
        )
    connection.execute(_REMEMBER, {**values, "differs": json.dumps(compared.differs, default=_as_text)})
    added = _add_belongings(connection, values, told)
    connection.execute(_LEAVE, {"lines": [line]})
    said = "; ".join(filter(None, (compared.words(), f"added: {', '.join(added)}" if added else "")))
    return [(line, f"it is patient {mrn}, who was here before{f': {said}' if said else ''}")] if said else []


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _add_belongings(connection: sa.Connection, values: dict[str, Any], told: Any) -> list[str]:
    """Write the addresses, phones and contacts that are not there yet, the identifiers and the names to refer by."""
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.import_patient"))
    connection.execute(_GATHER_ONE, values)
    lists, added = {}, []
    for name, (statement, identity, label) in _BELONGINGS.items():
        known = {
            identity(row)
            for row in connection.execute(statement, {**values, "own": f"{told['source_key']}#%"}).mappings()
        }
        new = [one for one in json.loads(told[name]) if identity(one) not in known]
        lists[name] = json.dumps(new)
        if new:
            added.append(label)
    connection.execute(_SET_LISTS, {**lists, **values})
    write_belongings(connection)
    return added


def _point_identity(point: Any) -> tuple[str, str]:
    return point["system"], point["digits"] or point["value"].casefold()


def _address_identity(address: Any) -> str:
    return fold(" ".join(address[name] or "" for name in ("address_line", "postal_code", "city")))


def _relation_identity(relation: Any) -> str:
    return fold(relation["name"])


def _not_own(table: str) -> sa.TextClause:
    """The rows of a patient that did not come from the resource at hand."""
    return sa.text(
        f"SELECT * FROM {table} WHERE patient_id = :patient_id AND entered_in_error_at IS NULL"
        " AND (source_key IS NULL OR source_key NOT LIKE :own)"
    )


_BELONGINGS: Final[dict[str, tuple[sa.TextClause, Any, str]]] = {
    "telecoms": (_not_own("patient_contact_point"), _point_identity, "phone or e-mail"),
    "addresses": (_not_own("patient_address"), _address_identity, "address"),
    "contacts": (_not_own("patient_relation"), _relation_identity, "contact"),
}
_COMPARED: Final = (
    "prefix, suffix, maiden_name, preferred_name, language, race, ethnicity, birth_place, sex_at_birth, gender,"
    " marital_status, given_names, family_name, birth_date, birth_date_precision, deceased_at, deceased_is_day_only,"
    " deceased_precision, is_restricted"
)
_TOLD: Final = sa.text(
    f"SELECT {_COMPARED}, source_key, telecoms, addresses, contacts FROM import_row WHERE line_number = :line"
)
_RECORD: Final = sa.text(f"SELECT {_COMPARED} FROM patient WHERE id = :patient_id FOR UPDATE")
_GATHER_ONE: Final = sa.text(
    "CREATE TEMPORARY TABLE import_patient ON COMMIT DROP AS"
    " SELECT CAST(:patient_id AS bigint) AS patient_id, r.* FROM import_row r WHERE r.line_number = :line"
)
_SET_LISTS: Final = sa.text(
    "UPDATE import_patient SET existing_id = :patient_id, telecoms = :telecoms, addresses = :addresses,"
    " contacts = :contacts"
)
_REFUSE_OTHERS: Final = sa.text(
    """UPDATE import_row r
       SET reason = 'its id is that of patient ' || p.mrn || ', who has another name and date of birth'
       FROM patient p
       WHERE p.id = r.existing_id AND r.is_changed AND r.reason IS NULL
         AND p.birth_date IS DISTINCT FROM r.birth_date AND p.name_sort <> r.name_sort"""
)
_REFUSE: Final = sa.text("UPDATE import_row SET reason = :reason WHERE line_number = :line")
_LEAVE: Final = sa.text("DELETE FROM import_row WHERE line_number = ANY(CAST(:lines AS bigint[]))")
_MAKE_UNOFFICIAL: Final = sa.text(
    """UPDATE import_row SET identifiers = (
           SELECT coalesce(jsonb_agg(one || '{"is_official": false}'), '[]')::text
           FROM jsonb_array_elements(identifiers::jsonb) AS a (one))
       WHERE line_number = :line"""
)
"""A number that others have too tells this patient from nobody."""
_FORGET_OWN_NUMBERS: Final = sa.text(
    """UPDATE import_row SET identifiers = (
           SELECT coalesce(jsonb_agg(one), '[]')::text FROM jsonb_array_elements(identifiers::jsonb) AS a (one)
           WHERE one ->> 'system' IS DISTINCT FROM :own_numbers)
       WHERE position(CAST(:own_numbers AS text) IN identifiers) > 0"""
)
"""The numbers that this hospital gave are those of its records, and no further identifiers."""
_KNOWN: Final = sa.text(
    """SELECT r.line_number, s.patient_id, p.mrn, s.source_hash <> r.source_hash AS is_changed
       FROM import_row r JOIN patient_source s ON s.source_system = 'fhir' AND s.source_key = r.source_key
       JOIN patient p ON p.id = s.patient_id
       WHERE r.reason IS NULL"""
)
_SHARING: Final = sa.text(
    f"""SELECT r.line_number, r.existing_id, p.id AS patient_id, p.mrn, p.family_name, p.given_names, p.birth_date,
               r.family_name AS staged_family, r.given_names AS staged_given, r.birth_date AS staged_born,
               min(s.shared) AS shared, bool_or(s.is_home) AS is_home
        FROM import_row r
        CROSS JOIN LATERAL (
            SELECT h.patient_id, i.type || ' ' || i.value AS shared, FALSE AS is_home
            FROM {IDENTIFIER.format(source="r")}
            JOIN patient_identifier h ON h.type = i.type AND h.entered_in_error_at IS NULL
             AND (h.issuer = i.issuer OR h.system = i.system AND i.system <> '')
             AND (h.system = i.system OR h.system = '' OR i.system = '')
             AND {IDENTIFIER_NUMBER.replace("value", "h.value")} = {IDENTIFIER_NUMBER.replace("value", "i.value")}
            WHERE i.is_official
            UNION ALL
            SELECT o.id, 'record number', TRUE
            FROM jsonb_array_elements_text(r.names::jsonb) AS n (name)
            JOIN patient o ON o.mrn = split_part(n.name, '|', 2)
            WHERE starts_with(n.name, CAST(:own_numbers AS text) || '|')
            UNION ALL
            SELECT o.id, 'record', TRUE FROM patient o WHERE o.id = r.home_id
            UNION ALL
            SELECT o.id, i.type || ' ' || i.value, FALSE
            FROM {IDENTIFIER.format(source="r")}
            JOIN patient o ON o.source_system = 'synthea' AND o.source_key = i.value
            WHERE i.type = 'synthea') s
        JOIN patient m ON m.id = s.patient_id
        JOIN patient p ON p.id = coalesce(m.merged_into_id, m.id)
        WHERE r.reason IS NULL AND (r.existing_id IS NULL OR r.is_changed)
          AND p.id IS DISTINCT FROM r.existing_id
        GROUP BY r.line_number, r.existing_id, p.id, r.family_name, r.given_names, r.birth_date
        ORDER BY r.line_number, p.id"""
)
_REMEMBER: Final = sa.text(
    """INSERT INTO patient_source (patient_id, source_system, source_key, source_hash, differs)
       SELECT :patient_id, 'fhir', source_key, source_hash, CAST(:differs AS jsonb)
       FROM import_row WHERE line_number = :line
       ON CONFLICT (source_system, source_key) DO UPDATE
         SET source_hash = excluded.source_hash, differs = excluded.differs"""
)
