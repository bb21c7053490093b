"""What is asked of a booking, what stands against it, and the free times that are offered."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, field_validator

from hms_app.core.form_input import CommandInput, FormInput

LONGEST_MINUTES: Final = 1440


class ReasonKind(StrEnum):
    """Why a booking is refused. Each names the field of the form that it stands beside, see `Reason.field`."""

    SERVICE_CLOSED = "service_closed"
    PATIENT_NOT_ACTIVE = "patient_not_active"
    TOO_MANY_OPEN = "too_many_open"
    PATIENT_BUSY = "patient_busy"
    IN_THE_PAST = "in_the_past"
    TOO_FAR_AHEAD = "too_far_ahead"
    NOT_OFFERED = "not_offered"
    RETIRED = "retired"
    LEAVE = "leave"
    OUTSIDE_HOURS = "outside_hours"
    OFF_THE_GRID = "off_the_grid"
    TAKEN = "taken"
    SESSION_FULL = "session_full"
    NOBODY_FREE = "nobody_free"
    NO_ROOM_FREE = "no_room_free"
    NO_EQUIPMENT_FREE = "no_equipment_free"
    JUST_TAKEN = "just_taken"


OVERRIDABLE: Final = frozenset({ReasonKind.OUTSIDE_HOURS, ReasonKind.OFF_THE_GRID, ReasonKind.TAKEN})
"""What a deliberate double booking may pass over, for a practitioner, a room or equipment."""


class ConflictKind(StrEnum):
    """What is told before a booking and can be confirmed."""

    SAME_DAY_ELSEWHERE = "same_day_elsewhere"
    CLOSE_BY = "close_by"
    LEAVE_REQUESTED = "leave_requested"
    IN_SESSION = "in_session"


@dataclass(frozen=True)
class Reason:
    """One reason against a booking: the fact, what is free instead ("" for nothing), and the field it belongs to."""

    kind: ReasonKind
    fact: str
    field: str
    instead: str = ""
    resource_id: int | None = None

    @property
    def sentence(self) -> str:
        """The fact with what is free instead."""
        return f"{self.fact} {self.instead}".strip()


@dataclass(frozen=True)
class SoftConflict:
    """Something to be sure about before a booking."""

    kind: ConflictKind
    sentence: str


@dataclass(frozen=True)
class BookingCheck:
    """All that stands against a booking: `reasons` refuse it, `conflicts` want to be confirmed."""

    reasons: tuple[Reason, ...] = ()
    conflicts: tuple[SoftConflict, ...] = ()


def _listed(value: Any) -> Any:
    """A form sends several as one text with commas."""
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class TimeInput(FormInput):
    """A day and a time of day on the hospital's clocks, and what was confirmed or overridden on the way."""

    day: dt.date
    time: dt.time
    duration_minutes: Annotated[int, Field(ge=1, le=LONGEST_MINUTES)] | None = None
    practitioner_id: int | None = None
    room_id: int | None = None
    equipment_ids: tuple[int, ...] = ()
    override_reason: str = ""
    confirmed: tuple[ConflictKind, ...] = ()

    @field_validator("equipment_ids", "confirmed", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return _listed(value)

    @field_validator("time")
    @classmethod
    def _of_the_wall(cls, value: dt.time) -> dt.time:
        if value.tzinfo is not None:
            raise ValueError("Enter a time of day.")
        return value.replace(second=0, microsecond=0)


class BookingInput(CommandInput, TimeInput):
    """A booking: without a practitioner anybody who is free, without a room the schedule's or the first free one.

    `duration_minutes` is the service's where nothing is typed. `equipment_ids` are ids of resources.
    """

    patient_id: int
    service_id: int
    reason: str = ""


class MoveInput(TimeInput):
    """Where an appointment is moved to: an empty practitioner or room stays as it is.

    `version` is the one that was on screen, None where none was, as after a drag. `reason` is kept in its history.
    """

    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class SlotWish:
    """What free times are looked for: of a service, some practitioners, a specialty; empty fields narrow nothing.

    Without a service the visit takes `duration_minutes`, in hours that are for any service.
    """

    service_id: int | None = None
    practitioner_ids: tuple[int, ...] = ()
    specialty: str = ""
    room_id: int | None = None
    equipment_ids: tuple[int, ...] = ()
    duration_minutes: int | None = None
    moving_id: int | None = None
    """An appointment that is to be moved: its own time counts as free."""
    patient_id: int | None = None
    """A patient whose own bookings are not free either."""
    likes_room_id: int | None = None
    """The room that is taken before others where several are free."""
    promised: tuple[tuple[int, dt.datetime, dt.datetime], ...] = ()
    """Times that were proposed to others already: a practitioner's id, from, to."""

    def promising(
        self, promised: Sequence[tuple[int, dt.datetime, dt.datetime]], *, patient_id: int
    ) -> "SlotWish":
        """The wish, these times and the patient's own bookings left out."""
        return replace(self, promised=tuple(promised), patient_id=patient_id)


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that can be booked, with whom, where and with what. `numbers_left` is of a session of numbers."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    practitioner_id: int | None
    practitioner: str
    room_id: int | None = None
    room: str = ""
    equipment_ids: tuple[int, ...] = ()
    numbers_left: int | None = None


@dataclass(frozen=True)
class FreeTimes:
    """The free times of one practitioner (or room, where the service needs nobody), for a column of its own."""

    resource_id: int
    name: str
    practitioner_id: int | None
    room_id: int | None
    slots: tuple[FreeSlot, ...]


@dataclass(frozen=True)
class PlannedMove:
    """One of several moves that are made in one go: an appointment, and where to."""

    appointment_id: int
    starts_at: dt.datetime
    practitioner_id: int | None = None
    room_id: int | None = None


@dataclass(frozen=True)
class DaySelection:
    """The appointments of a practitioner or room on one day, or of a part of it (`start` to `end` on the clocks)."""

    day: dt.date
    practitioner_id: int | None = None
    room_id: int | None = None
    start: dt.time | None = None
    end: dt.time | None = None


@dataclass(frozen=True)
class Absence:
    """Time that is to be taken away of a practitioner, whole days where no times are given."""

    practitioner_id: int
    first: dt.date
    last: dt.date
    start: dt.time | None = None
    end: dt.time | None = None
