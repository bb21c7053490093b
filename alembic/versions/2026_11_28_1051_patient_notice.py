"""What patients are told in the portal: that a sign-in was linked to their record, or unlinked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1051"
down_revision: str | None = "1050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "patient_notice",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('sign_in_opened', 'sign_in_closed')", name=op.f("ck_patient_notice_kind_known")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_notice_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_notice")),
    )
    op.create_index("ix_patient_notice_patient_id", "patient_notice", ["patient_id", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("patient_notice")
