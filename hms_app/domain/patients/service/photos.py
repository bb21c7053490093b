"""Keeping and changing patients' photos."""

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.files import service as files
from hms_app.domain.files.values import PictureUse
from hms_app.domain.patients.service.rows import open_patient, save_patient
from hms_app.domain.patients.values import PatientAction


@use_case(Permission.PATIENTS_PATIENT_EDIT)
def change_photo(
    session: Session, actor: Actor, *, patient_id: int, version: int, picture: str | None
) -> None:
    """Show another photo of the patient, or none; earlier ones stay kept.

    `picture` names one that the actor sent before. Raises PictureGone, NotFound, RecordClosed, Conflict.
    """
    patient = open_patient(session, actor, patient_id, version=version)
    key = keep_photo(session, actor, patient_id=patient_id, picture=picture) if picture else None
    save_patient(session, actor, patient, PatientAction.PHOTO_CHANGED, photo_file=key)


def keep_photo(session: Session, actor: Actor, *, patient_id: int, picture: str) -> str:
    """Keep a photo that the actor sent; returns the key to keep it by.

    For use cases that have asked who may. Raises PictureGone at the field `photo`.
    """
    checked = files.claimed_picture(actor, name=picture, use=PictureUse.PHOTO)
    stored = files.store_file(session, actor, checked=checked, name="photo.jpg", patient_id=patient_id)
    return stored.key
