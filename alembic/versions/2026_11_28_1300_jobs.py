"""Work outside a request: the queue's own tables, and a row for each job that people can watch."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

QUEUE: str = (Path(__file__).parents[1] / "sql" / "procrastinate_3_10_0.sql").read_text(encoding="utf-8")
"""The schema of the pinned queue, as its release brings it."""
MOVES = (
    ("queued", "running"),
    ("queued", "cancelled"),
    ("running", "queued"),
    ("running", "done"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("failed", "queued"),
)

DROP_QUEUE = """
DO $$ DECLARE found record; BEGIN
    DROP TABLE procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, procrastinate_workers CASCADE;
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = 'public'::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || found.name || ' CASCADE'; END LOOP;
    DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type;
END $$"""


def upgrade() -> None:
    """Make the queue and the table of jobs."""
    op.get_bind().connection.cursor().execute(QUEUE)  # Many statements at once: not for a prepared one.
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("asked_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_status_known")
        ),
        sa.CheckConstraint("attempts >= 0 AND done >= 0 AND total >= 0", name=op.f("ck_job_counts")),
        sa.CheckConstraint(
            "(status IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)",
            name=op.f("ck_job_finished_when_over"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "uq_job_queued",
        "job",
        ["kind", sa.text("coalesce(subject_id, 0)")],
        unique=True,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("ix_job_status", "job", ["status", "id"])
    op.create_index("ix_job_kind", "job", ["kind", "status", "id"])
    op.create_index("ix_job_finished_at", "job", ["finished_at"])
    rows = ", ".join(f"('job', '{start}', '{end}')" for start, end in MOVES)
    op.execute(f"INSERT INTO life_cycle_move (table_name, from_status, to_status) VALUES {rows}")
    op.execute(
        "CREATE TRIGGER job_life_cycle BEFORE UPDATE OF status ON job FOR EACH ROW"
        " WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION ensure_known_move()"
    )


def downgrade() -> None:
    """Take it all away."""
    op.execute("DELETE FROM life_cycle_move WHERE table_name = 'job'")
    op.drop_table("job")
    op.execute(DROP_QUEUE)
