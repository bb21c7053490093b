"""The scan for duplicates walks over phones number by number."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_patient_contact_point_phone",
        "patient_contact_point",
        ["digits", "patient_id"],
        postgresql_where=sa.text("system = 'phone'"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_patient_contact_point_phone", table_name="patient_contact_point")
