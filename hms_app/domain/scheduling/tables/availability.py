"""When resources can be booked: weekly windows, exceptions, sessions of numbers.

Weekly windows and exceptions are wall-clock times in the hospital's zone, turned into instants day by day. One that
`is_overnight` ends on the day after it began.
"""

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field

from hms_app.core.table import (
    Table,
    count_column,
    flag_column,
    foreign_key,
    instant,
    one_of,
    optional_key,
    text_column,
    word_column,
)
from hms_app.domain.records.tables import Versioned
from hms_app.domain.scheduling.tables.services import minutes_of_a_day
from hms_app.domain.scheduling.values.words import (
    ExceptionCause,
    ExceptionKind,
    ExceptionStatus,
    ScheduleMode,
)


class Schedule(Versioned, Table, table=True):
    """When a resource can be booked each week, from a day on and perhaps until another (inclusive).

    `room_id` is the place, `slot_minutes` the step of the grid from each window's start. In the mode `tokens` each
    window of a day is a session of `capacity` numbers. Without services named it is for all that the resource offers.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        one_of("schedule", "mode", ScheduleMode),
        minutes_of_a_day("slot_minutes", 5),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        sa.CheckConstraint(
            "(mode = 'tokens') = (capacity > 0) AND capacity <= 1000", name="capacity_of_tokens"
        ),
        sa.Index("ix_schedule_resource_id", "resource_id", "valid_from"),
        sa.Index("ix_schedule_room_id", "room_id"),
    )

    resource_id: int = foreign_key("resource.id")
    name: str = text_column()
    mode: str = word_column(ScheduleMode.TIMED.value)
    slot_minutes: int = count_column(15)
    capacity: int = count_column(0)
    valid_from: dt.date
    valid_to: dt.date | None = Field(default=None)
    room_id: int | None = optional_key("room.id")
    department_id: int | None = optional_key("department.id")
    is_active: bool = flag_column(True)


class ScheduleWindow(Table, table=True):
    """One weekly window: `weekday` 1 is Monday (ISO 8601)."""

    __tablename__ = "schedule_window"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_range"),
        sa.CheckConstraint("is_overnight OR end_time > start_time", name="ends_after_start"),
        sa.CheckConstraint("NOT is_overnight OR end_time <= start_time", name="overnight_is_at_most_a_day"),
        sa.Index("ix_schedule_window_schedule_id", "schedule_id", "weekday"),
    )

    schedule_id: int = foreign_key("schedule.id")
    weekday: int
    start_time: dt.time
    end_time: dt.time
    is_overnight: bool = flag_column(False)


class ScheduleService(Table, table=True):
    """A service that a schedule is for."""

    __tablename__ = "schedule_service"
    __table_args__ = (
        sa.UniqueConstraint("schedule_id", "service_id", name="uq_schedule_service"),
        sa.Index("ix_schedule_service_service_id", "service_id"),
    )

    schedule_id: int = foreign_key("schedule.id")
    service_id: int = foreign_key("healthcare_service.id")


class AvailabilityException(Versioned, Table, table=True):
    """Days on which the usual hours do not hold, of a resource, of a department, or of the whole hospital.

    `closed` takes away all from the start on the first day to the end on the last; `extra` and `instead` give hours
    on each of the days. Without times `closed` means whole days, and `instead` a day off.
    """

    __tablename__ = "availability_exception"
    __table_args__ = (
        one_of("availability_exception", "kind", ExceptionKind),
        one_of("availability_exception", "cause", ExceptionCause),
        one_of("availability_exception", "status", ExceptionStatus),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint(
            "kind <> 'extra' OR (start_time IS NOT NULL AND end_time IS NOT NULL)", name="extra_has_hours"
        ),
        sa.CheckConstraint(
            "kind = 'closed' OR (start_time IS NULL) = (end_time IS NULL)", name="hours_are_whole"
        ),
        sa.CheckConstraint("resource_id IS NULL OR department_id IS NULL", name="one_scope"),
        sa.CheckConstraint("kind = 'closed' OR resource_id IS NOT NULL", name="hours_are_of_a_resource"),
        minutes_of_a_day("slot_minutes", 5),
        sa.Index(
            "uq_availability_exception_public_holiday",
            "starts_on",
            unique=True,
            postgresql_where=sa.text("cause = 'public_holiday' AND status <> 'withdrawn'"),
        ),
        sa.Index("ix_availability_exception_resource_id", "resource_id", "ends_on"),
        sa.Index("ix_availability_exception_department_id", "department_id", "ends_on"),
        sa.Index(
            "ix_availability_exception_house",
            "ends_on",
            postgresql_where=sa.text("resource_id IS NULL AND department_id IS NULL"),
        ),
    )

    kind: str = Field(sa_type=sa.Text)
    cause: str = word_column(ExceptionCause.OTHER.value)
    status: str = word_column(ExceptionStatus.GRANTED.value)
    resource_id: int | None = optional_key("resource.id")
    department_id: int | None = optional_key("department.id")
    starts_on: dt.date
    ends_on: dt.date
    start_time: dt.time | None = Field(default=None)
    end_time: dt.time | None = Field(default=None)
    is_overnight: bool = flag_column(False)
    slot_minutes: int = count_column(15)
    room_id: int | None = optional_key("room.id")
    note: str = text_column()


class TokenSession(Versioned, Table, table=True):
    """A session of numbers on one day; `taken` counts them, under the row's lock, and never passes `capacity`."""

    __tablename__ = "token_session"
    __table_args__ = (
        sa.UniqueConstraint("schedule_id", "starts_at", name="uq_token_session"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name="no_more_than_capacity"),
        sa.Index("ix_token_session_resource_id", "resource_id", "starts_at"),
    )

    schedule_id: int = foreign_key("schedule.id")
    resource_id: int = foreign_key("resource.id")
    starts_at: dt.datetime = instant()
    ends_at: dt.datetime = instant()
    capacity: int
    taken: int = count_column(0)
    last_number: int = count_column(0)
    """The newest number: one that was given back is not given out again."""
