"""A record's first page: the cards of the person and of their health, and the appointment that comes next."""

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.clinical.queries import get_overview
from hms_app.domain.clinical.values import Overview
from hms_app.domain.scheduling.queries.listing import next_of
from hms_app.domain.scheduling.values.rows import AppointmentRow


@use_case(OrOwn(Permission.PATIENTS_PATIENT_READ))
def read_overview(
    session: Session, actor: Actor, *, patient_id: int
) -> tuple[Overview, AppointmentRow | None]:
    """The cards, and the appointment that is now or comes next, for who may see appointments; raises NotFound."""
    overview = get_overview(session, actor, patient_id=patient_id)
    may_see = actor.can(Permission.SCHEDULING_APPOINTMENT_READ)
    return overview, next_of(session, actor, patient_id) if may_see else None
