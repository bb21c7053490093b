"""What is printed about who a patient is: the card and the wristband."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.queries import get_letterhead
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.patients import find_visible, patient_row
from hms_app.domain.patients.values import PrintedIdentity


@use_case(Permission.PATIENTS_PATIENT_READ)
def print_card(session: Session, actor: Actor, *, patient_id: int) -> bytes:
    """The patient's card (ID-1) as PDF; printing it is noted as a look at the record. Raises NotFound."""
    audit.record_access(session, actor, patient_id=patient_id, what="card")
    return rules.card_pdf(_printed(session, actor, find_visible(session, actor, patient_id)))


@use_case(Permission.PATIENTS_PATIENT_READ)
def print_wristband(session: Session, actor: Actor, *, patient_id: int) -> bytes:
    """The patient's wristband as PDF; printing it is noted as a look at the record. Raises NotFound."""
    audit.record_access(session, actor, patient_id=patient_id, what="wristband")
    return rules.wristband_pdf(_printed(session, actor, find_visible(session, actor, patient_id)))


def _printed(session: Session, actor: Actor, found: Mapping[str, Any]) -> PrintedIdentity:
    row = patient_row(found, actor.locale)
    return PrintedIdentity(
        hospital=get_letterhead(session, actor).name,
        family_name=found["family_name"] or found["given_names"],
        given_names=found["given_names"] if found["family_name"] else "",
        birth_date=row.birth_date or "unknown",
        sex=row.sex,
        mrn=row.mrn,
    )
