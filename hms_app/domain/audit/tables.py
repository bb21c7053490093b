"""The append-only trail and the head of its chain."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hms_app.core.errors import refused_by
from hms_app.core.table import APPEND_ONLY, Table, instant, optional_instant, unaudited

refused_by(
    "ck_audit_entry_dated",
    "The clocks of the hospital's server and of its database differ by minutes, so nothing was saved. Let both follow"
    " a time server, then try again.",
)


class AuditEntry(Table, table=True):
    """One entry; the database numbers and hashes it, and refuses to change or remove it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.CheckConstraint("length(hash) = 64 AND length(previous_hash) = 64", name="hash_length"),
        sa.Index("ix_audit_entry_actor", "actor_user_id", "id"),
        sa.Index("ix_audit_entry_action", "action", "id", postgresql_ops={"action": "text_pattern_ops"}),
        sa.Index(
            "ix_audit_entry_patient", "patient_id", "id", postgresql_where=sa.text("patient_id IS NOT NULL")
        ),
        sa.Index(
            "ix_audit_entry_patient_change",
            "patient_id",
            "id",
            postgresql_where=sa.text("patient_id IS NOT NULL AND action <> 'patients.record.accessed'"),
        ),
        sa.Index(
            "ix_audit_entry_patient_look",
            "patient_id",
            "id",
            postgresql_where=sa.text("action = 'patients.record.accessed'"),
        ),
        sa.Index("ix_audit_entry_subject", "subject_type", "subject_id", "id"),
        sa.Index("ix_audit_entry_occurred", "occurred_at", "id"),
        sa.Index("ix_audit_entry_session", "session_id"),
        {"info": APPEND_ONLY | unaudited("the trail itself")},
    )
    id: int | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.BigInteger, primary_key=True, autoincrement=False, server_default=sa.text("0")
        ),
    )
    occurred_at: dt.datetime = instant()
    actor_user_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    actor_name: str = Field(sa_type=sa.Text)
    session_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    ip_address: str = Field(default="", sa_type=sa.Text)
    action: str = Field(sa_type=sa.Text)
    subject_type: str = Field(sa_type=sa.Text)
    subject_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    patient_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    reason: str | None = Field(default=None, sa_type=sa.Text)
    written_at: dt.datetime | None = optional_instant()
    """By the database's own clock; entries from before there was this column have none."""
    previous_hash: str = Field(sa_type=sa.Text)
    hash: str = Field(sa_type=sa.Text)


class AuditChainHead(Table, table=True):
    """The one row that says where the chain ends; only the database's own trigger writes it."""

    __tablename__ = "audit_chain_head"
    __table_args__ = (
        sa.CheckConstraint("id = 1", name="single"),
        {"info": APPEND_ONLY | unaudited("the trail itself")},
    )
    last_id: int = Field(sa_type=sa.BigInteger)
    last_hash: str = Field(sa_type=sa.Text)
    last_written_at: dt.datetime | None = optional_instant()
    tolerance: dt.timedelta = Field(
        sa_type=sa.Interval, sa_column_kwargs={"server_default": sa.text("'00:02:00'")}
    )
    """How far an entry's date may be ahead of now, or before the last entry: the clocks of two machines differ."""
