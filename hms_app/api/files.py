"""Files the hospital keeps, served from outside the web root."""

from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from hms_app.api.routing import acted, route
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.core.keys import id_from
from hms_app.core.permissions import PUBLIC, SIGNED_IN
from hms_app.domain.organization import queries
from hms_app.domain.patients.queries import open_photo
from hms_app.state.off_loop import off_loop_for_visitor

_HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


@route("/files/logo", PUBLIC, methods=("GET",))
async def logo(_request: Request) -> Response:
    """The hospital's logo, an image this program drew itself; 404 without one."""
    file = await off_loop_for_visitor(_logo_file)
    if file is None:
        return PlainTextResponse("This hospital has no logo.", status_code=404)
    return FileResponse(
        file,
        media_type="image/png",
        filename="logo.png",
        content_disposition_type="inline",
        headers=_HARMLESS,
    )


@route("/files/patients/{patient_id}/photo", SIGNED_IN)
async def photo(request: Request) -> Response:
    """A patient's photo, for who may know of the patient; 404 for everybody else, and without one."""
    patient_id = id_from(request.path_params["patient_id"], what="patient")
    opened = await acted(request, partial(open_photo, patient_id=patient_id))
    return FileResponse(
        opened.path,
        media_type=opened.row.media_type,
        filename="photo.jpg",
        content_disposition_type="inline",
        headers={**_HARMLESS, "Cache-Control": "private, max-age=3600"},
    )


def _logo_file() -> Path | None:
    name = in_transaction(lambda session: queries.find_logo_file(session, Actor.nobody()))
    file = get_settings().files_dir / name if name else None
    return file if file is not None and file.is_file() else None
