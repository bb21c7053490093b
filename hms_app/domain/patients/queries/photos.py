"""Patients' photos, for who may know of the patient."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.files.queries import open_file
from hms_app.domain.files.values import OpenedFile
from hms_app.domain.patients.queries.patients import find_visible


@use_case(OrOwn(Permission.PATIENTS_PATIENT_READ))
def open_photo(session: Session, actor: Actor, *, patient_id: int) -> OpenedFile:
    """The photo of a patient, a look at the record; raises NotFound for none, and for whom this actor may not know."""
    found = find_visible(session, actor, patient_id)
    if not found["photo_file"]:
        raise NotFound("photo")
    audit.record_access(session, actor, patient_id=patient_id, what="photo")
    return open_file(session, key=found["photo_file"])


def photo_url(found: Mapping[str, Any]) -> str:
    """Where a patient's photo is served; changes with the photo, empty without one."""
    return f"/files/patients/{found['id']}/photo?of={found['photo_file'][:8]}" if found["photo_file"] else ""
