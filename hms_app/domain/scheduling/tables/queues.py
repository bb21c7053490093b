"""Who waits for whom on a day, and how late it runs."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from hms_app.core.table import (
    Table,
    count_column,
    flag_column,
    foreign_key,
    instant,
    not_blank,
    one_of,
    optional_instant,
    optional_key,
    text_column,
    word_column,
)
from hms_app.core.text import fold
from hms_app.domain.records.tables import Versioned
from hms_app.domain.scheduling.values.words import (
    QueueKind,
    QueueOrder,
    QueueStage,
)


class Queue(Versioned, Table, table=True):
    """Where people wait for a practitioner, a service, or whoever of a department is free next."""

    __tablename__ = "queue"
    __table_args__ = (
        not_blank("name"),
        one_of("queue", "kind", QueueKind),
        one_of("queue", "ordering", QueueOrder),
        sa.CheckConstraint("prefix ~ '^[A-Z]{0,3}$'", name="prefix_form"),
        sa.CheckConstraint(
            "(kind = 'practitioner') = (resource_id IS NOT NULL) AND (kind = 'service') = (service_id IS NOT NULL)"
            " AND (kind <> 'department' OR department_id IS NOT NULL)",
            name="belongs_to_one",
        ),
        sa.Index("uq_queue_name", "name_key", unique=True, postgresql_where=sa.text("is_active")),
        sa.Index("ix_queue_resource_id", "resource_id"),
        sa.Index("ix_queue_service_id", "service_id"),
        sa.Index("ix_queue_department_id", "department_id"),
    )

    name: str = Field(sa_type=sa.Text)
    name_key: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    ordering: str = word_column(QueueOrder.TIME.value)
    prefix: str = text_column()
    """Letters before the numbers that the board shows."""
    resource_id: int | None = optional_key("resource.id")
    service_id: int | None = optional_key("healthcare_service.id")
    department_id: int | None = optional_key("department.id")
    is_active: bool = flag_column(True)

    def derived(self) -> dict[str, Any]:
        """What lists sort and search by."""
        return {"name_key": fold(self.name)}


class QueueEntry(Versioned, Table, table=True):
    """Somebody's place in a queue on one day: of an appointment that arrived, or of a walk-in.

    `number` is what the board shows, behind the queue's prefix. `sorted_at` is the instant by which it stands in its
    order (appointment, arrival; later when somebody was absent when called).
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        one_of("queue_entry", "status", QueueStage),
        sa.UniqueConstraint("queue_id", "day", "number", name="uq_queue_entry_number"),
        sa.Index(
            "uq_queue_entry_appointment",
            "appointment_id",
            unique=True,
            postgresql_where=sa.text("appointment_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_queue_entry_waiting",
            "queue_id",
            "patient_id",
            "day",
            unique=True,
            postgresql_where=sa.text("status NOT IN ('done', 'left')"),
        ),
        sa.CheckConstraint("is_urgent = (btrim(urgent_reason) <> '')", name="urgent_has_reason"),
        sa.CheckConstraint(
            "(status IN ('done', 'left')) = (finished_at IS NOT NULL)", name="finished_when_over"
        ),
        sa.Index("ix_queue_entry_day", "day", "queue_id", "status"),
        sa.Index("ix_queue_entry_patient_id", "patient_id", "day"),
        sa.Index(
            "ix_queue_entry_lengths",
            "service_id",
            "finished_at",
            postgresql_where=sa.text("status = 'done'"),
        ),
    )

    queue_id: int = foreign_key("queue.id")
    appointment_id: int | None = optional_key("appointment.id")
    patient_id: int = foreign_key("patient.id")
    service_id: int | None = optional_key("healthcare_service.id")
    day: dt.date
    number: int
    status: str = word_column(QueueStage.READY.value)
    is_urgent: bool = flag_column(False)
    urgent_reason: str = text_column()
    reason: str = text_column()
    sorted_at: dt.datetime = instant()
    arrived_at: dt.datetime = instant()
    called_at: dt.datetime | None = optional_instant()
    started_at: dt.datetime | None = optional_instant()
    finished_at: dt.datetime | None = optional_instant()
    practitioner_id: int | None = optional_key("practitioner.id")
    """Who has called or sees them, where the queue is for whoever is free next."""
    room_id: int | None = optional_key("room.id")
    counter: str = text_column()
    absences: int = count_column(0)

    def under_patient(self) -> int:
        """The trail keeps it under its patient."""
        return self.patient_id


class Delay(Versioned, Table, table=True):
    """How many minutes late a practitioner or room runs today, as the desk and the board say."""

    __tablename__ = "delay"
    __table_args__ = (
        sa.UniqueConstraint("resource_id", "day", name="uq_delay_of_day"),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name="minutes_range"),
    )

    resource_id: int = foreign_key("resource.id")
    day: dt.date
    minutes: int
    announced_at: dt.datetime = instant()
