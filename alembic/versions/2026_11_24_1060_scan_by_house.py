"""The scan for duplicates walks over addresses house by house."""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_patient_address_house", "patient_address", ["postal_code", "address_line", "patient_id"]
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_patient_address_house", table_name="patient_address")
