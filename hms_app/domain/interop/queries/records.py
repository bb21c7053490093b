"""Everything the hospital has of one patient, as far as whoever asks may see it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.interop.rules.fhir.names import OURS
from hms_app.domain.interop.rules.fhir.writing.bundles import RecordContents
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of


class RecordPart(NamedTuple):
    """A part of a record: what it is called, who may read it, and the tables it is in."""

    title: str
    permission: Permission
    tables: tuple[str, ...]


PARTS: Final = (
    RecordPart(
        "Contacts",
        Permission.PATIENTS_CONTACT_READ,
        ("patient_contact_point", "patient_address", "patient_relation"),
    ),
    RecordPart("Identifiers", Permission.PATIENTS_IDENTIFIER_READ, ("patient_identifier",)),
    RecordPart("Coverage", Permission.PATIENTS_COVERAGE_READ, ("coverage",)),
    RecordPart("Consents", Permission.PATIENTS_CONSENT_READ, ("patient_consent",)),
    RecordPart("Allergies", Permission.CLINICAL_ALLERGY_READ, ("allergy_intolerance",)),
    RecordPart("Conditions", Permission.CLINICAL_CONDITION_READ, ("condition",)),
    RecordPart("Medications", Permission.CLINICAL_MEDICATION_READ, ("medication_request",)),
    RecordPart("Visits", Permission.CLINICAL_ENCOUNTER_READ, ("encounter",)),
    RecordPart(
        "Observations and reports", Permission.CLINICAL_OBSERVATION_READ, ("diagnostic_report", "observation")
    ),
    RecordPart("Procedures and imaging", Permission.CLINICAL_PROCEDURE_READ, ("procedure", "imaging_study")),
    RecordPart("Immunizations", Permission.CLINICAL_IMMUNIZATION_READ, ("immunization",)),
    RecordPart("Care plans", Permission.CLINICAL_CARE_PLAN_READ, ("care_plan",)),
    RecordPart("Devices and supplies", Permission.CLINICAL_DEVICE_READ, ("device_use", "supply_use")),
    RecordPart("Family history", Permission.CLINICAL_FAMILY_HISTORY_READ, ("family_member_history",)),
    RecordPart("Documents", Permission.CLINICAL_DOCUMENT_READ, ("document_reference",)),
)
_IDENTITY: Final = frozenset(
    ("patient_contact_point", "patient_address", "patient_relation", "patient_identifier")
)
"""What was entered in error here says nothing about anybody; elsewhere it is written as such."""
_NAMED: Final = {
    "practitioner": "practitioner_id",
    "organization": "organization_id",
    "payer": "payer_id",
}
_REACTIONS: Final = """SELECT r.* FROM allergy_reaction r JOIN allergy_intolerance a ON a.id = r.allergy_id
WHERE a.patient_id = %(patient_id)s ORDER BY r.allergy_id, r.position"""
_DOCUMENTS: Final = """SELECT d.*, f.media_type, f.size_bytes FROM document_reference d
JOIN stored_file f ON f.id = d.file_id WHERE d.patient_id = %(patient_id)s ORDER BY d.occurred_at, d.id"""


def gather_record(session: Session, actor: Actor, *, patient_id: int) -> RecordContents:
    """The rows of every part the actor may read, oldest first; raises NotFound for a patient who is not to be known."""
    patient = find_visible(session, actor, patient_id)
    readable = [part for part in PARTS if may_read(actor, part.permission, patient_id)]
    rows = {table: _rows(session, table, patient_id) for part in readable for table in part.tables}
    if "allergy_intolerance" in rows:
        rows["allergy_reaction"] = rows_of(session, Statement(_REACTIONS, {"patient_id": patient_id}))
    name, founded_at = _hospital(session)
    visits = {row["id"] for row in rows.get("encounter", ())}
    return RecordContents(
        stamp=stamp_of(founded_at),
        hospital=name,
        patient=patient,
        rows={table: [_without_hidden_visit(row, visits) for row in found] for table, found in rows.items()},
        left_out=tuple(part.title for part in PARTS if part not in readable),
        people=_named(session, rows.values()),
    )


def stamp_of(founded_at: dt.datetime | None) -> str:
    """What tells this hospital's exports from others': made of the moment it was founded."""
    return uuid5(NAMESPACE_URL, f"{OURS}hospital:{founded_at.isoformat()}").hex if founded_at else "unfounded"


def _hospital(session: Session) -> tuple[str, dt.datetime | None]:
    found = rows_of(session, Statement("SELECT name, founded_at FROM hospital", {}))
    return (found[0]["name"], found[0]["founded_at"]) if found else ("", None)


def _rows(session: Session, table: str, patient_id: int) -> list[Mapping[str, Any]]:
    if table == "document_reference":
        statement = _DOCUMENTS
    else:
        kept = " AND entered_in_error_at IS NULL" if table in _IDENTITY else ""
        order = "id" if table in _IDENTITY | {"coverage", "patient_consent"} else "occurred_at, id"
        statement = f"SELECT * FROM {table} WHERE patient_id = %(patient_id)s{kept} ORDER BY {order}"
    return rows_of(session, Statement(statement, {"patient_id": patient_id}))


def _without_hidden_visit(row: Mapping[str, Any], visits: set[int]) -> Mapping[str, Any]:
    """A row whose visit is left out names no visit."""
    is_hidden = row.get("encounter_id") is not None and row["encounter_id"] not in visits
    return {**row, "encounter_id": None} if is_hidden else row


def _named(
    session: Session, listed: Iterable[Sequence[Mapping[str, Any]]]
) -> dict[str, list[Mapping[str, Any]]]:
    """The practitioners, organizations and payers that rows name, and where the practitioners work."""
    everything = [row for rows in listed for row in rows]
    people: dict[str, list[Mapping[str, Any]]] = {}
    for table, column in _NAMED.items():
        named = [*everything, *people.get("practitioner", [])]
        ids = sorted({row[column] for row in named if row.get(column) is not None})
        statement = f"SELECT * FROM {table} WHERE id = ANY(%(ids)s) ORDER BY id"
        people[table] = rows_of(session, Statement(statement, {"ids": ids}))
    return people
