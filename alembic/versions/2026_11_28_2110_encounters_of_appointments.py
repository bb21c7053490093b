"""An encounter names the appointment and the place in a queue that it was planned from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1110"
down_revision: str | None = "1100"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add both, each of one encounter at most."""
    for column, target in (("appointment_id", "appointment"), ("queue_entry_id", "queue_entry")):
        op.add_column("encounter", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_encounter_{column}"), "encounter", target, [column], ["id"])
        op.create_unique_constraint(f"uq_encounter_{target}", "encounter", [column])


def downgrade() -> None:
    """Take both away."""
    for column, target in (("queue_entry_id", "queue_entry"), ("appointment_id", "appointment")):
        op.drop_constraint(f"uq_encounter_{target}", "encounter", type_="unique")
        op.drop_constraint(op.f(f"fk_encounter_{column}"), "encounter", type_="foreignkey")
        op.drop_column("encounter", column)
