"""The columns of rows that people change one by one, and what of commands is kept so that each happens once."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from hms_app.core.table import READ_ONLY, foreign_key, instant, optional_instant, unaudited


class Versioned(SQLModel):
    """A row that is changed under its version: whoever saves second is told of who saved first."""

    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})

    def derived(self) -> dict[str, Any]:
        """Columns that follow from the others, such as a folded name; set at each save, and no news to the trail."""
        return {}

    def under_patient(self) -> int | None:
        """Whose record the trail keeps what becomes of this row under; None for a row about nobody's health."""
        return None


class Retractable(SQLModel):
    """A row that can turn out to be an error: it stays, with who said so, when and why; nothing counts it any more."""

    recorded_at: dt.datetime | None = optional_instant(sa_column_kwargs={"server_default": sa.func.now()})
    recorded_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    entered_in_error_at: dt.datetime | None = optional_instant()
    entered_in_error_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    entered_in_error_reason: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})


def error_has_reason() -> sa.CheckConstraint:
    """A row is an error when somebody said why, and only then."""
    return sa.CheckConstraint(
        "(entered_in_error_at IS NULL) = (entered_in_error_reason = '')", name="error_has_reason"
    )


class LifeCycleMove(SQLModel, table=True):
    """A step that rows of a table may take; the trigger `ensure_known_move` reads it. Migrations alone write it."""

    __tablename__ = "life_cycle_move"
    __table_args__ = ({"info": READ_ONLY},)

    table_name: str = Field(sa_type=sa.Text, primary_key=True)
    from_status: str = Field(sa_type=sa.Text, primary_key=True)
    to_status: str = Field(sa_type=sa.Text, primary_key=True)


class Command(SQLModel, table=True):
    """A command that was done: the key its form brought, who sent it, a digest of what it said, what came of it.

    It holds ids and digests, never what people typed. A job forgets old ones.
    """

    __tablename__ = "command"
    __table_args__ = (
        sa.Index("ix_command_at", "at"),
        {"info": unaudited("working memory; what a command does has its own entry")},
    )

    key: str = Field(sa_type=sa.Text, primary_key=True)
    command: str = Field(sa_type=sa.Text)
    user_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    digest: str = Field(sa_type=sa.Text)
    result_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    """The id of the row that came of it; NULL only while it is being done."""
    at: dt.datetime = instant()
