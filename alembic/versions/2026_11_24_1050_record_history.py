"""The audit trail: a record's changes, and who looked at it, each by an index of their own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index(
        "ix_audit_entry_patient_change",
        "audit_entry",
        ["patient_id", "id"],
        postgresql_where=sa.text("patient_id IS NOT NULL AND action <> 'patients.record.accessed'"),
    )
    op.create_index(
        "ix_audit_entry_patient_look",
        "audit_entry",
        ["patient_id", "id"],
        postgresql_where=sa.text("action = 'patients.record.accessed'"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_audit_entry_patient_look", table_name="audit_entry")
    op.drop_index("ix_audit_entry_patient_change", table_name="audit_entry")
