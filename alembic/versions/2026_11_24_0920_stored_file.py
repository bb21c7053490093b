"""Files the hospital keeps: their rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table of kept files."""
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_user_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "length(original_name) BETWEEN 1 AND 200 AND original_name !~ '[[:cntrl:]/\\\\]'",
            name=op.f("ck_stored_file_name_clean"),
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_stored_file_sha256_form")),
        sa.CheckConstraint("storage_key ~ '^[0-9a-f]{48}$'", name=op.f("ck_stored_file_storage_key_form")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_stored_file_size_positive")),
        sa.ForeignKeyConstraint(
            ["created_by_user_id"], ["app_user.id"], name=op.f("fk_stored_file_created_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("storage_key", name="uq_stored_file_storage_key"),
        info={"append_only": True},
    )


def downgrade() -> None:
    """Drop it; the files stay on disk."""
    op.drop_table("stored_file")
