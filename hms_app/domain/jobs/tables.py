"""Jobs as people watch them; the queue beside them (`procrastinate_*`) is its library's own."""

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field

from hms_app.core.table import LIVE, Table, instant, one_of, optional_instant, unaudited
from hms_app.domain.jobs.values import JobStatus


class Job(Table, table=True):
    """A piece of work: asked for by somebody, or by the clock; `subject_id` is what it is about, by its kind."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("job", "status", JobStatus),
        sa.CheckConstraint("attempts >= 0 AND done >= 0 AND total >= 0", name="counts"),
        sa.CheckConstraint(
            "(status IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)",
            name="finished_when_over",
        ),
        sa.Index(
            "uq_job_queued",
            "kind",
            sa.text("coalesce(subject_id, 0)"),
            unique=True,
            postgresql_where=sa.text("status = 'queued'"),
        ),
        sa.Index("ix_job_status", "status", "id"),
        sa.Index("ix_job_kind", "kind", "status", "id"),
        sa.Index("ix_job_finished_at", "finished_at"),
        {"info": LIVE | unaudited("progress; what people ask for is audited where they ask")},
    )

    kind: str = Field(sa_type=sa.Text)
    subject_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = Field(
        default=JobStatus.QUEUED.value, sa_type=sa.Text, sa_column_kwargs={"server_default": "queued"}
    )
    asked_by_user_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    asked_by: str = Field(sa_type=sa.Text)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    place: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    done: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    total: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    problem: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    due_at: dt.datetime = instant()
    created_at: dt.datetime = instant()
    started_at: dt.datetime | None = optional_instant()
    beat_at: dt.datetime | None = optional_instant()
    finished_at: dt.datetime | None = optional_instant()
