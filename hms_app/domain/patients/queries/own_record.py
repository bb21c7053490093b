"""What concerns the patients themselves: which record a sign-in is to open, and what they are told of it."""

import datetime as dt
from typing import Final

from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.values import (
    NOTICE_WORDS,
    Born,
    PatientNoticeKind,
    PatientNoticeRow,
    PatientStatus,
)

TOLD_FOR: Final = dt.timedelta(days=90)
"""So long a patient is told of a change in who opens the record."""
MOST_TOLD: Final = 5
_NAMED: Final = """
SELECT id FROM patient WHERE mrn = %(mrn)s AND birth_date = %(birth)s AND birth_date_precision = %(precision)s
 AND status = ANY(%(open)s) AND (NOT is_restricted OR %(sees_restricted)s)"""


def find_record_named(session: Session, actor: Actor, *, mrn: str, born: Born) -> int | None:
    """The record in use with this number and this birth, for a caller that has asked who may link it.

    A restricted one only for who may see such; whoever names both may otherwise know of no patient.
    """
    values = {
        "mrn": mrn,
        "birth": born.date,
        "precision": born.precision.value,
        "open": [PatientStatus.ACTIVE.value, PatientStatus.INACTIVE.value],
        "sees_restricted": actor.can(Permission.PATIENTS_RESTRICTED_READ),
    }
    found = rows_of(session, Statement(_NAMED, values))
    return int(found[0]["id"]) if found else None


def is_restricted(session: Session, patient_id: int) -> bool:
    """Whether a record is restricted, for a caller that tells nobody."""
    statement = "SELECT 1 FROM patient WHERE id = %(id)s AND is_restricted"
    return bool(rows_of(session, Statement(statement, {"id": patient_id})))


@use_case(Permission.PORTAL_RECORD_READ)
def list_patient_notices(session: Session, actor: Actor) -> list[PatientNoticeRow]:
    """What the patient signed in is told of lately, the newest first; raises NotFound without a record."""
    if actor.patient_id is None:
        raise NotFound("patient")
    statement = (
        "SELECT id, kind, created_at FROM patient_notice WHERE patient_id = %(id)s AND created_at > %(since)s"
        f" ORDER BY id DESC LIMIT {MOST_TOLD}"
    )
    found = rows_of(session, Statement(statement, {"id": actor.patient_id, "since": clock.now() - TOLD_FOR}))
    return [
        PatientNoticeRow(
            id=row["id"],
            words=NOTICE_WORDS[PatientNoticeKind(row["kind"])],
            day=actor.locale.date_of(row["created_at"]),
        )
        for row in found
    ]
