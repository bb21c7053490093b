"""The catalogue: what can be booked, ordered and sold."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1070"
down_revision: str | None = "1063"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CATEGORIES = "'service', 'procedure', 'laboratory', 'imaging', 'medicine', 'supply', 'equipment', 'accommodation', 'other'"


def upgrade() -> None:
    """Make the table of catalogue items."""
    op.create_table(
        "catalogue_item",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint(f"category IN ({CATEGORIES})", name=op.f("ck_catalogue_item_category_known")),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_catalogue_item_name_not_blank")),
        sa.CheckConstraint(
            "code ~ '^[A-Za-z0-9][A-Za-z0-9./+-]{0,31}$'", name=op.f("ck_catalogue_item_code_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_item")),
    )
    op.create_index("uq_catalogue_item_code", "catalogue_item", [sa.text("lower(code)")], unique=True)
    op.create_index("ix_catalogue_item_list", "catalogue_item", ["name_key", "id"])
    op.create_index("ix_catalogue_item_category", "catalogue_item", ["category", "name_key", "id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("catalogue_item")
