"""A patient reads their own record: the same reading as the staff's, of the one record that is theirs."""

from dataclasses import replace
from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.clinical.values import OverviewRow, PatientBanner, TimelineRow, VitalSeries

OWN_RECORD: Final = frozenset(
    {
        Permission.PATIENTS_PATIENT_READ,
        Permission.PATIENTS_CONTACT_READ,
        Permission.PATIENTS_COVERAGE_READ,
        Permission.PATIENTS_IDENTIFIER_READ,
        Permission.PATIENTS_RESTRICTED_READ,
        *(held for held in Permission if held.startswith("clinical:") and held.endswith(":read")),
    }
)
"""What everyone may read of their own record, and of no other."""


@use_case(Permission.PORTAL_RECORD_READ)
def get_own_record(session: Session, actor: Actor) -> tuple[PatientBanner, OverviewRow]:
    """Who the hospital knows the actor as, and their overview."""
    reader, patient_id = _as_reader_of_oneself(actor)
    banner = clinical.get_patient_banner(session, reader, patient_id=patient_id)
    return banner, clinical.get_overview(session, reader, patient_id=patient_id)


@use_case(Permission.PORTAL_RECORD_READ)
def list_own_timeline(session: Session, actor: Actor, *, bookmark: str | None = None) -> Page[TimelineRow]:
    """A page of the actor's own timeline, newest first."""
    reader, patient_id = _as_reader_of_oneself(actor)
    return clinical.list_timeline(session, reader, patient_id=patient_id, kinds=None, bookmark=bookmark)


@use_case(Permission.PORTAL_RECORD_READ)
def list_own_vital_signs(session: Session, actor: Actor) -> list[VitalSeries]:
    """The actor's own vital signs."""
    reader, patient_id = _as_reader_of_oneself(actor)
    return clinical.list_vital_signs(session, reader, patient_id=patient_id)


def _as_reader_of_oneself(actor: Actor) -> tuple[Actor, int]:
    """The actor with the rights over one's own record; only for use with the id returned beside it."""
    if actor.patient_id is None:
        raise NotFound("record of yours")
    return replace(actor, permissions=actor.permissions | OWN_RECORD), actor.patient_id
