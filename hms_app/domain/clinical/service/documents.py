"""Adding documents, and taking back what was added by mistake."""

import datetime as dt
from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.clinical.queries.documents import get_document
from hms_app.domain.clinical.tables import DocumentReference
from hms_app.domain.clinical.values import (
    DOCUMENT_CODES,
    LOINC,
    ClinicalAction,
    DocumentInput,
    DocumentRow,
    DocumentStatus,
)
from hms_app.domain.files import service as files
from hms_app.domain.patients.service.rows import locked_row, open_patient
from hms_app.domain.records.service import RowKind, add_row, retract_row
from hms_app.domain.records.values import RowForm


def _form(session: Session, actor: Actor, document_id: int) -> RowForm:
    """A document is never corrected: it has no fields, and what counts is whether it is an error."""
    is_error = get_document(session, actor, document_id=document_id).is_error
    return RowForm({}, is_error=is_error)


_ROWS: Final = RowKind(DocumentReference, "document", _form)


@use_case(Permission.CLINICAL_DOCUMENT_EDIT)
def add_document(
    session: Session,
    actor: Actor,
    *,
    patient_id: int,
    request: DocumentInput,
    checked: files.CheckedFile,
    file_name: str,
) -> DocumentRow:
    """Keep a file that was received and checked as a document of the patient.

    Raises NotFound, RecordClosed, and DomainError for a day that has not come.
    """
    open_patient(session, actor, patient_id)
    today = actor.locale.today()
    if request.occurred_on is not None and request.occurred_on > today:
        raise DomainError(
            "This is in the future. Choose the day the document was written.", field="occurred_on"
        )
    kept = files.store_file(session, actor, checked=checked, name=file_name, patient_id=patient_id)
    document = DocumentReference(
        patient_id=patient_id,
        kind=request.kind.value,
        code=DOCUMENT_CODES.get(request.kind, ""),
        code_system=LOINC if request.kind in DOCUMENT_CODES else "",
        display=request.title or kept.name.rpartition(".")[0],
        occurred_at=dt.datetime.combine(request.occurred_on or today, dt.time(), dt.UTC),
        is_day_only=True,
        note=request.note,
        file_id=kept.id,
    )
    add_row(session, actor, document, ClinicalAction.DOCUMENT_ADDED)
    return get_document(session, actor, document_id=document.key)


@use_case(Permission.CLINICAL_DOCUMENT_EDIT)
def retract_document(
    session: Session, actor: Actor, *, document_id: int, version: int, reason: str
) -> DocumentRow:
    """Say that a document was added by mistake, and why; it stays, marked."""
    document = locked_row(session, actor, _ROWS, document_id, version=version)
    document.status = DocumentStatus.ENTERED_IN_ERROR.value
    retract_row(session, actor, document, ClinicalAction.DOCUMENT_RETRACTED, reason=reason)
    return get_document(session, actor, document_id=document_id)
