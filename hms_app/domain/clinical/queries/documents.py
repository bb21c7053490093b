"""Documents of a patient: the list, one of them, and its file."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.keyset import Keyset
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.queries.places import instant_and_id
from hms_app.domain.clinical.values import ClinicalAction, DocumentKind, DocumentRow
from hms_app.domain.files import queries as files
from hms_app.domain.files.values import OpenedFile
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of

_NEWEST_FIRST: Final = Keyset("documents", (dt.datetime, int), grows=True)
_DOCUMENTS: Final = """
SELECT d.id, d.patient_id, d.version, d.kind, d.display, d.occurred_at, d.note, d.status, d.recorded_at,
 d.entered_in_error_at, d.entered_in_error_reason, f.storage_key, f.original_name, f.media_type, f.size_bytes,
 u.name AS recorded_by, e.name AS error_by
FROM document_reference d JOIN stored_file f ON f.id = d.file_id
LEFT JOIN app_user u ON u.id = d.recorded_by_user_id
LEFT JOIN app_user e ON e.id = d.entered_in_error_by_user_id"""


@use_case(OrOwn(Permission.CLINICAL_DOCUMENT_READ))
def list_documents(
    session: Session,
    actor: Actor,
    *,
    patient_id: int,
    kind: DocumentKind | None = None,
    at: str | None = None,
) -> Page[DocumentRow]:
    """A page of a patient's documents, newest first, of one kind or of all; there is no way back.

    Raises NotFound for a patient the actor may not know of.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="documents")
    values: dict[str, Any] = {"patient_id": patient_id}
    condition = "d.patient_id = %(patient_id)s"
    if kind is not None:
        condition += " AND d.kind = %(kind)s"
        values["kind"] = kind.value
    place = _NEWEST_FIRST.place(at)
    if place:
        condition += " AND (d.occurred_at, d.id) < (%(at)s::timestamptz, %(after_id)s::bigint)"
        values["at"], values["after_id"] = place.values
    found = rows_of(
        session,
        Statement(
            f"{_DOCUMENTS} WHERE {condition} ORDER BY d.occurred_at DESC, d.id DESC LIMIT {PAGE_SIZE + 1}",
            values,
        ),
    )
    return _NEWEST_FIRST.cut(found, place, values_of=instant_and_id).map(document_row)


@use_case(OrOwn(Permission.CLINICAL_DOCUMENT_READ))
def get_document(session: Session, actor: Actor, *, document_id: int) -> DocumentRow:
    """One document; raises NotFound when there is none, or none this actor may know of."""
    return document_row(_visible(session, actor, document_id))


@use_case(OrOwn(Permission.CLINICAL_DOCUMENT_READ))
def open_document(session: Session, actor: Actor, *, document_id: int) -> OpenedFile:
    """A document's file, to be served; who opened it is in the trail. Raises NotFound."""
    found = _visible(session, actor, document_id)
    opened = files.open_file(session, key=found["storage_key"])
    audit.record(
        session,
        actor,
        ClinicalAction.DOCUMENT_OPENED,
        "document_reference",
        subject_id=document_id,
        patient_id=found["patient_id"],
        after={"title": found["display"], "file": found["original_name"]},
    )
    return opened


def document_row(found: Mapping[str, Any]) -> DocumentRow:
    """A document as it was read."""
    return DocumentRow(
        id=found["id"],
        patient_id=found["patient_id"],
        version=found["version"],
        kind=DocumentKind(found["kind"]),
        title=found["display"],
        written_on=found["occurred_at"].astimezone(dt.UTC).date(),
        note=found["note"],
        file_name=found["original_name"],
        media_type=found["media_type"],
        size_bytes=found["size_bytes"],
        recorded_by=found["recorded_by"] or "",
        recorded_at=found["recorded_at"],
        is_error=found["status"] == "entered_in_error",
        error_by=found["error_by"] or "",
        error_at=found["entered_in_error_at"],
        error_reason=found["entered_in_error_reason"] or "",
    )


def _visible(session: Session, actor: Actor, document_id: int) -> Mapping[str, Any]:
    found = rows_of(session, Statement(f"{_DOCUMENTS} WHERE d.id = %(id)s", {"id": document_id}))
    if not found:
        raise NotFound("document")
    try:
        find_visible(session, actor, found[0]["patient_id"])
    except NotFound:
        raise NotFound("document") from None
    if not may_read(actor, Permission.CLINICAL_DOCUMENT_READ, found[0]["patient_id"]):
        raise NotPermitted(Permission.CLINICAL_DOCUMENT_READ)
    return found[0]
