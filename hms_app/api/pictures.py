"""Pictures that forms name: sent here when they are chosen, each by who may use it."""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hms_app.api.routing import route
from hms_app.api.turns import READING
from hms_app.api.uploads import received_form
from hms_app.core.permissions import Permission
from hms_app.core.pictures import MOST_BYTES
from hms_app.domain.files.service import receive_picture
from hms_app.domain.files.values import PictureUse


@route("/files/pictures/registration", Permission.PATIENTS_PATIENT_REGISTER, methods=("POST",))
async def registration_photo(request: Request) -> Response:
    """The photo of somebody who is being registered."""
    return await _received(request, PictureUse.PHOTO)


@route("/files/pictures/record", Permission.PATIENTS_PATIENT_EDIT, methods=("POST",))
async def record_photo(request: Request) -> Response:
    """Another photo of a patient."""
    return await _received(request, PictureUse.PHOTO)


@route("/files/pictures/logo", Permission.ORGANIZATION_SETTINGS_EDIT, methods=("POST",))
async def logo(request: Request) -> Response:
    """Another logo of the hospital."""
    return await _received(request, PictureUse.LOGO)


async def _received(request: Request, use: PictureUse) -> Response:
    """Take one picture; the answer is the name by which the sender's form names it."""
    async with received_form(request, max_bytes=MOST_BYTES) as upload:
        name = await READING.take(
            partial(receive_picture, request.state.actor, received=upload.file, use=use)
        )
    return JSONResponse({"ok": True, "picture": name}, status_code=201)
