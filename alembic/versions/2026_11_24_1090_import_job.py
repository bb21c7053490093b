"""Imports that run by themselves: the files people sent, and how far they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table of imports."""
    nothing = sa.text("'{}'::jsonb")
    op.create_table(
        "import_job",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="uploaded", nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), server_default=nothing, nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("report", sa.JSON(), server_default=sa.text("'{}'::json"), nullable=False),
        sa.Column("problem_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("started_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("runner", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(runner IS NULL) = (heartbeat_at IS NULL)"
            " AND (runner IS NULL OR status IN ('checking', 'running'))",
            name=op.f("ck_import_job_runner_at_work"),
        ),
        sa.CheckConstraint(
            "(status IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)",
            name=op.f("ck_import_job_finished_when_over"),
        ),
        sa.CheckConstraint("done >= 0 AND total >= 0", name=op.f("ck_import_job_progress_counts")),
        sa.CheckConstraint(
            "kind IN ('synthea_zip', 'fhir', 'patient_list')", name=op.f("ck_import_job_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_import_job_status_known"),
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_import_job_file_id")),
        sa.ForeignKeyConstraint(
            ["started_by_user_id"], ["app_user.id"], name=op.f("fk_import_job_started_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
        sa.UniqueConstraint("file_id", name="uq_import_job_file_id"),
    )
    op.create_index(
        "ix_import_job_waiting",
        "import_job",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('checking', 'running')"),
    )


def downgrade() -> None:
    """Drop it; the files stay on disk."""
    op.drop_table("import_job")
