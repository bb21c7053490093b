"""Papers about one patient, made when they are asked for."""

from collections.abc import Callable

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hms_app.api.routing import acted, route
from hms_app.core.actor import Actor
from hms_app.core.keys import id_from
from hms_app.core.permissions import Permission
from hms_app.domain.patients.queries import print_card, print_wristband


@route("/papers/patients/{patient_id}/card.pdf", Permission.PATIENTS_PATIENT_READ)
async def card(request: Request) -> Response:
    """The patient's card."""
    return await _paper(request, print_card, "card.pdf")


@route("/papers/patients/{patient_id}/wristband.pdf", Permission.PATIENTS_PATIENT_READ)
async def wristband(request: Request) -> Response:
    """The patient's wristband."""
    return await _paper(request, print_wristband, "wristband.pdf")


async def _paper(request: Request, make: Callable[..., bytes], name: str) -> Response:
    patient_id = id_from(request.path_params["patient_id"], what="patient")

    def work(session: Session, actor: Actor) -> bytes:
        return make(session, actor, patient_id=patient_id)

    return Response(
        await acted(request, work),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )
