"""Whatever happened, its date may be known in part: visits, reports, procedures, care plans, devices, supplies, images."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    *("encounter", "diagnostic_report", "procedure", "care_plan"),
    *("device_use", "supply_use", "imaging_study"),
)
COLUMNS = ("occurred_precision", "ended_precision")


def upgrade() -> None:
    """Add the columns; what is there is known to the day."""
    for table in TABLES:
        for column in COLUMNS:
            op.add_column(table, sa.Column(column, sa.Text(), server_default="day", nullable=False))
            op.create_check_constraint(
                op.f(f"ck_{table}_{column}_known"),
                table,
                f"{column} IN ('day', 'month', 'year', 'unknown')",
            )


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        for column in COLUMNS:
            op.drop_column(table, column)
