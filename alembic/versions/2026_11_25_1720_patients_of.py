"""What finds patients by others' rows holds only rows that count, so that they are counted without being opened."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDICES = (
    ("ix_encounter_patients_of_practitioner", "encounter", "practitioner_id", {}),
    ("ix_encounter_patients_of_department", "encounter", "department_id", {}),
    ("ix_condition_patients_of_code", "condition", "code", {}),
    ("ix_coverage_payer_id", "coverage", "payer_id", {"postgresql_include": ["starts_on", "ends_on"]}),
)
_COUNTS = {
    "encounter": "status IN ('in_progress', 'completed')",
    "condition": "status <> 'entered_in_error'",
    "coverage": "entered_in_error_at IS NULL",
}


def upgrade() -> None:
    """Apply."""
    for name, table, column, options in _INDICES:
        op.drop_index(name, table_name=table)
        op.create_index(
            name, table, [column, "patient_id"], postgresql_where=sa.text(_COUNTS[table]), **options
        )


def downgrade() -> None:
    """Undo."""
    for name, table, column, _ in _INDICES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, [column, "patient_id"])
