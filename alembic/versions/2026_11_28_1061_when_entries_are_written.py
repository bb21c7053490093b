"""Entries of the trail say when they were written, and are refused when they are dated otherwise."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1061"
down_revision: str | None = "1051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHAIN_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_entry_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.audit_chain_head%ROWTYPE;
BEGIN
    SELECT * INTO STRICT head FROM public.audit_chain_head WHERE id = 1 FOR UPDATE;
    NEW.written_at := clock_timestamp();
    IF NEW.occurred_at > NEW.written_at + head.tolerance THEN
        RAISE EXCEPTION 'An entry of the trail is dated ahead of now.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_audit_entry_dated', TABLE = 'audit_entry';
    END IF;
    -- A clock that was put back is behind the last entry: then it is the clock that counts, or nobody could write.
    IF NEW.occurred_at < least(NEW.written_at, head.last_written_at) - head.tolerance THEN
        RAISE EXCEPTION 'An entry of the trail is dated before the last one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_audit_entry_dated', TABLE = 'audit_entry';
    END IF;
    NEW.id := head.last_id + 1;
    NEW.previous_hash := head.last_hash;
    NEW.hash := encode(sha256(convert_to(NEW.previous_hash || jsonb_build_array(
        NEW.id, to_char(NEW.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), NEW.actor_user_id,
        NEW.actor_name, NEW.session_id, NEW.ip_address, NEW.action, NEW.subject_type, NEW.subject_id,
        NEW.patient_id, NEW.before, NEW.after, NEW.reason,
        to_char(NEW.written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
    )::text, 'UTF8')), 'hex');
    UPDATE public.audit_chain_head
    SET last_id = NEW.id, last_hash = NEW.hash, last_written_at = NEW.written_at WHERE id = 1;
    RETURN NEW;
END $$
"""

OLDER_CHAIN_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_entry_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.audit_chain_head%ROWTYPE;
BEGIN
    SELECT * INTO STRICT head FROM public.audit_chain_head WHERE id = 1 FOR UPDATE;
    NEW.id := head.last_id + 1;
    NEW.previous_hash := head.last_hash;
    NEW.hash := encode(sha256(convert_to(NEW.previous_hash || jsonb_build_array(
        NEW.id, to_char(NEW.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), NEW.actor_user_id,
        NEW.actor_name, NEW.session_id, NEW.ip_address, NEW.action, NEW.subject_type, NEW.subject_id,
        NEW.patient_id, NEW.before, NEW.after, NEW.reason
    )::text, 'UTF8')), 'hex');
    UPDATE public.audit_chain_head SET last_id = NEW.id, last_hash = NEW.hash WHERE id = 1;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Earlier entries stay as they are, without a time of writing: their hashes are over what they had."""
    op.add_column("audit_entry", sa.Column("written_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("audit_chain_head", sa.Column("last_written_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "audit_chain_head",
        sa.Column("tolerance", sa.Interval(), nullable=False, server_default=sa.text("'00:02:00'")),
    )
    op.execute(CHAIN_FUNCTION)


def downgrade() -> None:
    """Hashes of the entries written meanwhile no longer verify: the trail is not made to be walked back."""
    op.execute(OLDER_CHAIN_FUNCTION)
    op.drop_column("audit_chain_head", "tolerance")
    op.drop_column("audit_chain_head", "last_written_at")
    op.drop_column("audit_entry", "written_at")
