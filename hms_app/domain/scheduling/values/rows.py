"""Appointments as they leave the domain."""

import datetime as dt
from dataclasses import dataclass

from hms_app.domain.scheduling.values.booking import FreeSlot
from hms_app.domain.scheduling.values.words import AppointmentSource, AppointmentStatus, ChangeKind


@dataclass(frozen=True)
class AppointmentRow:
    """An appointment. Of a patient whom the reader may not know of it says only that the time is taken.

    Then `patient_id` is None, and `patient`, `mrn` and `reason` are empty. `equipment` are names.
    """

    id: int
    version: int
    number: str
    status: AppointmentStatus
    source: AppointmentSource
    patient_id: int | None
    patient: str
    mrn: str
    service_id: int
    service: str
    colour: str
    department_id: int | None
    department: str
    practitioner_id: int | None
    practitioner: str
    room_id: int | None
    room: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    preparation_minutes: int
    cleanup_minutes: int
    session_id: int | None
    token_number: int | None
    reason: str
    booked_at: dt.datetime
    arrived_at: dt.datetime | None
    cancelled_at: dt.datetime | None
    cancel_reason: str
    is_unseen: bool
    override_reason: str | None
    expires_at: dt.datetime | None
    equipment: tuple[str, ...] = ()

    @property
    def is_override(self) -> bool:
        """Whether it was booked although the practitioner or room was taken or not there."""
        return self.override_reason is not None


@dataclass(frozen=True)
class AppointmentChangeRow:
    """One step of an appointment's history."""

    kind: ChangeKind
    at: dt.datetime
    by: str
    from_status: str
    to_status: str
    from_starts_at: dt.datetime | None
    to_starts_at: dt.datetime | None
    from_ends_at: dt.datetime | None
    to_ends_at: dt.datetime | None
    from_practitioner: str
    to_practitioner: str
    from_room: str
    to_room: str
    reason: str


@dataclass(frozen=True)
class AppointmentDetail:
    """An appointment with its history, oldest first."""

    appointment: AppointmentRow
    history: tuple[AppointmentChangeRow, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one of several appointments: done, or why not."""

    appointment: AppointmentRow
    is_done: bool
    why_not: str = ""


@dataclass(frozen=True)
class Proposal:
    """An appointment that has to go elsewhere, and the next time that is free for it, if any is."""

    appointment: AppointmentRow
    slot: FreeSlot | None
