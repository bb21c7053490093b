"""Patients: consents, and what correcting a record needs: versions, ends, and rows entered in error."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEPT = ("coverage", "patient_address", "patient_contact_point", "patient_identifier", "patient_relation")
"""Tables whose rows get a version, who wrote them, and who said that they were an error."""
ENDED = KEPT[1:]
"""Coverage has an end already."""
USERS = ("recorded_by_user_id", "entered_in_error_by_user_id")
UNIQUE = ["type", "issuer", "value"]


def upgrade() -> None:
    """Add the columns and the table of consents."""
    for table in KEPT:
        _keep(table)
    for table in ENDED:
        op.add_column(table, sa.Column("ended_on", sa.Date(), nullable=True))
    op.drop_constraint("uq_patient_identifier_value", "patient_identifier", type_="unique")
    op.create_index(
        "uq_patient_identifier_value",
        "patient_identifier",
        UNIQUE,
        unique=True,
        postgresql_where=sa.text("entered_in_error_at IS NULL"),
    )
    op.execute(
        "ALTER TABLE coverage ADD CONSTRAINT ex_coverage_one_primary EXCLUDE USING gist"
        " (int8range(patient_id, patient_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)"
        " WHERE (rank = 'primary' AND entered_in_error_at IS NULL AND source_system IS NULL)"
    )
    op.add_column("patient", sa.Column("birth_estimated_on", sa.Date(), nullable=True))
    op.add_column(
        "patient",
        sa.Column("deceased_is_day_only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column("patient", sa.Column("status_reason", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(
        op.f("ck_patient_estimated_on_a_day"),
        "patient",
        "birth_estimated_on IS NULL OR birth_date_precision = 'estimated'",
    )
    _make_consents()


def downgrade() -> None:
    """Drop them; identifiers entered in error are dropped too where they would clash."""
    op.drop_table("patient_consent")
    op.drop_constraint(op.f("ck_patient_estimated_on_a_day"), "patient", type_="check")
    for column in ("status_reason", "deceased_is_day_only", "birth_estimated_on"):
        op.drop_column("patient", column)
    op.execute("ALTER TABLE coverage DROP CONSTRAINT ex_coverage_one_primary")
    op.drop_index("uq_patient_identifier_value", table_name="patient_identifier")
    op.execute("DELETE FROM patient_identifier WHERE entered_in_error_at IS NOT NULL")
    op.create_unique_constraint("uq_patient_identifier_value", "patient_identifier", UNIQUE)
    for table in ENDED:
        op.drop_column(table, "ended_on")
    for table in KEPT:
        op.drop_constraint(op.f(f"ck_{table}_error_has_reason"), table, type_="check")
        for column in ("version", "recorded_at", "entered_in_error_at", "entered_in_error_reason", *USERS):
            op.drop_column(table, column)


def _keep(table: str) -> None:
    """Rows that are there already were written at an unknown time."""
    op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column(table, sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column(table, "recorded_at", server_default=sa.text("now()"))
    op.add_column(table, sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("entered_in_error_reason", sa.Text(), server_default="", nullable=False))
    for column in USERS:
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, "app_user", [column], ["id"])
    op.create_check_constraint(
        op.f(f"ck_{table}_error_has_reason"),
        table,
        "(entered_in_error_at IS NULL) = (entered_in_error_reason = '')",
    )


def _make_consents() -> None:
    op.create_table(
        "patient_consent",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("recorded_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_in_error_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(entered_in_error_at IS NULL) = (entered_in_error_reason = '')",
            name=op.f("ck_patient_consent_error_has_reason"),
        ),
        sa.CheckConstraint(
            "decision IN ('given', 'refused')", name=op.f("ck_patient_consent_decision_known")
        ),
        sa.CheckConstraint(
            "kind IN ('treatment', 'data_processing', 'data_sharing', 'reminders', 'research', 'photography', 'other')",
            name=op.f("ck_patient_consent_kind_known"),
        ),
        sa.CheckConstraint(
            "withdrawn_on IS NULL OR decision = 'given'",
            name=op.f("ck_patient_consent_only_given_is_withdrawn"),
        ),
        sa.CheckConstraint(
            "valid_until >= recorded_on", name=op.f("ck_patient_consent_valid_after_recorded")
        ),
        sa.CheckConstraint(
            "withdrawn_on >= recorded_on", name=op.f("ck_patient_consent_withdrawn_after_recorded")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_consent_patient_id")),
        *(
            sa.ForeignKeyConstraint([column], ["app_user.id"], name=op.f(f"fk_patient_consent_{column}"))
            for column in USERS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_consent")),
    )
    op.create_index("ix_patient_consent_patient_id", "patient_consent", ["patient_id", "kind", "recorded_on"])
