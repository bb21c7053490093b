"""Keeping patients' photos."""

from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidRequest
from hms_app.core.pictures import MOST_BYTES, PictureRefused, redrawn
from hms_app.domain.files import service as files
from hms_app.domain.files.values import IMAGES

PHOTO_EDGE: Final = 512
"""A photo is kept at most this wide and high, in pixels."""


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
