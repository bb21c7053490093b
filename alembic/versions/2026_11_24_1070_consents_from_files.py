"""Consents may come from files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Let a consent say where it was read."""
    for name in ("source_system", "source_key", "source_hash"):
        op.add_column("patient_consent", sa.Column(name, sa.Text(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_patient_consent_source"), "patient_consent", ["source_system", "source_key"]
    )


def downgrade() -> None:
    """Forget where consents were read."""
    op.drop_constraint(op.f("uq_patient_consent_source"), "patient_consent", type_="unique")
    for name in ("source_hash", "source_key", "source_system"):
        op.drop_column("patient_consent", name)
