"""Whom lists and searches showed, and the looks at one record that are not screens: downloads, opened documents."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision: str = "1050"
down_revision: str | None = "1060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LOOKS = "'patients.record.accessed', 'interop.record.exported', 'clinical.document.opened'"

COMPLETE_FUNCTION = """
CREATE FUNCTION audit_shown_complete() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- All rows of an entry come in one statement: what was there before would make the digest another one.
    PERFORM FROM (
        SELECT entry_id, count(*) AS number,
            encode(sha256(convert_to(string_agg(patient_id::text, ',' ORDER BY patient_id), 'UTF8')), 'hex') AS digest
        FROM added GROUP BY entry_id
    ) s LEFT JOIN audit_entry e ON e.id = s.entry_id
    WHERE e.after->>'_digest' IS DISTINCT FROM s.digest;
    IF FOUND THEN
        RAISE EXCEPTION 'These are not the patients of the entry.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_audit_shown_complete', TABLE = 'audit_shown';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    """CREATE TRIGGER audit_shown_complete AFTER INSERT ON audit_shown
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_shown_complete()""",
    """CREATE TRIGGER audit_shown_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_shown
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse_change()""",
)


def upgrade() -> None:
    """Make the tables and what guards them; the indices of looks and changes are made anew."""
    op.create_table(
        "audit_shown",
        sa.Column("patient_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "entry_id", name=op.f("pk_audit_shown")),
    )
    op.create_index(
        "ix_audit_shown_entry_id",
        "audit_shown",
        ["entry_id"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )
    op.create_table(
        "typed_search",
        sa.Column("session_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=False),
        sa.Column("told", JSONB(none_as_null=True), nullable=False),
        sa.Column("shown", ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "place", name=op.f("pk_typed_search")),
    )
    op.create_index("ix_typed_search_asked_at", "typed_search", ["asked_at"])
    for statement in (COMPLETE_FUNCTION, *TRIGGERS):
        op.execute(statement)
    _index(look=f"action IN ({LOOKS})", change=f"action NOT IN ({LOOKS})")


def downgrade() -> None:
    """Drop them; the indices are as they were."""
    _index(look="action = 'patients.record.accessed'", change="action <> 'patients.record.accessed'")
    op.drop_table("typed_search")
    op.drop_table("audit_shown")
    op.execute("DROP FUNCTION audit_shown_complete()")


def _index(*, look: str, change: str) -> None:
    op.drop_index("ix_audit_entry_patient_look", table_name="audit_entry")
    op.drop_index("ix_audit_entry_patient_change", table_name="audit_entry")
    op.create_index(
        "ix_audit_entry_patient_change",
        "audit_entry",
        ["patient_id", "id"],
        postgresql_where=sa.text(f"patient_id IS NOT NULL AND {change}"),
    )
    op.create_index(
        "ix_audit_entry_patient_look",
        "audit_entry",
        ["patient_id", "id"],
        postgresql_where=sa.text(look),
    )
