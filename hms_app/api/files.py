"""Files the hospital keeps, served from outside the web root."""

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from hms_app.api.routing import route
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.core.permissions import PUBLIC
from hms_app.domain.organization import queries


@route("/files/logo", PUBLIC, methods=("GET",))
async def logo(_request: Request) -> Response:
    """The hospital's logo, an image this program drew itself; 404 without one."""
    file = await run_in_threadpool(_logo_file)
    if file is None:
        return PlainTextResponse("This hospital has no logo.", status_code=404)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return FileResponse(
        file, media_type="image/png", filename="logo.png", content_disposition_type="inline", headers=headers
    )


def _logo_file() -> Path | None:
    name = in_transaction(lambda session: queries.find_logo_file(session, Actor.nobody()))
    file = get_settings().files_dir / name if name else None
    return file if file is not None and file.is_file() else None
