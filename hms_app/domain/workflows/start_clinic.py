"""The first bookable day of a clinic: hours for whoever works here, and five services of its kind."""

from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.scheduling.queries.hours import find_resource, schedules_of
from hms_app.domain.scheduling.queries.offerings import practitioner_choices
from hms_app.domain.scheduling.service.schedules import add_schedule
from hms_app.domain.scheduling.service.services import add_service
from hms_app.domain.scheduling.tables import HealthcareService
from hms_app.domain.scheduling.values.audited import SchedulingAction
from hms_app.domain.scheduling.values.clinics import CLINIC_STARTS, ClinicKind, ClinicStart, ClinicStarted
from hms_app.domain.scheduling.values.schedules import ScheduleInput, Whose
from hms_app.domain.scheduling.values.services import ServiceInput
from hms_app.domain.scheduling.values.words import ResourceKind

_NAME: Final = "Consulting hours"


@use_case(Permission.SCHEDULING_SERVICE_EDIT)
def start_clinic(session: Session, actor: Actor, *, kind: ClinicKind) -> ClinicStarted:
    """Add the services of a kind of clinic, offered by all who work here, and hours for those who have none.

    A service whose name is taken is left out, and nobody's hours are changed: a second time adds only what is missing.
    Raises NotPermitted for somebody who may not change everybody's schedule.
    """
    start = CLINIC_STARTS[kind]
    practitioners = [int(choice["value"]) for choice in practitioner_choices(session)]
    timed = [one for one in practitioners if _gets_hours(session, actor, one, start)]
    missing = _missing(session, start)
    for service in missing:
        add_service(
            session, actor, request=service.model_copy(update={"practitioners": tuple(practitioners)})
        )
    if missing or timed:
        after = {
            "kind": kind.value,
            "services": [service.name for service in missing],
            "hours": f"{start.hours} for {len(timed)}" if timed else "",
        }
        audit.record(session, actor, SchedulingAction.CLINIC_STARTED, HealthcareService, after=after)
    return ClinicStarted(len(missing), len(timed))


def _missing(session: Session, start: ClinicStart) -> list[ServiceInput]:
    taken = set(
        session.execute(
            sa.select(col(HealthcareService.name_key)).where(col(HealthcareService.is_active))
        ).scalars()
    )
    return [service for service in start.services if fold(service.name) not in taken]


def _gets_hours(session: Session, actor: Actor, practitioner_id: int, start: ClinicStart) -> bool:
    """Give a practitioner the hours, unless they have some."""
    whose = Whose(ResourceKind.PRACTITIONER, practitioner_id)
    resource_id = find_resource(session, whose)
    if resource_id is not None and schedules_of(session, resource_id):
        return False
    request = ScheduleInput(
        name=_NAME, hours=start.hours, slot_minutes=start.slot_minutes, valid_from=actor.locale.today()
    )
    add_schedule(session, actor, whose=whose, request=request)
    return True
