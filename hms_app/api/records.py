"""A patient's whole record to download."""

from collections.abc import Callable
from typing import IO

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hms_app.api.downloads import download
from hms_app.api.routing import caller, route
from hms_app.api.turns import RECORDS
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.interop.service import export_record_bundle, export_record_paper
from hms_app.domain.interop.values import RecordFile

_LONGEST_ID = 18


@route("/exports/patients/{patient_id}/record.json", Permission.PATIENTS_RECORD_EXPORT)
async def record_bundle(request: Request) -> Response:
    """Everything the actor may see of a patient as one FHIR R4 bundle."""
    return await _record(request, export_record_bundle, "application/fhir+json")


@route("/exports/patients/{patient_id}/record.pdf", Permission.PATIENTS_RECORD_EXPORT)
async def record_paper(request: Request) -> Response:
    """The same as a PDF."""
    return await _record(request, export_record_paper, "application/pdf")


async def _record(request: Request, export: Callable[..., RecordFile], media_type: str) -> Response:
    asked: str = request.path_params["patient_id"]
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST_ID):
        raise NotFound("patient")

    def make(session: Session, file: IO[bytes]) -> str:
        actor = caller(session, request)
        record = export(session, actor, patient_id=int(asked))
        file.write(record.content)
        return record.name

    return await download(request, make, turns=RECORDS, media_type=media_type)
