"""Services, schedules, appointments with their reservations, and queues."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "1100"
down_revision: str | None = "1081"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOVES = {
    "appointment": (
        ("proposed", "booked"),
        ("proposed", "cancelled"),
        ("proposed", "expired"),
        ("booked", "arrived"),
        ("arrived", "in_consultation"),
        ("in_consultation", "fulfilled"),
        ("booked", "cancelled"),
        ("arrived", "cancelled"),
        ("in_consultation", "cancelled"),
        ("booked", "no_show"),
        ("arrived", "booked"),
        ("in_consultation", "arrived"),
        ("fulfilled", "in_consultation"),
        ("no_show", "booked"),
        ("cancelled", "booked"),
    ),
    "queue_entry": (
        ("to_nurse", "ready"),
        ("to_nurse", "called"),
        ("ready", "called"),
        ("called", "with_doctor"),
        ("called", "ready"),
        ("ready", "to_nurse"),
        ("with_doctor", "out_for_tests"),
        ("out_for_tests", "ready"),
        ("with_doctor", "to_cashier"),
        ("with_doctor", "to_pharmacy"),
        ("to_cashier", "to_pharmacy"),
        ("with_doctor", "done"),
        ("to_cashier", "done"),
        ("to_pharmacy", "done"),
        ("with_doctor", "ready"),
        ("done", "with_doctor"),
        ("to_nurse", "left"),
        ("ready", "left"),
        ("called", "left"),
        ("out_for_tests", "left"),
        ("with_doctor", "left"),
        ("left", "ready"),
    ),
}
"""Moves of appointments that came from files are their source's."""

ENSURE_RESERVED = """
CREATE FUNCTION ensure_reserved() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE held appointment; lacks text;
BEGIN
    SELECT * INTO held FROM appointment WHERE id = NEW.id;
    IF held.session_id IS NOT NULL
        OR held.status NOT IN ('proposed', 'booked', 'arrived', 'in_consultation', 'fulfilled') THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(wanted.what, ', ') INTO lacks FROM (
        SELECT 'patient' AS what, NULL::bigint AS practitioner_id, NULL::bigint AS room_id
        UNION ALL SELECT 'practitioner', held.practitioner_id, NULL WHERE held.practitioner_id IS NOT NULL
        UNION ALL SELECT 'room', NULL, held.room_id WHERE held.room_id IS NOT NULL
    ) wanted
    WHERE NOT EXISTS (
        SELECT FROM reservation taken LEFT JOIN resource ON resource.id = taken.resource_id
        WHERE taken.appointment_id = held.id AND taken.during @> tstzrange(held.starts_at, held.ends_at)
            AND CASE wanted.what WHEN 'patient' THEN taken.patient_id = held.patient_id
                WHEN 'practitioner' THEN resource.practitioner_id = wanted.practitioner_id
                ELSE resource.room_id = wanted.room_id END
    );
    IF lacks IS NOT NULL THEN
        RAISE EXCEPTION 'appointment % has no reservation of its %', held.id, lacks
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_appointment_reserved';
    END IF;
    RETURN NULL;
END $$"""
"""An active timed appointment holds its patient, practitioner and room: without that nothing could refuse a second."""


def upgrade() -> None:
    """Make them, with what the database refuses about them."""
    op.create_table(
        "healthcare_service",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("catalogue_item_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("colour", sa.Text(), server_default="1", nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("preparation_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cleanup_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("needs_practitioner", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("needs_room", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("needs_equipment", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_bookable_online", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ahead_days", sa.Integer(), server_default="180", nullable=False),
        sa.Column("latest_change_hours", sa.Integer(), server_default="24", nullable=False),
        sa.Column("most_open", sa.Integer(), server_default="0", nullable=False),
        sa.Column("wait_warning_minutes", sa.Integer(), server_default="20", nullable=False),
        sa.Column("wait_danger_minutes", sa.Integer(), server_default="40", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_healthcare_service_name_not_blank")),
        sa.CheckConstraint(
            "colour IN ('1', '2', '3', '4', '5', '6', '7', '8')",
            name=op.f("ck_healthcare_service_colour_known"),
        ),
        sa.CheckConstraint(
            "cleanup_minutes BETWEEN 0 AND 1440", name=op.f("ck_healthcare_service_cleanup_minutes_range")
        ),
        sa.CheckConstraint(
            "duration_minutes BETWEEN 1 AND 1440", name=op.f("ck_healthcare_service_duration_minutes_range")
        ),
        sa.CheckConstraint(
            "needs_practitioner OR needs_room OR needs_equipment",
            name=op.f("ck_healthcare_service_needs_something"),
        ),
        sa.CheckConstraint(
            "notice_minutes >= 0 AND ahead_days BETWEEN 1 AND 1100 AND latest_change_hours >= 0 AND most_open >= 0",
            name=op.f("ck_healthcare_service_limits"),
        ),
        sa.CheckConstraint(
            "preparation_minutes BETWEEN 0 AND 1440",
            name=op.f("ck_healthcare_service_preparation_minutes_range"),
        ),
        sa.CheckConstraint(
            "wait_warning_minutes > 0 AND wait_danger_minutes >= wait_warning_minutes",
            name=op.f("ck_healthcare_service_wait_limits"),
        ),
        sa.ForeignKeyConstraint(
            ["catalogue_item_id"],
            ["catalogue_item.id"],
            name=op.f("fk_healthcare_service_catalogue_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_healthcare_service_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_healthcare_service")),
    )
    op.create_index(
        "ix_healthcare_service_catalogue_item_id", "healthcare_service", ["catalogue_item_id"], unique=False
    )
    op.create_index(
        "ix_healthcare_service_department_id", "healthcare_service", ["department_id"], unique=False
    )
    op.create_index("ix_healthcare_service_list", "healthcare_service", ["name_key", "id"], unique=False)
    op.create_index(
        "uq_healthcare_service_name",
        "healthcare_service",
        ["name_key"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_key", sa.Text(), server_default="", nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'practitioner') = (practitioner_id IS NOT NULL) AND (kind = 'room') = (room_id IS NOT NULL) AND (kind = 'equipment') = (btrim(name) <> '')",
            name=op.f("ck_resource_is_one_thing"),
        ),
        sa.CheckConstraint(
            "kind IN ('practitioner', 'room', 'equipment')", name=op.f("ck_resource_kind_known")
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_resource_department_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_resource_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_resource_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("practitioner_id", name="uq_resource_practitioner"),
        sa.UniqueConstraint("room_id", name="uq_resource_room"),
    )
    op.create_index(
        "uq_resource_equipment_name",
        "resource",
        ["name_key"],
        unique=True,
        postgresql_where=sa.text("kind = 'equipment' AND is_active"),
    )
    op.create_table(
        "availability_exception",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), server_default="other", nullable=False),
        sa.Column("status", sa.Text(), server_default="granted", nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("end_time", sa.Time(), nullable=True),
        sa.Column("is_overnight", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), server_default="15", nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "cause IN ('leave', 'closure', 'public_holiday', 'other')",
            name=op.f("ck_availability_exception_cause_known"),
        ),
        sa.CheckConstraint(
            "kind <> 'extra' OR (start_time IS NOT NULL AND end_time IS NOT NULL)",
            name=op.f("ck_availability_exception_extra_has_hours"),
        ),
        sa.CheckConstraint(
            "kind = 'closed' OR (start_time IS NULL) = (end_time IS NULL)",
            name=op.f("ck_availability_exception_hours_are_whole"),
        ),
        sa.CheckConstraint(
            "kind = 'closed' OR resource_id IS NOT NULL",
            name=op.f("ck_availability_exception_hours_are_of_a_resource"),
        ),
        sa.CheckConstraint(
            "kind IN ('closed', 'extra', 'instead')", name=op.f("ck_availability_exception_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'granted', 'withdrawn')",
            name=op.f("ck_availability_exception_status_known"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_availability_exception_ends_after_start")),
        sa.CheckConstraint(
            "resource_id IS NULL OR department_id IS NULL", name=op.f("ck_availability_exception_one_scope")
        ),
        sa.CheckConstraint(
            "slot_minutes BETWEEN 5 AND 1440", name=op.f("ck_availability_exception_slot_minutes_range")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_availability_exception_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_availability_exception_resource_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_availability_exception_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_exception")),
    )
    op.create_index(
        "ix_availability_exception_department_id",
        "availability_exception",
        ["department_id", "ends_on"],
        unique=False,
    )
    op.create_index(
        "ix_availability_exception_house",
        "availability_exception",
        ["ends_on"],
        unique=False,
        postgresql_where=sa.text("resource_id IS NULL AND department_id IS NULL"),
    )
    op.create_index(
        "uq_availability_exception_public_holiday",
        "availability_exception",
        ["starts_on"],
        unique=True,
        postgresql_where=sa.text("cause = 'public_holiday' AND status <> 'withdrawn'"),
    )
    op.create_index(
        "ix_availability_exception_resource_id",
        "availability_exception",
        ["resource_id", "ends_on"],
        unique=False,
    )
    op.create_table(
        "delay",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name=op.f("ck_delay_minutes_range")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_delay_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delay")),
        sa.UniqueConstraint("resource_id", "day", name="uq_delay_of_day"),
    )
    op.create_table(
        "queue",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordering", sa.Text(), server_default="time", nullable=False),
        sa.Column("prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'practitioner') = (resource_id IS NOT NULL) AND (kind = 'service') = (service_id IS NOT NULL) AND (kind <> 'department' OR department_id IS NOT NULL)",
            name=op.f("ck_queue_belongs_to_one"),
        ),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_queue_name_not_blank")),
        sa.CheckConstraint(
            "kind IN ('practitioner', 'service', 'department')", name=op.f("ck_queue_kind_known")
        ),
        sa.CheckConstraint("ordering IN ('time', 'arrival', 'token')", name=op.f("ck_queue_ordering_known")),
        sa.CheckConstraint("prefix ~ '^[A-Z]{0,3}$'", name=op.f("ck_queue_prefix_form")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_queue_department_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_queue_resource_id")),
        sa.ForeignKeyConstraint(["service_id"], ["healthcare_service.id"], name=op.f("fk_queue_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
    )
    op.create_index("ix_queue_department_id", "queue", ["department_id"], unique=False)
    op.create_index("ix_queue_resource_id", "queue", ["resource_id"], unique=False)
    op.create_index("ix_queue_service_id", "queue", ["service_id"], unique=False)
    op.create_index(
        "uq_queue_name", "queue", ["name_key"], unique=True, postgresql_where=sa.text("is_active")
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("mode", sa.Text(), server_default="timed", nullable=False),
        sa.Column("slot_minutes", sa.Integer(), server_default="15", nullable=False),
        sa.Column("capacity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "(mode = 'tokens') = (capacity > 0) AND capacity <= 1000",
            name=op.f("ck_schedule_capacity_of_tokens"),
        ),
        sa.CheckConstraint("mode IN ('timed', 'tokens')", name=op.f("ck_schedule_mode_known")),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 1440", name=op.f("ck_schedule_slot_minutes_range")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_schedule_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_schedule_department_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_schedule_resource_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_schedule_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index("ix_schedule_resource_id", "schedule", ["resource_id", "valid_from"], unique=False)
    op.create_index("ix_schedule_room_id", "schedule", ["room_id"], unique=False)
    op.create_table(
        "service_resource",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_service_resource_resource_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_service_resource_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_resource")),
        sa.UniqueConstraint("service_id", "resource_id", name="uq_service_resource"),
    )
    op.create_index(
        "ix_service_resource_resource_id", "service_resource", ["resource_id", "service_id"], unique=False
    )
    op.create_table(
        "schedule_service",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_service_schedule_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_schedule_service_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_service")),
        sa.UniqueConstraint("schedule_id", "service_id", name="uq_schedule_service"),
    )
    op.create_index("ix_schedule_service_service_id", "schedule_service", ["service_id"], unique=False)
    op.create_table(
        "schedule_window",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("is_overnight", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "NOT is_overnight OR end_time <= start_time",
            name=op.f("ck_schedule_window_overnight_is_at_most_a_day"),
        ),
        sa.CheckConstraint(
            "is_overnight OR end_time > start_time", name=op.f("ck_schedule_window_ends_after_start")
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_schedule_window_weekday_range")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_window_schedule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_window")),
    )
    op.create_index(
        "ix_schedule_window_schedule_id", "schedule_window", ["schedule_id", "weekday"], unique=False
    )
    op.create_table(
        "token_session",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_token_session_ends_after_start")),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND capacity", name=op.f("ck_token_session_no_more_than_capacity")
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_token_session_resource_id")),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_token_session_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_session")),
        sa.UniqueConstraint("schedule_id", "starts_at", name="uq_token_session"),
    )
    op.create_index(
        "ix_token_session_resource_id", "token_session", ["resource_id", "starts_at"], unique=False
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="booked", nullable=False),
        sa.Column("source", sa.Text(), server_default="desk", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("preparation_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cleanup_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("token_number", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("is_unseen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT is_unseen OR status = 'cancelled'", name=op.f("ck_appointment_unseen_is_cancelled")
        ),
        sa.CheckConstraint(
            "source IN ('desk', 'portal', 'import')", name=op.f("ck_appointment_source_known")
        ),
        sa.CheckConstraint(
            "status <> 'cancelled' OR cancelled_at IS NOT NULL OR source_system IS NOT NULL",
            name=op.f("ck_appointment_cancelled_when"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'booked', 'arrived', 'in_consultation', 'fulfilled', 'cancelled', 'no_show', 'expired')",
            name=op.f("ck_appointment_status_known"),
        ),
        sa.CheckConstraint(
            "(session_id IS NULL) = (token_number IS NULL)", name=op.f("ck_appointment_number_in_session")
        ),
        sa.CheckConstraint(
            "cleanup_minutes BETWEEN 0 AND 1440", name=op.f("ck_appointment_cleanup_minutes_range")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_ends_after_start")),
        sa.CheckConstraint(
            "preparation_minutes BETWEEN 0 AND 1440", name=op.f("ck_appointment_preparation_minutes_range")
        ),
        sa.ForeignKeyConstraint(
            ["booked_by_user_id"], ["app_user.id"], name=op.f("fk_appointment_booked_by_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_appointment_department_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_appointment_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_appointment_room_id")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_appointment_service_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["token_session.id"], name=op.f("fk_appointment_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("number", name="uq_appointment_number"),
        sa.UniqueConstraint("source_system", "source_key", name="uq_appointment_source"),
    )
    op.create_index(
        "ix_appointment_department_id", "appointment", ["department_id", "starts_at", "id"], unique=False
    )
    op.create_index(
        "ix_appointment_expires_at",
        "appointment",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        "ix_appointment_patient_id", "appointment", ["patient_id", "starts_at", "id"], unique=False
    )
    op.create_index(
        "ix_appointment_practitioner_id", "appointment", ["practitioner_id", "starts_at", "id"], unique=False
    )
    op.create_index("ix_appointment_room_id", "appointment", ["room_id", "starts_at", "id"], unique=False)
    op.create_index(
        "ix_appointment_service_id", "appointment", ["service_id", "starts_at", "id"], unique=False
    )
    op.create_index("ix_appointment_starts_at", "appointment", ["starts_at", "id"], unique=False)
    op.create_index("ix_appointment_status", "appointment", ["status", "starts_at", "id"], unique=False)
    op.create_index(
        "uq_appointment_token",
        "appointment",
        ["session_id", "token_number"],
        unique=True,
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_table(
        "appointment_change",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("from_status", sa.Text(), server_default="", nullable=False),
        sa.Column("to_status", sa.Text(), server_default="", nullable=False),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("to_practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("from_room_id", sa.BigInteger(), nullable=True),
        sa.Column("to_room_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('booked', 'moved', 'status', 'details')", name=op.f("ck_appointment_change_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_appointment_change_appointment_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["app_user.id"], name=op.f("fk_appointment_change_by_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_appointment_change_from_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["from_room_id"], ["room.id"], name=op.f("fk_appointment_change_from_room_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_practitioner_id"], ["practitioner.id"], name=op.f("fk_appointment_change_to_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["to_room_id"], ["room.id"], name=op.f("fk_appointment_change_to_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_change")),
        info={"append_only": True, "stays_at_merge": "it hangs on its appointment, and names no patient"},
    )
    op.create_index(
        "ix_appointment_change_appointment_id", "appointment_change", ["appointment_id", "id"], unique=False
    )
    op.create_table(
        "queue_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), server_default="ready", nullable=False),
        sa.Column("is_urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("urgent_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("counter", sa.Text(), server_default="", nullable=False),
        sa.Column("absences", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(status IN ('done', 'left')) = (finished_at IS NOT NULL)",
            name=op.f("ck_queue_entry_finished_when_over"),
        ),
        sa.CheckConstraint(
            "is_urgent = (btrim(urgent_reason) <> '')", name=op.f("ck_queue_entry_urgent_has_reason")
        ),
        sa.CheckConstraint(
            "status IN ('to_nurse', 'ready', 'called', 'with_doctor', 'out_for_tests', 'to_cashier', 'to_pharmacy', 'done', 'left')",
            name=op.f("ck_queue_entry_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_queue_entry_appointment_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_queue_entry_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_queue_entry_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_queue_entry_queue_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_queue_entry_room_id")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_queue_entry_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_entry")),
        sa.UniqueConstraint("queue_id", "day", "number", name="uq_queue_entry_number"),
    )
    op.create_index("ix_queue_entry_day", "queue_entry", ["day", "queue_id", "status"], unique=False)
    op.create_index("ix_queue_entry_patient_id", "queue_entry", ["patient_id", "day"], unique=False)
    op.create_index(
        "uq_queue_entry_appointment",
        "queue_entry",
        ["appointment_id"],
        unique=True,
        postgresql_where=sa.text("appointment_id IS NOT NULL"),
    )
    op.create_index(
        "uq_queue_entry_waiting",
        "queue_entry",
        ["queue_id", "patient_id", "day"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('done', 'left')"),
    )
    op.create_table(
        "reservation",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "holder",
            sa.BigInteger(),
            sa.Computed("coalesce(resource_id * 2, patient_id * 2 + 1)", persisted=True),
            nullable=False,
        ),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(holder, holder, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("override_reason IS NULL"),
            using="gist",
            name="ex_reservation_once_at_a_time",
        ),
        sa.CheckConstraint("btrim(override_reason) <> ''", name=op.f("ck_reservation_override_has_reason")),
        sa.CheckConstraint(
            "(resource_id IS NULL) <> (patient_id IS NULL)", name=op.f("ck_reservation_one_holder")
        ),
        sa.CheckConstraint(
            "NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)",
            name=op.f("ck_reservation_during_form"),
        ),
        sa.CheckConstraint(
            "patient_id IS NULL OR override_reason IS NULL", name=op.f("ck_reservation_patients_once")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_reservation_appointment_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_reservation_patient_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_reservation_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(
        "ix_reservation_busy", "reservation", ["holder", sa.literal_column("upper(during)")], unique=False
    )
    op.create_index("uq_reservation_resource", "reservation", ["appointment_id", "holder"], unique=True)
    op.execute("CREATE SEQUENCE appointment_number_seq START WITH 100001")
    for table, moves in MOVES.items():
        rows = ", ".join(f"('{table}', '{start}', '{end}')" for start, end in moves)
        op.execute(f"INSERT INTO life_cycle_move (table_name, from_status, to_status) VALUES {rows}")
        made_here = " AND OLD.source_system IS NULL" if table == "appointment" else ""
        op.execute(
            f"CREATE TRIGGER {table}_life_cycle BEFORE UPDATE OF status ON {table} FOR EACH ROW"
            f" WHEN (OLD.status IS DISTINCT FROM NEW.status{made_here}) EXECUTE FUNCTION ensure_known_move()"
        )
    op.execute(ENSURE_RESERVED)
    op.execute(
        "CREATE CONSTRAINT TRIGGER appointment_reserved AFTER INSERT OR UPDATE ON appointment"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ensure_reserved()"
    )


def downgrade() -> None:
    """Take it all away."""
    op.execute("DELETE FROM life_cycle_move WHERE table_name IN ('appointment', 'queue_entry')")
    op.drop_table("reservation")
    op.drop_table("queue_entry")
    op.drop_table("appointment_change")
    op.drop_table("appointment")
    op.drop_table("token_session")
    op.drop_table("schedule_window")
    op.drop_table("schedule_service")
    op.drop_table("service_resource")
    op.drop_table("schedule")
    op.drop_table("queue")
    op.drop_table("delay")
    op.drop_table("availability_exception")
    op.drop_table("resource")
    op.drop_table("healthcare_service")
    op.execute("DROP FUNCTION ensure_reserved()")
    op.execute("DROP SEQUENCE appointment_number_seq")
