"""The append-only trail, the head of its chain, and whom the lists in it showed."""

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from hms_app.core.errors import refused_by
from hms_app.core.table import APPEND_ONLY, Table, instant, optional_instant, unaudited
from hms_app.domain.audit.values import LOOKS

refused_by(
    "ck_audit_entry_dated",
    "The clocks of the hospital's server and of its database differ by minutes, so nothing was saved. Let both follow"
    " a time server, then try again.",
)
IS_LOOK: Final = f"action IN ({', '.join(repr(action) for action in LOOKS)})"
"""Which entries are looks at one patient's record, in the words of the indices that find them."""
IS_CHANGE: Final = f"action NOT IN ({', '.join(repr(action) for action in LOOKS)})"


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
            postgresql_where=sa.text(f"patient_id IS NOT NULL AND {IS_CHANGE}"),
        ),
        sa.Index(
            "ix_audit_entry_patient_look",
            "patient_id",
            "id",
            postgresql_where=sa.text(IS_LOOK),
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


class AuditShown(SQLModel, table=True):
    """That the list of an entry showed a patient; the entry holds the digest of all of them, so that none can be
    added or taken away unnoticed. The database takes the rows of an entry once, and only if the digest fits.
    """

    __tablename__ = "audit_shown"
    __table_args__ = (
        sa.Index(
            "ix_audit_shown_entry_id",
            "entry_id",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
        {"info": APPEND_ONLY | unaudited("the trail itself")},
    )
    patient_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    entry_id: int = Field(sa_type=sa.BigInteger, primary_key=True)


class TypedSearch(SQLModel, table=True):
    """The latest search of a session at a place, while somebody may still be typing; once settled it is an entry.

    `started_at` is when the first search was typed of those that this one followed within seconds.
    """

    __tablename__ = "typed_search"
    __table_args__ = (
        sa.Index("ix_typed_search_asked_at", "asked_at"),
        {"info": unaudited("a search that is still typed; settled ones go to the trail")},
    )
    session_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    place: str = Field(sa_type=sa.Text, primary_key=True)
    started_at: dt.datetime = instant()
    asked_at: dt.datetime = instant()
    actor_user_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    actor_name: str = Field(sa_type=sa.Text)
    ip_address: str = Field(sa_type=sa.Text)
    told: dict[str, Any] = Field(sa_type=JSONB(none_as_null=True), nullable=False)
    shown: list[int] = Field(sa_type=ARRAY(sa.BigInteger), nullable=False)
