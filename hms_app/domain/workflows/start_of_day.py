"""What a person's first screen shows: whom they looked at last, and what the hospital still lacks."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction
from hms_app.domain.organization.tables import Department, Payer, Practitioner, Room
from hms_app.domain.patients.queries import patient_row, visible_to
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import PatientRow
from hms_app.domain.security.tables import AppUser

LAST_ENTRIES: Final = 400
"""How far back in one's own trail recent patients are looked for."""


@dataclass(frozen=True)
class SetupProgress:
    """Which parts of the hospital exist."""

    departments: bool
    rooms: bool
    practitioners: bool
    payers: bool
    users: bool
    patients: bool


@use_case(Permission.PATIENTS_PATIENT_READ)
def list_recent_patients(session: Session, actor: Actor, *, limit: int = 6) -> list[PatientRow]:
    """The patients whose record the actor opened last, newest first, from the actor's own part of the audit trail.

    Showing them is a look at a list, which makes nobody the last one opened.
    """
    found = session.connection().exec_driver_sql(
        f"""SELECT p.* FROM patient p JOIN (
            SELECT patient_id, max(id) AS seen FROM (
                SELECT id, patient_id FROM audit_entry
                WHERE actor_user_id = %(user_id)s AND action = %(action)s ORDER BY id DESC LIMIT {LAST_ENTRIES}
            ) AS own GROUP BY patient_id
        ) AS last ON last.patient_id = p.id
        WHERE {visible_to(actor)} ORDER BY last.seen DESC LIMIT %(limit)s""",
        {"user_id": actor.user_id, "action": str(AuditAction.RECORD_ACCESSED), "limit": limit},
    )
    rows = [patient_row(dict(row), actor.locale) for row in found.mappings()]
    if rows:
        audit.record_list(session, actor, place="home", shown=[row.id for row in rows])
    return rows


@use_case(Permission.ORGANIZATION_SETTINGS_EDIT)
def get_setup_progress(session: Session, actor: Actor) -> SetupProgress:
    """What the hospital already has; for the list of what is still to set up."""
    found = (
        session.connection()
        .execute(
            sa.select(
                *(
                    sa.exists(sa.select(sa.literal(1)).select_from(table)).label(table.__tablename__)
                    for table in (Department, Room, Practitioner, Payer)
                ),
                (sa.select(sa.func.count()).select_from(AppUser).scalar_subquery() > 1).label("users"),
                sa.exists(sa.select(sa.literal(1)).select_from(Patient)).label("patients"),
            )
        )
        .one()
    )
    return SetupProgress(*(bool(value) for value in found))
