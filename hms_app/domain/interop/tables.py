"""What is remembered about rows from outside, so that later files find them; and imports that run alone."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

import hms_app.domain.files.tables
import hms_app.domain.patients.tables  # noqa: F401  (import_job and patient_source refer to their tables)
from hms_app.core.table import (
    LIVE,
    Table,
    foreign_key,
    instant,
    json_column,
    one_of,
    optional_instant,
    unaudited,
)
from hms_app.domain.interop.values import ImportKind, ImportStatus


class ImportIdentifier(Table, table=True):
    """A business identifier ("system|value") by which other resources may refer to an imported one."""

    __tablename__ = "import_identifier"
    __table_args__ = (
        sa.UniqueConstraint("resource_type", "name", "source_key", name="uq_import_identifier_name"),
        {"info": unaudited("written with the row it names, whose own change is audited")},
    )

    resource_type: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    source_key: str = Field(sa_type=sa.Text)


class PatientSource(Table, table=True):
    """A source's own key for a patient who was here before: what that source says of them belongs to this record.

    `differs` is what it says otherwise than the record does, by column: a person decides which is right.
    """

    __tablename__ = "patient_source"
    __table_args__ = (
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_source_key"),
        sa.Index("ix_patient_source_patient_id", "patient_id"),
    )

    patient_id: int = foreign_key("patient.id")
    source_system: str = Field(sa_type=sa.Text)
    source_key: str = Field(sa_type=sa.Text)
    source_hash: str = Field(sa_type=sa.Text)
    differs: dict[str, Any] = json_column()


class ImportJob(Table, table=True):
    """A file that somebody sent to be read in, and how far that is.

    While a runner works on it, `runner` names that runner and `heartbeat_at` moves on; a job that is checking or
    running without a recent heartbeat waits for one to take it up. `report` is of the last check, or of the import
    once it ran, as `hms.py import ... --json` prints it, with the first problems only (`problem_count` has all).
    It is JSON, not JSONB, to keep the order of the files.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        one_of("import_job", "kind", ImportKind),
        one_of("import_job", "status", ImportStatus),
        sa.CheckConstraint("done >= 0 AND total >= 0", name="progress_counts"),
        sa.CheckConstraint(
            "(status IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)",
            name="finished_when_over",
        ),
        sa.CheckConstraint(
            "(runner IS NULL) = (heartbeat_at IS NULL)"
            " AND (runner IS NULL OR status IN ('checking', 'running'))",
            name="runner_at_work",
        ),
        sa.Index(
            "ix_import_job_waiting", "id", postgresql_where=sa.text("status IN ('checking', 'running')")
        ),
        sa.UniqueConstraint("file_id", name="uq_import_job_file_id"),
        {"info": LIVE | unaudited("progress; what people do to an import is audited")},
    )

    kind: str = Field(sa_type=sa.Text)
    status: str = Field(
        default=ImportStatus.UPLOADED.value, sa_type=sa.Text, sa_column_kwargs={"server_default": "uploaded"}
    )
    file_id: int = foreign_key("stored_file.id")
    mapping: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'{}'::jsonb")}
    )
    place: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    done: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    total: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    report: dict[str, Any] = Field(
        default_factory=dict, sa_type=sa.JSON, sa_column_kwargs={"server_default": sa.text("'{}'::json")}
    )
    problem_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    problem: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    started_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    started_by: str = Field(sa_type=sa.Text)
    runner: str | None = Field(default=None, sa_type=sa.Text, nullable=True)
    created_at: dt.datetime = instant()
    started_at: dt.datetime | None = optional_instant()
    finished_at: dt.datetime | None = optional_instant()
    heartbeat_at: dt.datetime | None = optional_instant()
