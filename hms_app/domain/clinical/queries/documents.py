"""Documents of a patient: the list, one of them, and its file."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.paging import bookmark as make_bookmark
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.queries.places import instant_and_id
from hms_app.domain.clinical.values import DOCUMENT_LABELS, ClinicalAction, DocumentKind, DocumentRow
from hms_app.domain.files import queries as files
from hms_app.domain.files.values import IMAGES, SHOWN_IN_PAGE, TYPE_OF, OpenedFile
from hms_app.domain.patients.queries import Statement, find_visible, may_read, rows_of

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
    kind: str = "",
    bookmark: str | None = None,
) -> Page[DocumentRow]:
    """A page of a patient's documents, newest first, of one kind or of all; there is no way back.

    Raises NotFound for a patient the actor may not know of, and DomainError for an unknown kind.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="documents")
    values: dict[str, Any] = {"patient_id": patient_id}
    condition = "d.patient_id = %(patient_id)s"
    if kind:
        condition += " AND d.kind = %(kind)s"
        values["kind"] = _kind(kind).value
    if bookmark:
        condition += " AND (d.occurred_at, d.id) < (%(at)s::timestamptz, %(after_id)s::bigint)"
        values["at"], values["after_id"] = instant_and_id(bookmark)
    found = rows_of(
        session,
        Statement(
            f"{_DOCUMENTS} WHERE {condition} ORDER BY d.occurred_at DESC, d.id DESC LIMIT {PAGE_SIZE + 1}",
            values,
        ),
    )
    has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return Page(
        rows=[document_row(row, actor.locale) for row in found],
        next_bookmark=make_bookmark(found[-1]["occurred_at"].isoformat(), found[-1]["id"])
        if has_more
        else None,
    )


@use_case(OrOwn(Permission.CLINICAL_DOCUMENT_READ))
def get_document(session: Session, actor: Actor, *, document_id: int) -> DocumentRow:
    """One document; raises NotFound when there is none, or none this actor may know of."""
    return document_row(_visible(session, actor, document_id), actor.locale)


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


def document_row(found: Mapping[str, Any], locale: HospitalLocale) -> DocumentRow:
    """A document as screens show it."""
    kind, file_type = DocumentKind(found["kind"]), TYPE_OF[found["media_type"]]
    shown = file_type in SHOWN_IN_PAGE
    recorded = " · ".join(filter(None, (found["recorded_by"], locale.moment(found["recorded_at"]))))
    said = (found["error_by"] or "", locale.moment(found["entered_in_error_at"]))
    why = f"{found['entered_in_error_reason']} ({', '.join(filter(None, said))})"
    return DocumentRow(
        id=found["id"],
        patient_id=found["patient_id"],
        version=found["version"],
        kind=kind,
        kind_label=DOCUMENT_LABELS[kind],
        title=found["display"],
        day=locale.date(found["occurred_at"].astimezone(dt.UTC).date()),
        note=found["note"],
        file_name=found["original_name"],
        file_words=f"{file_type.words}, {size_words(found['size_bytes'], locale)}",
        preview=("image" if file_type.kind in IMAGES else "pdf") if shown else "",
        recorded=recorded,
        is_error=found["status"] == "entered_in_error",
        error_note=why if found["entered_in_error_at"] else "",
    )


def size_words(size_bytes: int, locale: HospitalLocale) -> str:
    """A size as people read it: "312 kB", "1.4 MB"."""
    if size_bytes < 1_000_000:
        return f"{locale.number(max(1, round(size_bytes / 1000)))} kB"
    return f"{locale.number(round(size_bytes / 1_000_000, 1))} MB"


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


def _kind(text: str) -> DocumentKind:
    try:
        return DocumentKind(text)
    except ValueError:
        raise DomainError("There is no such kind of document.") from None
