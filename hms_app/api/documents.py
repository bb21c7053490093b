"""Documents of patients over HTTP: one way in, one way out."""

from functools import partial
from typing import Final

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from hms_app import navigation
from hms_app.api.routing import acted, route, wants_json
from hms_app.api.turns import READING
from hms_app.api.uploads import received_form
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.keys import id_from
from hms_app.core.permissions import Permission
from hms_app.domain.clinical import queries, service
from hms_app.domain.clinical.values import DocumentInput, DocumentRow
from hms_app.domain.files import service as files
from hms_app.domain.files.values import SHOWN_IN_PAGE, TYPE_OF, OpenedFile

_LOCKED_UP: Final = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
)
_IN_OUR_FRAME: Final = (
    "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""For a PDF that our own page shows: the browser's viewer does not work in a sandbox, and runs nothing of the file."""


@route("/files/documents", Permission.CLINICAL_DOCUMENT_EDIT, methods=("POST",))
async def add_document(request: Request) -> Response:
    """Take a document of a patient: a form with a DocumentInput, `patient_id` and the file."""
    async with received_form(request, max_bytes=get_settings().max_upload_bytes) as upload:
        patient_id = id_from(upload.fields.get("patient_id", ""), what="patient")
        wanted = DocumentInput.from_form(upload.fields)

        checked = await READING.take(partial(files.check_file, upload.file))

        def add(session: Session, actor: Actor) -> DocumentRow:
            return service.add_document(
                session,
                actor,
                patient_id=patient_id,
                request=wanted,
                checked=checked,
                file_name=upload.file_name,
            )

        added = await acted(request, add)
    if wants_json(request):
        return JSONResponse({"ok": True, "id": str(added.id), "title": added.title}, status_code=201)
    address = navigation.PATIENT_DOCUMENTS.address(patient_id=patient_id)
    return RedirectResponse(address, status_code=303)


@route("/files/documents/{document_id}", Permission.CLINICAL_DOCUMENT_READ, methods=("GET",))
async def download_document(request: Request) -> Response:
    """A document's file, as a download; with `?show=1` for our own page to show, if a browser can."""
    document_id = id_from(request.path_params["document_id"], what="document")

    def open_it(session: Session, actor: Actor) -> OpenedFile:
        return queries.open_document(session, actor, document_id=document_id)

    opened = await acted(request, open_it)
    shown = request.query_params.get("show") == "1" and TYPE_OF[opened.row.media_type] in SHOWN_IN_PAGE
    framed = shown and opened.row.media_type == "application/pdf"
    media_type = opened.row.media_type
    return FileResponse(
        opened.path,
        media_type=f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type,
        filename=opened.row.name,
        content_disposition_type="inline" if shown else "attachment",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": _IN_OUR_FRAME if framed else _LOCKED_UP,
            "X-Frame-Options": "SAMEORIGIN" if framed else "DENY",
        },
    )
