"""Duplicates: the pairs a scan finds, what was decided about them, and the log of merges."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


STATUSES = "'active', 'inactive', 'entered_in_error'"

MERGED_INTO_OPEN = """
CREATE FUNCTION ensure_merged_into_open() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE target text;
BEGIN
    SELECT status INTO target FROM patient WHERE id = NEW.merged_into_id FOR UPDATE;
    IF target IN ('merged', 'entered_in_error') THEN
        RAISE EXCEPTION 'A record is merged only into one that is in use.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_patient_merged_into_open';
    END IF;
    RETURN NEW;
END $$"""
"""A cycle would have to be closed by a merge into a merged record; the row lock decides between two at once."""

MERGE_KEPT = """
CREATE FUNCTION ensure_merge_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.undone_at IS NOT NULL OR
        (OLD.merged_id, OLD.survivor_id, OLD.merged_at, OLD.before, OLD.after, OLD.steps, OLD.status_before)
        IS DISTINCT FROM
        (NEW.merged_id, NEW.survivor_id, NEW.merged_at, NEW.before, NEW.after, NEW.steps, NEW.status_before)
    THEN
        RAISE EXCEPTION 'The merge log is only added to.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_patient_merge_kept';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    """Make the tables, then what guards them."""
    _make_tables()
    _let_patients_be_merged()
    op.execute(MERGED_INTO_OPEN)
    op.execute(
        "CREATE TRIGGER patient_merged_into_open BEFORE INSERT OR UPDATE OF merged_into_id ON patient"
        " FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION ensure_merged_into_open()"
    )
    op.execute(MERGE_KEPT)
    op.execute(
        "CREATE TRIGGER patient_merge_kept BEFORE UPDATE OR DELETE ON patient_merge"
        " FOR EACH ROW EXECUTE FUNCTION ensure_merge_kept()"
    )


def _let_patients_be_merged() -> None:
    op.add_column("patient", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_patient_merged_into_id"), "patient", "patient", ["merged_into_id"], ["id"])
    op.create_index(
        "ix_patient_merged_into",
        "patient",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    _allow_statuses(f"{STATUSES}, 'merged'")
    op.create_check_constraint(
        op.f("ck_patient_merged_into_one"), "patient", "(status = 'merged') = (merged_into_id IS NOT NULL)"
    )
    op.create_check_constraint(op.f("ck_patient_not_merged_into_itself"), "patient", "merged_into_id <> id")


def _allow_statuses(listed: str) -> None:
    op.drop_constraint(op.f("ck_patient_status_known"), "patient", type_="check")
    op.create_check_constraint(op.f("ck_patient_status_known"), "patient", f"status IN ({listed})")


def _make_tables() -> None:
    op.create_table(
        "duplicate_scan",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("stage", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "place",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("compared", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(status = 'running') = (finished_at IS NULL)", name=op.f("ck_duplicate_scan_finished_when_over")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'finished', 'failed')", name=op.f("ck_duplicate_scan_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_scan")),
        info={"unaudited": "progress; who started it is audited"},
    )
    op.create_index(
        "uq_duplicate_scan_running",
        "duplicate_scan",
        ["status"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "patient_duplicate",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("doubts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)",
            name=op.f("ck_patient_duplicate_decided_when_not_open"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'not_duplicate', 'merged')", name=op.f("ck_patient_duplicate_status_known")
        ),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_patient_duplicate_lower_first")),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["app_user.id"], name=op.f("fk_patient_duplicate_decided_by_user_id")
        ),
        sa.ForeignKeyConstraint(["first_id"], ["patient.id"], name=op.f("fk_patient_duplicate_first_id")),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["duplicate_scan.id"], name=op.f("fk_patient_duplicate_scan_id")
        ),
        sa.ForeignKeyConstraint(["second_id"], ["patient.id"], name=op.f("fk_patient_duplicate_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_duplicate")),
        sa.UniqueConstraint("first_id", "second_id", name="uq_patient_duplicate_pair"),
        info={
            "unaudited": "derived from the register; decisions are audited",
            "stays_at_merge": "a pair is about these two records",
        },
    )
    op.create_index("ix_patient_duplicate_second_id", "patient_duplicate", ["second_id"], unique=False)
    op.create_index(
        "ix_patient_duplicate_worklist",
        "patient_duplicate",
        ["status", sa.literal_column("weight DESC"), "id"],
        unique=False,
    )
    op.create_table(
        "patient_merge",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("merged_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "choices",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "after",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("status_before", sa.Text(), nullable=False),
        sa.Column("reason_before", sa.Text(), server_default="", nullable=False),
        sa.Column("steps", sa.Integer(), server_default="0", nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "kept",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_patient_merge_undone_by_somebody")
        ),
        sa.CheckConstraint("merged_id <> survivor_id", name=op.f("ck_patient_merge_of_two")),
        sa.CheckConstraint(
            "undone_at IS NULL OR undone_at >= merged_at", name=op.f("ck_patient_merge_undone_afterwards")
        ),
        sa.ForeignKeyConstraint(
            ["merged_by_user_id"], ["app_user.id"], name=op.f("fk_patient_merge_merged_by_user_id")
        ),
        sa.ForeignKeyConstraint(["merged_id"], ["patient.id"], name=op.f("fk_patient_merge_merged_id")),
        sa.ForeignKeyConstraint(["survivor_id"], ["patient.id"], name=op.f("fk_patient_merge_survivor_id")),
        sa.ForeignKeyConstraint(
            ["undone_by_user_id"], ["app_user.id"], name=op.f("fk_patient_merge_undone_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_merge")),
        info={"stays_at_merge": "the merge log says what was"},
    )
    op.create_index("ix_patient_merge_survivor_id", "patient_merge", ["survivor_id", "id"], unique=False)
    op.create_index(
        "uq_patient_merge_standing",
        "patient_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "patient_merge_step",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "after",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint("outcome IN ('moved', 'left')", name=op.f("ck_patient_merge_step_outcome_known")),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["patient_merge.id"], name=op.f("fk_patient_merge_step_merge_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_merge_step")),
        sa.UniqueConstraint("merge_id", "table_name", "row_id", name="uq_patient_merge_step_row"),
        info={"append_only": True},
    )


def downgrade() -> None:
    """Drop them; merged records become inactive ones."""
    op.execute("DROP TRIGGER patient_merged_into_open ON patient")
    op.execute("DROP FUNCTION ensure_merged_into_open()")
    for constraint in ("not_merged_into_itself", "merged_into_one"):
        op.drop_constraint(op.f(f"ck_patient_{constraint}"), "patient", type_="check")
    op.execute("UPDATE patient SET status = 'inactive' WHERE status = 'merged'")
    _allow_statuses(STATUSES)
    op.drop_constraint(op.f("fk_patient_merged_into_id"), "patient", type_="foreignkey")
    op.drop_index("ix_patient_merged_into", table_name="patient")
    op.drop_column("patient", "merged_into_id")
    for table in ("patient_merge_step", "patient_merge", "patient_duplicate", "duplicate_scan"):
        op.drop_table(table)
    op.execute("DROP FUNCTION ensure_merge_kept()")
