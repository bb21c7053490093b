"""The clinical record: encounters and everything that happened in them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the clinical tables."""
    op.create_table(
        "encounter",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("encounter_class", sa.Text(), server_default="other", nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("payer_id", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("reason_display", sa.Text(), server_default="", nullable=False),
        sa.Column("base_cost_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("total_claim_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("payer_coverage_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "encounter_class IN ('ambulatory', 'outpatient', 'inpatient', 'emergency', 'urgent_care', 'wellness', 'home', 'hospice', 'nursing', 'virtual', 'other')",
            name=op.f("ck_encounter_encounter_class_known"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'in_progress', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_encounter_status_known"),
        ),
        sa.CheckConstraint(
            "coalesce(base_cost_amount, total_claim_amount, payer_coverage_amount) IS NULL OR currency IS NOT NULL",
            name=op.f("ck_encounter_cost_has_currency"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_encounter_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_encounter_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_encounter_organization_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_encounter_patient_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_encounter_payer_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_encounter_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter")),
        sa.UniqueConstraint("patient_id", "id", name="uq_encounter_of_patient"),
        sa.UniqueConstraint("source_system", "source_key", name="uq_encounter_source"),
    )
    op.create_index(
        "ix_encounter_practitioner_id",
        "encounter",
        ["practitioner_id", sa.literal_column("occurred_at DESC")],
        unique=False,
    )
    op.create_index(
        "ix_encounter_timeline",
        "encounter",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "allergy_intolerance",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("kind", sa.Text(), server_default="allergy", nullable=False),
        sa.Column("category", sa.Text(), server_default="other", nullable=False),
        sa.CheckConstraint(
            "category IN ('environment', 'food', 'medication', 'other')",
            name=op.f("ck_allergy_intolerance_category_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('allergy', 'intolerance')", name=op.f("ck_allergy_intolerance_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'ended', 'entered_in_error')",
            name=op.f("ck_allergy_intolerance_status_known"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at",
            name=op.f("ck_allergy_intolerance_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_allergy_intolerance_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_allergy_intolerance_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allergy_intolerance")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_allergy_intolerance_source"),
    )
    op.create_index(
        "ix_allergy_intolerance_encounter_id", "allergy_intolerance", ["encounter_id"], unique=False
    )
    op.create_index(
        "ix_allergy_intolerance_timeline",
        "allergy_intolerance",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "care_plan",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("reason_display", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'ended', 'entered_in_error')", name=op.f("ck_care_plan_status_known")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_care_plan_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_care_plan_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_plan_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_care_plan_source"),
    )
    op.create_index("ix_care_plan_encounter_id", "care_plan", ["encounter_id"], unique=False)
    op.create_index(
        "ix_care_plan_timeline",
        "care_plan",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "condition",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'ended', 'entered_in_error')", name=op.f("ck_condition_status_known")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_condition_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_condition_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_condition_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_condition_source"),
    )
    op.create_index("ix_condition_encounter_id", "condition", ["encounter_id"], unique=False)
    op.create_index(
        "ix_condition_timeline",
        "condition",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "device_use",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("udi", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'ended', 'entered_in_error')", name=op.f("ck_device_use_status_known")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_device_use_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_device_use_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_device_use_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_use")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_device_use_source"),
    )
    op.create_index("ix_device_use_encounter_id", "device_use", ["encounter_id"], unique=False)
    op.create_index(
        "ix_device_use_timeline",
        "device_use",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "imaging_study",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("study_uid", sa.Text(), server_default="", nullable=False),
        sa.Column("series_uid", sa.Text(), server_default="", nullable=False),
        sa.Column("instance_uid", sa.Text(), server_default="", nullable=False),
        sa.Column("body_site_code", sa.Text(), server_default="", nullable=False),
        sa.Column("body_site_display", sa.Text(), server_default="", nullable=False),
        sa.Column("modality_code", sa.Text(), server_default="", nullable=False),
        sa.Column("modality_display", sa.Text(), server_default="", nullable=False),
        sa.Column("sop_code", sa.Text(), server_default="", nullable=False),
        sa.Column("sop_display", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_imaging_study_status_known"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_imaging_study_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_imaging_study_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_imaging_study_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imaging_study")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_imaging_study_source"),
    )
    op.create_index("ix_imaging_study_encounter_id", "imaging_study", ["encounter_id"], unique=False)
    op.create_index(
        "ix_imaging_study_timeline",
        "imaging_study",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "immunization",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("base_cost_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_immunization_status_known"),
        ),
        sa.CheckConstraint(
            "base_cost_amount IS NULL OR currency IS NOT NULL", name=op.f("ck_immunization_cost_has_currency")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_immunization_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_immunization_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_immunization_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_immunization_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_immunization")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_immunization_source"),
    )
    op.create_index("ix_immunization_encounter_id", "immunization", ["encounter_id"], unique=False)
    op.create_index(
        "ix_immunization_timeline",
        "immunization",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "medication_request",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("payer_id", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("reason_display", sa.Text(), server_default="", nullable=False),
        sa.Column("dispenses", sa.Integer(), nullable=True),
        sa.Column("base_cost_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("payer_coverage_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("total_cost_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'ended', 'entered_in_error')",
            name=op.f("ck_medication_request_status_known"),
        ),
        sa.CheckConstraint(
            "coalesce(base_cost_amount, total_cost_amount, payer_coverage_amount) IS NULL OR currency IS NOT NULL",
            name=op.f("ck_medication_request_cost_has_currency"),
        ),
        sa.CheckConstraint("dispenses >= 0", name=op.f("ck_medication_request_dispenses_not_negative")),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_medication_request_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_medication_request_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_medication_request_patient_id")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_medication_request_payer_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_medication_request_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medication_request")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_medication_request_source"),
    )
    op.create_index(
        "ix_medication_request_encounter_id", "medication_request", ["encounter_id"], unique=False
    )
    op.create_index(
        "ix_medication_request_timeline",
        "medication_request",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("category", sa.Text(), server_default="other", nullable=False),
        sa.Column("value_number", sa.Numeric(), nullable=True),
        sa.Column("value_text", sa.Text(), server_default="", nullable=False),
        sa.Column("value_code", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "category IN ('vital-signs', 'laboratory', 'survey', 'social-history', 'procedure', 'exam', 'imaging', 'therapy', 'activity', 'other')",
            name=op.f("ck_observation_category_known"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_observation_status_known"),
        ),
        sa.CheckConstraint(
            "value_number IS NOT NULL OR value_text <> '' OR value_code <> ''",
            name=op.f("ck_observation_has_value"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_observation_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_observation_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_observation_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_observation_source"),
    )
    op.create_index("ix_observation_encounter_id", "observation", ["encounter_id"], unique=False)
    op.create_index(
        "ix_observation_series",
        "observation",
        ["patient_id", "code", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_observation_timeline",
        "observation",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "procedure",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.Text(), server_default="", nullable=False),
        sa.Column("reason_display", sa.Text(), server_default="", nullable=False),
        sa.Column("base_cost_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_procedure_status_known"),
        ),
        sa.CheckConstraint(
            "base_cost_amount IS NULL OR currency IS NOT NULL", name=op.f("ck_procedure_cost_has_currency")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_procedure_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_procedure_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_procedure_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_procedure_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_procedure_source"),
    )
    op.create_index("ix_procedure_encounter_id", "procedure", ["encounter_id"], unique=False)
    op.create_index(
        "ix_procedure_timeline",
        "procedure",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "supply_use",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("quantity", sa.Numeric(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_supply_use_status_known"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_supply_use_ends_after_start")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_supply_use_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_supply_use_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_supply_use_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_use")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_supply_use_source"),
    )
    op.create_index("ix_supply_use_encounter_id", "supply_use", ["encounter_id"], unique=False)
    op.create_index(
        "ix_supply_use_timeline",
        "supply_use",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "allergy_reaction",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("allergy_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('mild', 'moderate', 'severe')", name=op.f("ck_allergy_reaction_severity_known")
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_allergy_reaction_position_from_one")),
        sa.ForeignKeyConstraint(
            ["allergy_id"], ["allergy_intolerance.id"], name=op.f("fk_allergy_reaction_allergy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allergy_reaction")),
        sa.UniqueConstraint("allergy_id", "position", name="uq_allergy_reaction_position"),
    )


def downgrade() -> None:
    """Drop the clinical tables."""
    op.drop_table("imaging_study")
    op.drop_table("supply_use")
    op.drop_table("device_use")
    op.drop_table("care_plan")
    op.drop_table("immunization")
    op.drop_table("procedure")
    op.drop_table("observation")
    op.drop_table("medication_request")
    op.drop_table("allergy_reaction")
    op.drop_table("allergy_intolerance")
    op.drop_table("condition")
    op.drop_table("encounter")
