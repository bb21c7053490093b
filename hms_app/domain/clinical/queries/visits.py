"""A patient's visits and stays, and what happened in one."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.keyset import Keyset
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.queries.places import instant_and_id
from hms_app.domain.clinical.queries.timeline import visit_entries
from hms_app.domain.clinical.rules import plain_display
from hms_app.domain.clinical.values import (
    KIND_PERMISSIONS,
    TOOK_PLACE,
    EncounterClass,
    EncounterStatus,
    TimelineKind,
    VisitRow,
)
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of

MOST_RECENT: Final = 20
"""How many visits are offered for a new entry."""
_TOOK_PLACE: Final = f"e.status IN ({', '.join(repr(status.value) for status in TOOK_PLACE)})"
_COUNTED: Final = {
    TimelineKind.CONDITION: "condition",
    TimelineKind.OBSERVATION: "observation",
    TimelineKind.PROCEDURE: "procedure",
    TimelineKind.MEDICATION: "medication_request",
    TimelineKind.IMMUNIZATION: "immunization",
    TimelineKind.DOCUMENT: "document_reference",
}
"""What is counted of a visit, and the table it stands in."""
_NEWEST_FIRST: Final = Keyset("visits", (dt.datetime, int), grows=True)
_COLUMNS: Final = """e.id, e.patient_id, e.encounter_class, e.display, e.occurred_at, e.ended_at, e.is_day_only,
 e.occurred_precision, e.reason_display, e.status, d.name AS department, o.name AS organization,
 nullif(concat_ws(' ', nullif(p.prefix, ''), nullif(p.given_names, ''), p.family_name), '') AS practitioner"""
_JOINS: Final = """ LEFT JOIN practitioner p ON p.id = e.practitioner_id
 LEFT JOIN department d ON d.id = e.department_id LEFT JOIN organization o ON o.id = e.organization_id"""


@use_case(OrOwn(Permission.CLINICAL_ENCOUNTER_READ))
def list_visits(session: Session, actor: Actor, *, patient_id: int, at: str | None = None) -> Page[VisitRow]:
    """A page of visits, newest first, with counts of what happened; there is no way back.

    Raises NotFound for a patient the actor may not know of, NotPermitted, and DomainError for a damaged bookmark.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="visits")
    values: dict[str, Any] = {"patient_id": patient_id}
    condition = "patient_id = %(patient_id)s"
    place = _NEWEST_FIRST.place(at)
    if place:
        condition += " AND (occurred_at, id) < (%(at)s::timestamptz, %(after_id)s::bigint)"
        values["at"], values["after_id"] = place.values
    page = f"(SELECT * FROM encounter WHERE {condition} ORDER BY occurred_at DESC, id DESC LIMIT {PAGE_SIZE + 1})"
    found = rows_of(
        session,
        Statement(
            f"SELECT {_COLUMNS}{_counts(actor, patient_id)} FROM {page} e{_JOINS}"
            " ORDER BY e.occurred_at DESC, e.id DESC",
            values,
        ),
    )
    return _NEWEST_FIRST.cut(found, place, values_of=instant_and_id).map(_visit)


@use_case(OrOwn(Permission.PATIENTS_PATIENT_READ))
def recent_visits(session: Session, actor: Actor, *, patient_id: int) -> list[VisitRow]:
    """The latest visits that took place, to choose one for a new entry; none for who may not see visits."""
    find_visible(session, actor, patient_id)
    if not may_read(actor, Permission.CLINICAL_ENCOUNTER_READ, patient_id):
        return []
    found = rows_of(
        session,
        Statement(
            f"SELECT {_COLUMNS} FROM encounter e{_JOINS} WHERE e.patient_id = %(patient_id)s"
            f" AND {_TOOK_PLACE} ORDER BY e.occurred_at DESC, e.id DESC LIMIT {MOST_RECENT}",
            {"patient_id": patient_id},
        ),
    )
    return [_visit(row) for row in found]


def is_visit_of(session: Session, actor: Actor, *, patient_id: int, visit_id: int) -> bool:
    """Whether a visit took place, is this patient's, and may be seen by the actor."""
    found = Statement(
        f"SELECT 1 FROM encounter e WHERE e.id = %(id)s AND e.patient_id = %(patient_id)s AND {_TOOK_PLACE}",
        {"id": visit_id, "patient_id": patient_id},
    )
    return may_read(actor, Permission.CLINICAL_ENCOUNTER_READ, patient_id) and bool(rows_of(session, found))


@use_case(OrOwn(Permission.CLINICAL_ENCOUNTER_READ))
def get_visit(session: Session, actor: Actor, *, visit_id: int) -> VisitRow:
    """One visit with what happened in it, as far as the actor may see; raises NotFound."""
    found = rows_of(
        session,
        Statement(f"SELECT {_COLUMNS} FROM encounter e{_JOINS} WHERE e.id = %(id)s", {"id": visit_id}),
    )
    if not found:
        raise NotFound("visit")
    patient_id = found[0]["patient_id"]
    try:
        find_visible(session, actor, patient_id)
    except NotFound:
        raise NotFound("visit") from None
    if not may_read(actor, Permission.CLINICAL_ENCOUNTER_READ, patient_id):
        raise NotPermitted(Permission.CLINICAL_ENCOUNTER_READ)
    audit.record_access(session, actor, patient_id=patient_id, what="visit")
    entries = visit_entries(session, actor, patient_id=patient_id, encounter_id=visit_id)
    return dataclasses.replace(_visit(found[0]), entries=tuple(entries))


def _counts(actor: Actor, patient_id: int) -> str:
    """A column for each kind the actor may see: how many the visit has, entered in error not counted."""
    return "".join(
        f", (SELECT count(*) FROM {table} t WHERE t.encounter_id = e.id AND t.status <> 'entered_in_error')"
        f" AS n_{kind}"
        for kind, table in _COUNTED.items()
        if may_read(actor, KIND_PERMISSIONS[kind], patient_id)
    )


def _visit(row: Mapping[str, Any]) -> VisitRow:
    return VisitRow(
        id=row["id"],
        patient_id=row["patient_id"],
        encounter_class=EncounterClass(row["encounter_class"]),
        title=plain_display(row["display"]),
        began_at=row["occurred_at"],
        ended_at=row["ended_at"],
        is_day_only=row["is_day_only"],
        precision=row["occurred_precision"],
        practitioner=row["practitioner"] or "",
        department=row["department"] or "",
        organization=row["organization"] or "",
        reason=plain_display(row["reason_display"]),
        status=EncounterStatus(row["status"]),
        counts={kind: row[f"n_{kind}"] for kind in _COUNTED if row.get(f"n_{kind}")},
    )
