"""Writes of the clinical record."""

from hms_app.domain.clinical.service.documents import add_document, retract_document

__all__ = ["add_document", "retract_document"]
