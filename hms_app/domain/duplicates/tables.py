"""Pairs who may be one person, the scans that find them, and the log of merges."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hms_app.core.table import (
    APPEND_ONLY,
    Table,
    foreign_key,
    instant,
    json_column,
    one_of,
    optional_instant,
    optional_text_column,
    stays_at_merge,
    text_column,
    unaudited,
    word_column,
)
from hms_app.domain.duplicates.values import DuplicateStatus, ScanStatus, StepOutcome


class PatientMerge(Table, table=True):
    """That one patient's record became part of another's; standing until it is undone.

    `choices` says for each field whose value the survivor got; `before` and `after` are the survivor's fields that
    changed by it. `kept` are the fields that an undoing left as somebody had changed them meanwhile.
    """

    __tablename__ = "patient_merge"
    __table_args__ = (
        sa.CheckConstraint("merged_id <> survivor_id", name="of_two"),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        sa.CheckConstraint("undone_at IS NULL OR undone_at >= merged_at", name="undone_afterwards"),
        sa.Index(
            "uq_patient_merge_standing",
            "merged_id",
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
        sa.Index("ix_patient_merge_survivor_id", "survivor_id", "id"),
        {"info": stays_at_merge("the merge log says what was")},
    )

    merged_id: int = foreign_key("patient.id")
    survivor_id: int = foreign_key("patient.id")
    merged_at: dt.datetime = instant()
    merged_by: str = Field(sa_type=sa.Text)
    merged_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    reason: str = text_column()
    choices: dict[str, str] = json_column()
    before: dict[str, Any] = json_column()
    after: dict[str, Any] = json_column()
    status_before: str = Field(sa_type=sa.Text)
    reason_before: str = text_column()
    steps: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    undone_at: dt.datetime | None = optional_instant()
    undone_by: str | None = optional_text_column()
    undone_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    undone_reason: str = text_column()
    kept: dict[str, Any] = json_column()


class PatientMergeStep(Table, table=True):
    """One row that a merge moved to the survivor, or had to leave; `before` and `after` are the columns it changed."""

    __tablename__ = "patient_merge_step"
    __table_args__ = (
        one_of("patient_merge_step", "outcome", StepOutcome),
        sa.UniqueConstraint("merge_id", "table_name", "row_id", name="uq_patient_merge_step_row"),
        {"info": APPEND_ONLY},
    )

    merge_id: int = foreign_key("patient_merge.id")
    table_name: str = Field(sa_type=sa.Text)
    row_id: int = Field(sa_type=sa.BigInteger)
    outcome: str = Field(sa_type=sa.Text)
    before: dict[str, Any] = json_column()
    after: dict[str, Any] = json_column()


class DuplicateScan(Table, table=True):
    """One walk over the register for duplicates: how far it is, so that a broken one goes on from there.

    `beat_at` is when it last committed; `stage` and `place` are what comes next.
    """

    __tablename__ = "duplicate_scan"
    __table_args__ = (
        one_of("duplicate_scan", "status", ScanStatus),
        sa.CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_when_over"),
        sa.Index(
            "uq_duplicate_scan_running",
            "status",
            unique=True,
            postgresql_where=sa.text("status = 'running'"),
        ),
        {"info": unaudited("progress; who started it is audited")},
    )

    status: str = word_column(ScanStatus.RUNNING.value)
    stage: str = text_column()
    place: list[str] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'[]'::jsonb")}
    )
    done: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    total: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    compared: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    left_out: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    started_at: dt.datetime = instant()
    started_by: str = Field(sa_type=sa.Text)
    beat_at: dt.datetime = instant()
    finished_at: dt.datetime | None = optional_instant()
    problem: str = text_column()


class PatientDuplicate(Table, table=True):
    """Two patients who may be one person: how likely, why, and what somebody decided.

    `weight` is in bits (`rules.matching`); `scan_id` is the last scan that found the pair.
    """

    __tablename__ = "patient_duplicate"
    __table_args__ = (
        one_of("patient_duplicate", "status", DuplicateStatus),
        sa.CheckConstraint("first_id < second_id", name="lower_first"),
        sa.UniqueConstraint("first_id", "second_id", name="uq_patient_duplicate_pair"),
        sa.CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        sa.Index("ix_patient_duplicate_worklist", "status", sa.text("weight DESC"), "id"),
        sa.Index("ix_patient_duplicate_second_id", "second_id"),
        {
            "info": unaudited("derived from the register; decisions are audited")
            | stays_at_merge("a pair is about these two records")
        },
    )

    first_id: int = foreign_key("patient.id")
    second_id: int = foreign_key("patient.id")
    weight: Decimal = Field(sa_type=sa.Numeric(7, 2))
    reasons: list[str] = Field(default_factory=list, sa_type=JSONB)
    doubts: list[str] = Field(default_factory=list, sa_type=JSONB)
    status: str = word_column(DuplicateStatus.OPEN.value)
    scan_id: int | None = foreign_key("duplicate_scan.id", default=None, nullable=True)
    found_at: dt.datetime = instant()
    decided_at: dt.datetime | None = optional_instant()
    decided_by: str = text_column()
    decided_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    decided_reason: str = text_column()
