"""An encounter names the appointment and the place in a queue that it was planned from; an index of lengths of visits."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1110"
down_revision: str | None = "1100"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add them; each appointment and place is of one encounter at most."""
    for column, target in (("appointment_id", "appointment"), ("queue_entry_id", "queue_entry")):
        op.add_column("encounter", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_encounter_{column}"), "encounter", target, [column], ["id"])
        op.create_unique_constraint(f"uq_encounter_{target}", "encounter", [column])
    op.create_index(
        "ix_queue_entry_lengths",
        "queue_entry",
        ["service_id", "finished_at"],
        postgresql_where=sa.text("status = 'done'"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_queue_entry_lengths", table_name="queue_entry")
    for column, target in (("queue_entry_id", "queue_entry"), ("appointment_id", "appointment")):
        op.drop_constraint(f"uq_encounter_{target}", "encounter", type_="unique")
        op.drop_constraint(op.f(f"fk_encounter_{column}"), "encounter", type_="foreignkey")
        op.drop_column("encounter", column)
