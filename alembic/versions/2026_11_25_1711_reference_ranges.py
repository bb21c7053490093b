"""Measurements keep the reference range that came along with them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ("reference_low", "reference_high")


def upgrade() -> None:
    """Add both ends."""
    for name in COLUMNS:
        op.add_column("observation", sa.Column(name, sa.Numeric(), nullable=True))


def downgrade() -> None:
    """Forget both."""
    for name in COLUMNS:
        op.drop_column("observation", name)
