"""Patients keep the key of the form that registered them, so that the same form registers once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the key."""
    op.add_column("patient", sa.Column("registration_key", sa.Text(), nullable=True))
    op.create_unique_constraint("uq_patient_registration_key", "patient", ["registration_key"])


def downgrade() -> None:
    """Drop it."""
    op.drop_column("patient", "registration_key")
