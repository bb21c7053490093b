"""Keeping and changing patients' photos."""

from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidRequest
from hms_app.core.permissions import Permission
from hms_app.core.pictures import MOST_BYTES, PictureRefused, redrawn
from hms_app.core.use_case import use_case
from hms_app.domain.files import service as files
from hms_app.domain.files.values import IMAGES
from hms_app.domain.patients.service.rows import open_patient, save_patient
from hms_app.domain.patients.values import PatientAction

PHOTO_EDGE: Final = 512
"""A photo is kept at most this wide and high, in pixels."""


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def change_photo(
    session: Session, actor: Actor, *, patient_id: int, version: int, content: bytes | None
) -> None:
    """Show another photo of the patient, or none; earlier ones stay kept.

    Raises InvalidRequest for what is no picture, NotFound, RecordClosed, Conflict.
    """
    patient = open_patient(session, actor, patient_id, version=version)
    key = keep_photo(session, actor, patient_id=patient_id, content=content) if content else None
    save_patient(session, actor, patient, PatientAction.PHOTO_CHANGED, photo_file=key)


def keep_photo(session: Session, actor: Actor, *, patient_id: int, content: bytes) -> str:
    """Keep a photo, drawn anew as a JPEG; returns the key to keep it by.

    For use cases that have asked who may. Raises InvalidRequest at the field `photo`.
    """
    try:
        picture = redrawn(content, edge=PHOTO_EDGE, as_format="JPEG")
    except PictureRefused as refusal:
        raise InvalidRequest({"photo": str(refusal)}) from None
    stored = files.store_bytes(
        session,
        actor,
        content=picture,
        name="photo.jpg",
        max_bytes=MOST_BYTES,
        kinds=IMAGES,
        patient_id=patient_id,
    )
    return stored.key
