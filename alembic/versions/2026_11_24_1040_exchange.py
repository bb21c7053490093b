"""Files from other hospitals: panels and reports of observations, and what their resources are known by."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables, and let a panel stand without a value."""
    op.create_table(
        "import_identifier",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_identifier")),
        sa.UniqueConstraint("resource_type", "name", "source_key", name="uq_import_identifier_name"),
    )
    op.create_table(
        "patient_source",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_source_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_source")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_source_key"),
    )
    op.create_index("ix_patient_source_patient_id", "patient_source", ["patient_id"], unique=False)
    op.create_table(
        "diagnostic_report",
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
        sa.Column("conclusion", sa.Text(), server_default="", nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "category IN ('vital-signs', 'laboratory', 'survey', 'social-history', 'procedure', 'exam', 'imaging', 'therapy', 'activity', 'other')",
            name=op.f("ck_diagnostic_report_category_known"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_diagnostic_report_status_known"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_diagnostic_report_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_diagnostic_report_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_diagnostic_report_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_diagnostic_report_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostic_report")),
        sa.UniqueConstraint("patient_id", "id", name="uq_diagnostic_report_of_patient"),
        sa.UniqueConstraint("source_system", "source_key", name="uq_diagnostic_report_source"),
    )
    op.create_index("ix_diagnostic_report_encounter_id", "diagnostic_report", ["encounter_id"], unique=False)
    op.create_index(
        "ix_diagnostic_report_timeline",
        "diagnostic_report",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.add_column(
        "observation", sa.Column("is_panel", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("observation", sa.Column("panel_id", sa.BigInteger(), nullable=True))
    op.add_column("observation", sa.Column("diagnostic_report_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_observation_diagnostic_report_id",
        "observation",
        ["diagnostic_report_id"],
        unique=False,
        postgresql_where=sa.text("diagnostic_report_id IS NOT NULL"),
    )
    op.create_index(
        "ix_observation_panel_id",
        "observation",
        ["panel_id"],
        unique=False,
        postgresql_where=sa.text("panel_id IS NOT NULL"),
    )
    op.create_foreign_key(
        "fk_observation_report_of_patient",
        "observation",
        "diagnostic_report",
        ["patient_id", "diagnostic_report_id"],
        ["patient_id", "id"],
        onupdate="CASCADE",
    )
    op.create_foreign_key(op.f("fk_observation_panel_id"), "observation", "observation", ["panel_id"], ["id"])
    op.drop_constraint(op.f("ck_observation_has_value"), "observation", type_="check")
    op.create_check_constraint(
        op.f("ck_observation_has_value"),
        "observation",
        "is_panel OR value_number IS NOT NULL OR value_text <> '' OR value_code <> ''",
    )
    op.create_check_constraint(op.f("ck_observation_not_its_own_panel"), "observation", "panel_id <> id")


def downgrade() -> None:
    """Drop the tables; panels and their parts go with what held them together."""
    op.execute("DELETE FROM observation WHERE panel_id IS NOT NULL")
    op.execute("DELETE FROM observation WHERE is_panel")
    op.drop_constraint(op.f("ck_observation_not_its_own_panel"), "observation", type_="check")
    op.drop_constraint(op.f("ck_observation_has_value"), "observation", type_="check")
    op.create_check_constraint(
        op.f("ck_observation_has_value"),
        "observation",
        "value_number IS NOT NULL OR value_text <> '' OR value_code <> ''",
    )
    op.drop_constraint(op.f("fk_observation_panel_id"), "observation", type_="foreignkey")
    op.drop_constraint("fk_observation_report_of_patient", "observation", type_="foreignkey")
    op.drop_index(
        "ix_observation_panel_id", table_name="observation", postgresql_where=sa.text("panel_id IS NOT NULL")
    )
    op.drop_index(
        "ix_observation_diagnostic_report_id",
        table_name="observation",
        postgresql_where=sa.text("diagnostic_report_id IS NOT NULL"),
    )
    op.drop_column("observation", "diagnostic_report_id")
    op.drop_column("observation", "panel_id")
    op.drop_column("observation", "is_panel")
    op.drop_index("ix_diagnostic_report_timeline", table_name="diagnostic_report")
    op.drop_index("ix_diagnostic_report_encounter_id", table_name="diagnostic_report")
    op.drop_table("diagnostic_report")
    op.drop_index("ix_patient_source_patient_id", table_name="patient_source")
    op.drop_table("patient_source")
    op.drop_table("import_identifier")
