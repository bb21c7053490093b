"""Appointments, the time they take of patients and resources, and their history."""

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlmodel import Field, SQLModel

import hms_app.domain.patients.tables  # noqa: F401  (appointments refer to patients)
from hms_app.core.table import (
    APPEND_ONLY,
    Sourced,
    Table,
    count_column,
    flag_column,
    foreign_key,
    instant,
    one_of,
    optional_instant,
    optional_key,
    sourced_once,
    stays_at_merge,
    text_column,
    word_column,
)
from hms_app.domain.records.tables import Versioned
from hms_app.domain.scheduling.tables.services import minutes_of_a_day
from hms_app.domain.scheduling.values.words import (
    AppointmentSource,
    AppointmentStatus,
    ChangeKind,
)

NUMBER_SEQUENCE: Final = sa.Sequence("appointment_number_seq", start=100_001, metadata=SQLModel.metadata)


class Appointment(Sourced, Versioned, Table, table=True):
    """A patient's booking of a time (`starts_at` to `ends_at`, without preparation and clean-up) or of a number.

    Moving keeps the row and its number. `practitioner_id` and `room_id` repeat what is reserved, for lists.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        sourced_once("appointment"),
        sa.UniqueConstraint("number", name="uq_appointment_number"),
        one_of("appointment", "status", AppointmentStatus),
        one_of("appointment", "source", AppointmentSource),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("(session_id IS NULL) = (token_number IS NULL)", name="number_in_session"),
        sa.CheckConstraint(
            "status <> 'cancelled' OR cancelled_at IS NOT NULL OR source_system IS NOT NULL",
            name="cancelled_when",
        ),
        sa.CheckConstraint("NOT is_unseen OR status = 'cancelled'", name="unseen_is_cancelled"),
        minutes_of_a_day("preparation_minutes"),
        minutes_of_a_day("cleanup_minutes"),
        sa.Index(
            "uq_appointment_token",
            "session_id",
            "token_number",
            unique=True,
            postgresql_where=sa.text("session_id IS NOT NULL"),
        ),
        sa.Index("ix_appointment_starts_at", "starts_at", "id"),
        sa.Index("ix_appointment_patient_id", "patient_id", "starts_at", "id"),
        sa.Index("ix_appointment_practitioner_id", "practitioner_id", "starts_at", "id"),
        sa.Index("ix_appointment_room_id", "room_id", "starts_at", "id"),
        sa.Index("ix_appointment_service_id", "service_id", "starts_at", "id"),
        sa.Index("ix_appointment_department_id", "department_id", "starts_at", "id"),
        sa.Index("ix_appointment_status", "status", "starts_at", "id"),
        sa.Index("ix_appointment_expires_at", "expires_at", postgresql_where=sa.text("status = 'proposed'")),
    )

    number: str = Field(sa_type=sa.Text)
    patient_id: int = foreign_key("patient.id")
    service_id: int = foreign_key("healthcare_service.id")
    department_id: int | None = optional_key("department.id")
    practitioner_id: int | None = optional_key("practitioner.id")
    room_id: int | None = optional_key("room.id")
    status: str = word_column(AppointmentStatus.BOOKED.value)
    source: str = word_column(AppointmentSource.DESK.value)
    starts_at: dt.datetime = instant()
    ends_at: dt.datetime = instant()
    preparation_minutes: int = count_column(0)
    cleanup_minutes: int = count_column(0)
    session_id: int | None = optional_key("token_session.id")
    token_number: int | None = Field(default=None)
    reason: str = text_column()
    """The desk's words; never in notices, feeds or on the board."""
    booked_at: dt.datetime = instant()
    booked_by_user_id: int | None = optional_key("app_user.id")
    arrived_at: dt.datetime | None = optional_instant()
    started_at: dt.datetime | None = optional_instant()
    fulfilled_at: dt.datetime | None = optional_instant()
    cancelled_at: dt.datetime | None = optional_instant()
    cancel_reason: str = text_column()
    is_unseen: bool = flag_column(False)
    """Whether the patient had arrived and left without being seen."""
    override_reason: str | None = Field(default=None, sa_type=sa.Text)
    """Why it was booked although the practitioner or room is taken; None when it was not."""
    expires_at: dt.datetime | None = optional_instant()

    def under_patient(self) -> int:
        """The trail keeps it under its patient."""
        return self.patient_id


class Reservation(Table, table=True):
    """The time an active timed appointment takes of one resource (with preparation and clean-up) or of its patient.

    `holder` is twice the resource's id, or twice the patient's and one: one constraint then guards them all. A
    deliberate double booking has its `override_reason` here, for practitioners and rooms alone, and stands outside.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        sa.CheckConstraint("(resource_id IS NULL) <> (patient_id IS NULL)", name="one_holder"),
        sa.CheckConstraint("patient_id IS NULL OR override_reason IS NULL", name="patients_once"),
        sa.CheckConstraint("btrim(override_reason) <> ''", name="override_has_reason"),
        sa.CheckConstraint(
            "NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)", name="during_form"
        ),
        ExcludeConstraint(
            (sa.text("int8range(holder, holder, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            using="gist",
            where=sa.text("override_reason IS NULL"),
            name="ex_reservation_once_at_a_time",
        ),
        sa.Index("uq_reservation_resource", "appointment_id", "holder", unique=True),
        sa.Index("ix_reservation_busy", "holder", sa.text("upper(during)")),
    )

    appointment_id: int = foreign_key("appointment.id")
    resource_id: int | None = optional_key("resource.id")
    patient_id: int | None = optional_key("patient.id")
    holder: int | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.BigInteger,
            sa.Computed("coalesce(resource_id * 2, patient_id * 2 + 1)", persisted=True),
            nullable=False,
        ),
    )
    during: Range[dt.datetime] = Field(sa_type=TSTZRANGE)
    override_reason: str | None = Field(default=None, sa_type=sa.Text)


class AppointmentChange(Table, table=True):
    """One step of an appointment's history: from, to, who, when, why."""

    __tablename__ = "appointment_change"
    __table_args__ = (
        one_of("appointment_change", "kind", ChangeKind),
        sa.Index("ix_appointment_change_appointment_id", "appointment_id", "id"),
        {"info": {**APPEND_ONLY, **stays_at_merge("it hangs on its appointment, and names no patient")}},
    )

    appointment_id: int = foreign_key("appointment.id")
    kind: str = Field(sa_type=sa.Text)
    at: dt.datetime = instant()
    by_user_id: int | None = optional_key("app_user.id")
    by_name: str = text_column()
    from_status: str = text_column()
    to_status: str = text_column()
    from_starts_at: dt.datetime | None = optional_instant()
    to_starts_at: dt.datetime | None = optional_instant()
    from_ends_at: dt.datetime | None = optional_instant()
    to_ends_at: dt.datetime | None = optional_instant()
    from_practitioner_id: int | None = optional_key("practitioner.id")
    to_practitioner_id: int | None = optional_key("practitioner.id")
    from_room_id: int | None = optional_key("room.id")
    to_room_id: int | None = optional_key("room.id")
    reason: str = text_column()
