"""Rows of users and roles begin at version one by the database's own default, as all others do."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the defaults."""
    for table in ("app_user", "role"):
        op.alter_column(table, "version", server_default=sa.text("1"))


def downgrade() -> None:
    """Take them away."""
    for table in ("app_user", "role"):
        op.alter_column(table, "version", server_default=None)
