"""Files to be read into the hospital, over HTTP: one way in, and the report as a table."""

from functools import partial
from typing import IO, Final

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hms_app import navigation
from hms_app.api.downloads import download
from hms_app.api.routing import acted, caller, route, wants_json
from hms_app.api.turns import IMPORTS, RECORDS
from hms_app.api.uploads import received_form
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.interop import queries, service
from hms_app.domain.interop.service.spreadsheets import csv_lines
from hms_app.domain.interop.values import ImportJobRow

_LONGEST_ID: Final = 18


@route("/files/imports", Permission.INTEROP_IMPORT_RUN, methods=("POST",))
async def add_import(request: Request) -> Response:
    """Take a file to be read in: a ZIP archive, FHIR in JSON, or a list as CSV or XLSX."""
    async with received_form(request, max_bytes=get_settings().max_upload_bytes) as upload:
        looked_at = await IMPORTS.take(partial(service.look_at_import, upload.file))

        def add(session: Session, actor: Actor) -> ImportJobRow:
            return service.add_import(session, actor, found=looked_at, file_name=upload.file_name)

        added = await acted(request, add)
    address = navigation.IMPORT_JOB.address(job_id=added.id)
    if wants_json(request):
        return JSONResponse({"ok": True, "id": str(added.id), "go": address}, status_code=201)
    return RedirectResponse(address, status_code=303)


@route("/exports/imports/{job_id}", Permission.INTEROP_IMPORT_RUN, methods=("GET",))
async def import_report(request: Request) -> Response:
    """What became of each file, and every problem, as CSV; cells that look like formulas are defused."""
    job_id = _id(request.path_params["job_id"])

    def make(session: Session, file: IO[bytes]) -> str:
        actor = caller(session, request)
        row = service.note_report_export(session, actor, job_id=job_id)
        file.writelines(csv_lines(queries.report_rows(row)))
        return f"import-{job_id}-report.csv"

    return await download(request, make, turns=RECORDS, media_type="text/csv; charset=utf-8")


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID and int(text) > 0):
        raise NotFound("import")
    return int(text)
