"""When resources can be booked: weekly windows, schedules, exceptions; their inputs and rows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, field_validator, model_validator

from hms_app.core.form_input import FormInput
from hms_app.domain.organization.values import Choice, Line
from hms_app.domain.records.values import Form, FormField
from hms_app.domain.scheduling.values.services import LONGEST_DAY, ticked, whole
from hms_app.domain.scheduling.values.words import (
    ExceptionCause,
    ExceptionKind,
    ExceptionStatus,
    ResourceKind,
    ScheduleMode,
)

_A_DAY: Final = 24 * 60
_A_WEEK: Final = 7 * _A_DAY
MODE_LABELS: Final[Mapping[ScheduleMode, str]] = {
    ScheduleMode.TIMED: "Times: each patient has their own",
    ScheduleMode.TOKENS: "Numbers: patients come to the session and are seen in turn",
}


@dataclass(frozen=True, order=True)
class Window:
    """Hours on one day of the week; 1 is Monday. What ends before it begins ends on the next day."""

    weekday: int
    start: dt.time
    end: dt.time

    @property
    def is_overnight(self) -> bool:
        """Whether it ends on the day after it began."""
        return self.end <= self.start

    @property
    def text(self) -> str:
        """Its hours as they are written; midnight at the end is 24:00."""
        end = "24:00" if self.end == dt.time() else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"

    def minutes(self) -> tuple[int, int]:
        """Where in the week it begins and ends, in minutes from Monday's midnight."""
        start = (self.weekday - 1) * _A_DAY + _minutes(self.start)
        end = (self.weekday - 1) * _A_DAY + _minutes(self.end)
        return start, end + _A_DAY if self.is_overnight else end

    def meets(self, other: "Window") -> bool:
        """Whether both share any time of the week, also over its end."""
        (start, end), (first, last) = self.minutes(), other.minutes()
        return any(start < last + shift and first + shift < end for shift in (-_A_WEEK, 0, _A_WEEK))


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


@dataclass(frozen=True)
class Whose:
    """Whose time it is: a practitioner, a room, or a piece of equipment (by its resource)."""

    kind: ResourceKind
    thing_id: int


class ScheduleInput(FormInput):
    """Weekly hours from a day on, written as "Mon-Fri 8-12, 13-17", in a place, for services or for all."""

    name: Line = ""
    hours: Annotated[str, Field(min_length=1, max_length=2000)]
    mode: ScheduleMode = ScheduleMode.TIMED
    slot_minutes: Annotated[int, whole(5, LONGEST_DAY)] = 15
    capacity: Annotated[int, whole(0, 1000)] = Field(default=0, validate_default=True)
    valid_from: dt.date
    valid_to: dt.date | None = None
    room_id: int | None = None
    services: tuple[int, ...] = Field(default=(), max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _ticks(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "services": ticked(given, "services")}

    @field_validator("capacity")
    @classmethod
    def _numbers_have_a_count(cls, value: int, given: Any) -> int:
        if given.data.get("mode") != ScheduleMode.TOKENS:
            return 0
        if value < 1:
            raise ValueError("Enter how many numbers a session gives out.")
        return value

    @field_validator("valid_to")
    @classmethod
    def _ends_after_start(cls, value: dt.date | None, given: Any) -> dt.date | None:
        return _not_before(value, given.data.get("valid_from"))


def _not_before(last: dt.date | None, first: dt.date | None) -> dt.date | None:
    if last and first and last < first:
        raise ValueError("Enter the same day as the first, or a later one.")
    return last


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule with its weekly windows; `meets` are the windows in which another of the same resource holds too."""

    id: int
    version: int
    is_active: bool
    resource_id: int
    name: str
    mode: ScheduleMode
    slot_minutes: int
    capacity: int
    valid_from: dt.date
    valid_to: dt.date | None
    room_id: int | None
    room: str
    windows: tuple[Window, ...]
    services: tuple[Choice, ...]
    meets: tuple[Window, ...] = ()

    def holds_with(self, other: "ScheduleRow") -> bool:
        """Whether there is a day on which both hold."""
        ends, others_end = self.valid_to or dt.date.max, other.valid_to or dt.date.max
        return self.valid_from <= others_end and other.valid_from <= ends


class ExceptionInput(FormInput):
    """Days on which the usual hours do not hold: leave or closure, more hours, or other hours instead."""

    kind: ExceptionKind = ExceptionKind.CLOSED
    cause: ExceptionCause = ExceptionCause.LEAVE
    is_request: bool = False
    starts_on: dt.date
    ends_on: dt.date | None = None
    start_time: dt.time | None = None
    end_time: dt.time | None = Field(default=None, validate_default=True)
    slot_minutes: Annotated[int, whole(5, LONGEST_DAY)] = 15
    room_id: int | None = None
    note: Line = ""

    @field_validator("ends_on")
    @classmethod
    def _ends_after_start(cls, value: dt.date | None, given: Any) -> dt.date | None:
        return _not_before(value, given.data.get("starts_on"))

    @field_validator("end_time")
    @classmethod
    def _hours_are_whole(cls, value: dt.time | None, given: Any) -> dt.time | None:
        start, kind = given.data.get("start_time"), given.data.get("kind")
        if (start is None) != (value is None):
            raise ValueError("Enter both times, or none of them for whole days.")
        if kind == ExceptionKind.EXTRA and value is None:
            raise ValueError("Enter from when to when the extra hours are.")
        if value is not None and value == start:
            raise ValueError("Enter another time than that of the start.")
        return value

    @property
    def last_day(self) -> dt.date:
        """Its last day: the first one when only one is named."""
        return self.ends_on or self.starts_on

    @property
    def is_overnight(self) -> bool:
        """Whether its hours end on the next day. What is closed over several days ends on the last of them."""
        is_long = self.kind == ExceptionKind.CLOSED and self.last_day > self.starts_on
        return bool(self.start_time and self.end_time and self.end_time < self.start_time and not is_long)


@dataclass(frozen=True)
class ExceptionRow:
    """Days on which the usual hours do not hold; of a resource, of a department, or of the whole hospital."""

    id: int
    version: int
    kind: ExceptionKind
    cause: ExceptionCause
    status: ExceptionStatus
    resource_id: int | None
    department_id: int | None
    department: str
    starts_on: dt.date
    ends_on: dt.date
    start_time: dt.time | None
    end_time: dt.time | None
    is_overnight: bool
    slot_minutes: int
    room_id: int | None
    room: str
    note: str

    @property
    def is_shared(self) -> bool:
        """Whether it is the department's or the hospital's."""
        return self.resource_id is None


@dataclass(frozen=True)
class HitAppointment:
    """An appointment in time that is taken away, without its patient."""

    id: int
    number: str
    starts_at: dt.datetime
    service: str


@dataclass(frozen=True)
class ExceptionSaved:
    """An exception that was saved, and the appointments it hits, in order."""

    row: ExceptionRow
    hits: tuple[HitAppointment, ...] = ()


@dataclass(frozen=True)
class PublicHoliday:
    """A public holiday of a country, and whether it was added already."""

    day: dt.date
    name: str
    is_added: bool = False


SCHEDULE_FORM: Final[Form] = {
    "hours": FormField("Hours"),
    "valid_from": FormField("From"),
    "valid_to": FormField("Until"),
    "mode": FormField("Booked as", MODE_LABELS),
    "slot_minutes": FormField("Step in minutes"),
    "capacity": FormField("Numbers a session"),
    "room_id": FormField("Place"),
    "services": FormField("Services"),
    "name": FormField("Name"),
}
