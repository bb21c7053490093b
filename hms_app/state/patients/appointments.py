"""The appointments of one patient."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.scheduling.queries.listing import patient_appointments
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.state.lists.kinds import ListKind
from hms_app.state.patients.record_list import GrowingRecordList
from hms_app.state.scheduling.appointment_rows import AppointmentItem, appointment_item


def _presented(row: AppointmentRow, actor: Actor) -> Mapping[str, Any]:
    return appointment_item(row, actor.locale)


PATIENTS_APPOINTMENTS: Final = ListKind(
    name="patient appointments",
    noun="appointment",
    read=Permission.SCHEDULING_APPOINTMENT_READ,
    find=patient_appointments,
    present=_presented,
    columns={
        "when": "When",
        "service": "Service",
        "practitioner": "With",
        "room": "Room",
        "status": "Status",
        "number": "Number",
    },
    search="",
)


class PatientAppointmentsState(GrowingRecordList, rx.State):
    """The appointments of one patient, the latest first."""

    listed: ClassVar = PATIENTS_APPOINTMENTS
    rows: list[AppointmentItem] = []
