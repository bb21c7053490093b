"""Every role's code and every link of a sign-in to a record has its entry in the trail, so that `verify` can compare.

What there is gets one, as it is.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "1081"
down_revision: str | None = "1080"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ENTRIES = """
INSERT INTO audit_entry
    (occurred_at, actor_name, ip_address, action, subject_type, subject_id, after, previous_hash, hash)
SELECT clock_timestamp(), 'system: migration', '', '{action}', '{table}', id, jsonb_build_object(
    '{column}', {column}, '_salt', left(replace(gen_random_uuid()::text, '-', ''), 16)), '', ''
FROM {table} WHERE {column} IS NOT NULL ORDER BY id
"""
FOUND = (
    ("security.role.carried_over", "role", "code"),
    ("security.sign_in.carried_over", "app_user", "patient_id"),
)


def upgrade() -> None:
    """Write an entry for each."""
    for action, table, column in FOUND:
        op.execute(ENTRIES.format(action=action, table=table, column=column))


def downgrade() -> None:
    """Entries stay, as all do."""
