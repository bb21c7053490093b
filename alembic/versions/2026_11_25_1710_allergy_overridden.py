"""A medicine that is recorded in spite of an allergy keeps what was warned of, and why it is given all the same."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the warning and its reason: both, or neither."""
    for name in ("allergy_warning", "allergy_reason"):
        op.add_column("medication_request", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(
        op.f("ck_medication_request_allergy_warning_has_reason"),
        "medication_request",
        "(allergy_warning = '') = (allergy_reason = '')",
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_constraint(
        op.f("ck_medication_request_allergy_warning_has_reason"), "medication_request", type_="check"
    )
    for name in ("allergy_warning", "allergy_reason"):
        op.drop_column("medication_request", name)
