"""What every table shares: names for its constraints and columns that cannot be misread."""

from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

APPEND_ONLY: Final = {"append_only": True}
"""`__table_args__` info: the application's role may read and add rows, never change or delete them."""

READ_ONLY: Final = {"read_only": True}
"""`__table_args__` info: the application's role may only read; migrations write."""


LIVE: Final = {"live": True}
"""`__table_args__` info: unaudited writes to this table are news to the screens that show it all the same."""


def unaudited(reason: str) -> dict[str, str]:
    """`__table_args__` info: writes to this table need no audit entry, for `reason`."""
    return {"unaudited": reason}


def stays_at_merge(reason: str) -> dict[str, str]:
    """`__table_args__` info: these rows keep their patient when it is merged into another, for `reason`.

    The rows of every other table with a foreign key to `patient.id` go to the survivor.
    """
    return {"stays_at_merge": reason}


class Table(SQLModel):
    """The base of every table class; subclasses say `table=True`."""

    id: int | None = Field(
        default=None, sa_type=sa.BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": True}
    )

    @property
    def key(self) -> int:
        """The primary key of a row that has been flushed."""
        if self.id is None:
            raise RuntimeError(f"{type(self).__name__} has no key before it is flushed.")
        return self.id


class Sourced(SQLModel):
    """Where a row came from when it was read from a file; all three are NULL for what people typed here."""

    source_system: str | None = Field(default=None, sa_type=sa.Text)
    source_key: str | None = Field(default=None, sa_type=sa.Text)
    source_hash: str | None = Field(default=None, sa_type=sa.Text)


def sourced_once(table: str) -> sa.UniqueConstraint:
    """One row of `table` for each key of each source, so that reading a file again changes nothing."""
    return sa.UniqueConstraint("source_system", "source_key", name=f"uq_{table}_source")


def instant(**options: Any) -> Any:
    """A required instant, stored as `timestamptz` in UTC."""
    return Field(sa_type=sa.DateTime(timezone=True), **options)


def optional_instant(**options: Any) -> Any:
    """An instant that may be unknown."""
    return Field(default=None, sa_type=sa.DateTime(timezone=True), nullable=True, **options)


def foreign_key(target: str, **options: Any) -> Any:
    """A bigint reference to `target` ("table.column")."""
    return Field(sa_type=sa.BigInteger, foreign_key=target, **options)


def one_of(table: str, column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    """A check that `column` holds one of the enum's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def not_blank(column: str) -> sa.CheckConstraint:
    """A check that a text says something."""
    return sa.CheckConstraint(f"btrim({column}) <> ''", name=f"{column}_not_blank")


def text_column() -> Any:
    """A text that may be empty."""
    return Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})


def optional_text_column() -> Any:
    """A text that may be unknown."""
    return Field(default=None, sa_type=sa.Text, nullable=True)


def json_column() -> Any:
    """Named values as JSON, none at first."""
    return Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'{}'::jsonb")}
    )


def word_column(default: str) -> Any:
    """A fixed word, such as a status, that is `default` at first."""
    return Field(default=default, sa_type=sa.Text, sa_column_kwargs={"server_default": default})


def flag_column(default: bool) -> Any:
    """Yes or no, `default` at first."""
    return Field(default=default, sa_column_kwargs={"server_default": sa.true() if default else sa.false()})


def count_column(default: int) -> Any:
    """A whole number that is `default` at first."""
    return Field(default=default, sa_column_kwargs={"server_default": str(default)})


def optional_key(target: str) -> Any:
    """A bigint reference that may be missing."""
    return foreign_key(target, default=None, nullable=True)
