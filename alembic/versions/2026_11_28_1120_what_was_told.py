"""What other systems say is kept: finer statuses, systems of reasons and values, notes, deaths without a day, systems
of identifiers, and what was left out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "1120"
down_revision: str | None = "1110"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TOLD = (
    *(
        "encounter",
        "condition",
        "allergy_intolerance",
        "medication_request",
        "diagnostic_report",
        "observation",
    ),
    *("procedure", "immunization", "care_plan", "device_use", "supply_use", "imaging_study"),
    *("family_member_history", "document_reference"),
)
_TEXTS = (
    *((table, "status_told") for table in _TOLD),
    *((table, "reason_system") for table in ("encounter", "medication_request", "procedure", "care_plan")),
    *((table, "note") for table in ("encounter", "diagnostic_report", "procedure", "care_plan")),
    *((table, "verification") for table in ("condition", "allergy_intolerance")),
    ("observation", "value_system"),
    ("patient_identifier", "system"),
)
_DIES_AFTER_BIRTH = "birth_date IS NULL OR deceased_at IS NULL OR birth_date_precision <> 'exact'"
_A_DAY = "deceased_at > birth_date - interval '1 day'"
_NUMBER = "upper(regexp_replace(value, '[^[:alnum:]]', '', 'g'))"
_DEATH_PRECISIONS = "deceased_precision IN ('day', 'month', 'year', 'unknown')"


def upgrade() -> None:
    """Add the columns and the table; a day of death becomes noon in UTC, whatever zone wrote it.

    Where one number stands twice in two spellings the later row is kept under an issuer of its own.
    """
    for table, column in _TEXTS:
        op.add_column(table, sa.Column(column, sa.Text(), server_default="", nullable=False))
    op.add_column("patient", sa.Column("deceased_precision", sa.Text(), server_default="day", nullable=False))
    op.drop_constraint(op.f("ck_patient_dies_after_birth"), "patient", type_="check")
    _check("dies_after_birth", f"{_DIES_AFTER_BIRTH} OR deceased_precision <> 'day' OR {_A_DAY}")
    _check("deceased_precision_known", _DEATH_PRECISIONS)
    _check("death_without_a_day", "deceased_precision <> 'unknown' OR deceased_at IS NULL")
    _deceased_index("(deceased_at IS NOT NULL OR deceased_precision = 'unknown')")
    op.execute(
        "UPDATE patient SET deceased_at = ((deceased_at AT TIME ZONE h.zone_name)::date + time '12:00')"
        " AT TIME ZONE 'UTC' FROM hospital h WHERE deceased_is_day_only AND deceased_at IS NOT NULL"
        " AND (deceased_at AT TIME ZONE 'UTC')::time <> time '12:00'"
    )
    op.execute(
        "UPDATE patient_identifier i SET issuer = i.issuer || ', record ' || i.id"
        " WHERE i.entered_in_error_at IS NULL AND EXISTS (SELECT FROM patient_identifier h"
        " WHERE h.id < i.id AND h.entered_in_error_at IS NULL AND h.type = i.type AND h.issuer = i.issuer"
        f" AND {_NUMBER.replace('value', 'h.value')} = {_NUMBER.replace('value', 'i.value')})"
    )
    _identifier_index(["type", "issuer", "system", sa.text(_NUMBER)])
    op.create_index("ix_patient_identifier_number", "patient_identifier", [sa.text(_NUMBER)])
    op.add_column(
        "patient_source",
        sa.Column("differs", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    _create_not_taken_over()


def downgrade() -> None:
    """Take them away; who died nobody knows when counts as alive again."""
    op.drop_table("not_taken_over")
    op.drop_column("patient_source", "differs")
    op.drop_index("ix_patient_identifier_number", table_name="patient_identifier")
    _identifier_index(["type", "issuer", "value"])
    op.drop_constraint(op.f("ck_patient_death_without_a_day"), "patient", type_="check")
    op.drop_constraint(op.f("ck_patient_deceased_precision_known"), "patient", type_="check")
    op.drop_constraint(op.f("ck_patient_dies_after_birth"), "patient", type_="check")
    _check("dies_after_birth", f"{_DIES_AFTER_BIRTH} OR {_A_DAY}")
    _deceased_index("deceased_at IS NOT NULL")
    op.drop_column("patient", "deceased_precision")
    for table, column in reversed(_TEXTS):
        op.drop_column(table, column)


def _check(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_patient_{name}"), "patient", condition)


def _deceased_index(condition: str) -> None:
    op.drop_index("ix_patient_deceased", table_name="patient")
    op.create_index(
        "ix_patient_deceased", "patient", ["name_sort", "id"], postgresql_where=sa.text(condition)
    )


def _identifier_index(columns: list[str | sa.TextClause]) -> None:
    op.drop_index("uq_patient_identifier_value", table_name="patient_identifier")
    op.create_index(
        "uq_patient_identifier_value",
        "patient_identifier",
        columns,
        unique=True,
        postgresql_where=sa.text("entered_in_error_at IS NULL"),
    )


def _create_not_taken_over() -> None:
    op.create_table(
        "not_taken_over",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_not_taken_over_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_taken_over")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_not_taken_over_source"),
    )
    op.create_index("ix_not_taken_over_patient_id", "not_taken_over", ["patient_id", "resource_type"])
