"""A form that was sent is known by its key in a table of its own, whatever it asks for.

The keys that registered patients until now are not taken along: a key counts while its form may be sent again, which
is over with the restart that brings this, and what was typed, which the new table keeps a digest of, is not known any
more. Whoever sends such a form once more all the same is asked first whether it is the person registered just now, as
for anybody who looks alike. Patients from lists are known by their source, as their rows say.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1080"
down_revision: str | None = "1070"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table and drop the column of patients."""
    op.create_table(
        "command",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("result_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_command")),
    )
    op.create_index("ix_command_at", "command", ["at"])
    op.drop_column("patient", "registration_key")


def downgrade() -> None:
    """Give patients their keys back: those of forms from the table, those of lists from their source."""
    op.add_column("patient", sa.Column("registration_key", sa.Text(), nullable=True))
    op.execute("UPDATE patient SET registration_key = source_key WHERE source_system = 'patient_list'")
    op.execute(
        "UPDATE patient SET registration_key = command.key FROM command"
        " WHERE command.command = 'patients.register_patient' AND command.result_id = patient.id"
        " AND patient.registration_key IS NULL"
    )
    op.create_unique_constraint("uq_patient_registration_key", "patient", ["registration_key"])
    op.drop_table("command")
