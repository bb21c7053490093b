"""The rows of files that are kept."""

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field

from hms_app.core import clock
from hms_app.core.table import APPEND_ONLY, Table, foreign_key, instant
from hms_app.domain.files.values import LONGEST_NAME


class StoredFile(Table, table=True):
    """A file on disk, named there by its random `storage_key`; neither the row nor the file ever changes."""

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.UniqueConstraint("storage_key", name="uq_stored_file_storage_key"),
        sa.CheckConstraint("storage_key ~ '^[0-9a-f]{48}$'", name="storage_key_form"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        sa.CheckConstraint("size_bytes > 0", name="size_positive"),
        sa.CheckConstraint(
            f"length(original_name) BETWEEN 1 AND {LONGEST_NAME} AND original_name !~ '[[:cntrl:]/\\\\]'",
            name="name_clean",
        ),
        {"info": APPEND_ONLY},
    )

    storage_key: str = Field(sa_type=sa.Text)
    sha256: str = Field(sa_type=sa.Text)
    size_bytes: int = Field(sa_type=sa.BigInteger)
    media_type: str = Field(sa_type=sa.Text)
    original_name: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant(default_factory=clock.now)
    created_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
