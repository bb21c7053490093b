"""What the patient list is narrowed by: last visits, patients of a department, practitioner, payer, condition."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LAST_VISITS = """
SELECT v.patient_id, max(v.occurred_at) AS at FROM encounter v
WHERE v.status IN ('in_progress', 'completed') GROUP BY v.patient_id"""
_NOTE_LAST_VISIT = """
CREATE FUNCTION note_last_visit() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    UPDATE patient p SET last_visit_at = last.at
    FROM (
        SELECT t.patient_id, (
            SELECT max(v.occurred_at) FROM encounter v
            WHERE v.patient_id = t.patient_id AND v.status IN ('in_progress', 'completed')
        ) AS at
        FROM (SELECT DISTINCT patient_id FROM touched) AS t
    ) AS last
    WHERE p.id = last.patient_id AND p.last_visit_at IS DISTINCT FROM last.at;
    RETURN NULL;
END $$"""
_TRIGGERS = {
    "encounter_added": "AFTER INSERT ON encounter REFERENCING NEW TABLE AS touched",
    "encounter_changed": "AFTER UPDATE ON encounter REFERENCING NEW TABLE AS touched",
    "encounter_left": "AFTER UPDATE ON encounter REFERENCING OLD TABLE AS touched",
    "encounter_removed": "AFTER DELETE ON encounter REFERENCING OLD TABLE AS touched",
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_saved_view_name_given")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_saved_view_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "screen", "name", name="uq_saved_view_name"),
        info={"unaudited": "a person's own bookmarks"},
    )
    op.create_index("ix_condition_patients_of_code", "condition", ["code", "patient_id"], unique=False)
    op.drop_index(op.f("ix_coverage_payer_id"), table_name="coverage")
    op.create_index("ix_coverage_payer_id", "coverage", ["payer_id", "patient_id"], unique=False)
    op.create_index(
        "ix_encounter_patients_of_department", "encounter", ["department_id", "patient_id"], unique=False
    )
    op.create_index(
        "ix_encounter_patients_of_practitioner", "encounter", ["practitioner_id", "patient_id"], unique=False
    )
    op.add_column("patient", sa.Column("last_visit_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_patient_last_visit",
        "patient",
        [sa.literal_column("coalesce(last_visit_at, '0001-01-01 00:00:00+00'::timestamptz)"), "id"],
        unique=False,
    )
    op.execute(
        f"UPDATE patient p SET last_visit_at = last.at FROM ({_LAST_VISITS}) AS last WHERE p.id = last.patient_id"
    )
    op.execute(_NOTE_LAST_VISIT)
    for name, when in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH STATEMENT EXECUTE FUNCTION note_last_visit()")


def downgrade() -> None:
    """Undo."""
    for name in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON encounter")
    op.execute("DROP FUNCTION note_last_visit()")
    op.drop_index("ix_patient_last_visit", table_name="patient")
    op.drop_column("patient", "last_visit_at")
    op.drop_index("ix_encounter_patients_of_practitioner", table_name="encounter")
    op.drop_index("ix_encounter_patients_of_department", table_name="encounter")
    op.drop_index("ix_coverage_payer_id", table_name="coverage")
    op.create_index(op.f("ix_coverage_payer_id"), "coverage", ["payer_id"], unique=False)
    op.drop_index("ix_condition_patients_of_code", table_name="condition")
    op.drop_table("saved_view")
