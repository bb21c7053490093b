"""Writes of the clinical record."""

from hms_app.domain.clinical.service.documents import add_document, retract_document
from hms_app.domain.clinical.service.history import (
    KINDS,
    correct_entry,
    end_entry,
    record_entry,
    retract_entry,
    state_no_known_allergies,
)

__all__ = [
    "KINDS",
    "add_document",
    "correct_entry",
    "end_entry",
    "record_entry",
    "retract_document",
    "retract_entry",
    "state_no_known_allergies",
]
