"""Audit trail, users, roles and sessions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GENESIS = "0" * 64

CHAIN_FUNCTION = """
CREATE FUNCTION audit_entry_chain() RETURNS trigger
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

REFUSE_FUNCTION = """
CREATE FUNCTION audit_entry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is never changed.' USING ERRCODE = 'insufficient_privilege';
END $$
"""

ADMINISTRATOR_REMAINS_FUNCTION = """
CREATE FUNCTION ensure_administrator_remains() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    today date;
BEGIN
    IF TG_TABLE_NAME = 'app_user' THEN
        PERFORM FROM user_role h JOIN role r ON r.id = h.role_id WHERE h.user_id = OLD.id AND r.code = 'administrator';
    ELSE
        PERFORM FROM role r WHERE r.id = OLD.role_id AND r.code = 'administrator';
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- One removal at a time, held to the commit: two at once would each count the other's administrator.
    PERFORM pg_advisory_xact_lock(7310579613281);
    today := (now() AT TIME ZONE coalesce((SELECT zone_name FROM hospital WHERE id = 1), 'UTC'))::date;
    PERFORM FROM user_role h JOIN role r ON r.id = h.role_id JOIN app_user u ON u.id = h.user_id
    WHERE r.code = 'administrator' AND u.status = 'active'
        AND h.starts_on <= today AND h.ends_on IS NULL AND h.ended_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The last administrator cannot be removed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_user_role_last_administrator', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""

ADMINISTRATOR_KEEPS_FUNCTION = """
CREATE FUNCTION ensure_administrator_rights() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM role WHERE id = OLD.role_id AND code = 'administrator';
    IF FOUND AND OLD.permission IN (
        'security:user:read', 'security:user:invite', 'security:user:edit', 'security:user:disable',
        'security:role:read', 'security:role:assign', 'security:role:edit'
    ) THEN
        RAISE EXCEPTION 'The administrator role keeps its rights over users and roles.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_role_permission_administrator_keeps';
    END IF;
    RETURN NULL;
END $$
"""

BUILTIN_ROLE_FUNCTION = """
CREATE FUNCTION ensure_builtin_role_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_builtin AND (TG_OP = 'DELETE' OR NEW.code <> OLD.code OR NOT NEW.is_builtin) THEN
        RAISE EXCEPTION 'A built-in role cannot be removed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_role_builtin_kept';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""

TRIGGERS = (
    """CREATE TRIGGER audit_entry_chain BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_chain()""",
    """CREATE TRIGGER audit_entry_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse_change()""",
    """CREATE TRIGGER audit_chain_head_kept BEFORE DELETE OR TRUNCATE ON audit_chain_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse_change()""",
    """CREATE TRIGGER app_user_administrator_remains AFTER UPDATE OF status ON app_user
    FOR EACH ROW WHEN (OLD.status = 'active' AND NEW.status <> 'active')
    EXECUTE FUNCTION ensure_administrator_remains()""",
    """CREATE TRIGGER user_role_administrator_remains AFTER UPDATE OR DELETE ON user_role
    FOR EACH ROW EXECUTE FUNCTION ensure_administrator_remains()""",
    """CREATE TRIGGER role_permission_administrator_keeps AFTER UPDATE OR DELETE ON role_permission
    FOR EACH ROW EXECUTE FUNCTION ensure_administrator_rights()""",
    """CREATE TRIGGER role_builtin_kept BEFORE UPDATE OR DELETE ON role
    FOR EACH ROW EXECUTE FUNCTION ensure_builtin_role_kept()""",
)
FUNCTIONS = (
    "audit_entry_chain",
    "audit_entry_refuse_change",
    "ensure_administrator_remains",
    "ensure_administrator_rights",
    "ensure_builtin_role_kept",
)


def upgrade() -> None:
    """Make the tables, then what guards them."""
    _make_tables()
    op.execute(f"INSERT INTO audit_chain_head (id, last_id, last_hash) VALUES (1, 0, '{GENESIS}')")
    for statement in (
        CHAIN_FUNCTION,
        REFUSE_FUNCTION,
        ADMINISTRATOR_REMAINS_FUNCTION,
        ADMINISTRATOR_KEEPS_FUNCTION,
        BUILTIN_ROLE_FUNCTION,
        *TRIGGERS,
    ):
        op.execute(statement)


def _make_tables() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email LIKE '%_@_%'", name=op.f("ck_app_user_email_form")),
        sa.CheckConstraint(
            "status <> 'active' OR password_hash IS NOT NULL", name=op.f("ck_app_user_active_has_password")
        ),
        sa.CheckConstraint(
            "status IN ('invited', 'active', 'disabled')", name=op.f("ck_app_user_status_known")
        ),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_app_user_name_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
    )
    op.create_index("ix_app_user_name", "app_user", ["search_name", "id"], unique=False)
    op.create_index("ix_app_user_patient", "app_user", ["patient_id"], unique=False)
    op.create_index("uq_app_user_email", "app_user", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "audit_chain_head",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_chain_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain_head")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("0"), autoincrement=False, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("before", JSONB(none_as_null=True), nullable=True),
        sa.Column("after", JSONB(none_as_null=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(hash) = 64 AND length(previous_hash) = 64", name=op.f("ck_audit_entry_hash_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        "ix_audit_entry_action",
        "audit_entry",
        ["action", "id"],
        unique=False,
        postgresql_ops={"action": "text_pattern_ops"},
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_user_id", "id"], unique=False)
    op.create_index("ix_audit_entry_occurred", "audit_entry", ["occurred_at", "id"], unique=False)
    op.create_index(
        "ix_audit_entry_patient",
        "audit_entry",
        ["patient_id", "id"],
        unique=False,
        postgresql_where=sa.text("patient_id IS NOT NULL"),
    )
    op.create_index("ix_audit_entry_session", "audit_entry", ["session_id"], unique=False)
    op.create_index(
        "ix_audit_entry_subject", "audit_entry", ["subject_type", "subject_id", "id"], unique=False
    )
    op.create_table(
        "clinic_word",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_word")),
        sa.UniqueConstraint("word", name="uq_clinic_word_word"),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_builtin", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_role_name_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name="uq_role_code"),
    )
    op.create_index("uq_role_name", "role", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "seeded_permission",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seeded_permission")),
        sa.UniqueConstraint("permission", name="uq_seeded_permission_permission"),
    )
    op.create_table(
        "setup_code",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_code")),
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_throttle")),
        sa.UniqueConstraint("subject", name="uq_sign_in_throttle_subject"),
    )
    op.create_index("ix_sign_in_throttle_last", "sign_in_throttle", ["last_failed_at"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_invitation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token"),
    )
    op.create_index("ix_invitation_user", "invitation", ["user_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_user", "notice", ["user_id", "id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name="uq_recovery_code_once"),
    )
    op.create_table(
        "role_permission",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_permission_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_permission")),
        sa.UniqueConstraint("role_id", "permission", name="uq_role_permission_once"),
    )
    op.create_table(
        "totp_device",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("encrypted_secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_counter", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_totp_device_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp_device")),
        sa.UniqueConstraint("user_id", name="uq_totp_device_user"),
    )
    op.create_table(
        "user_role",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_user_role_period")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_user_role_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_role_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_role")),
    )
    op.create_index("ix_user_role_role", "user_role", ["role_id"], unique=False)
    op.create_index("ix_user_role_user", "user_role", ["user_id"], unique=False)
    op.create_index(
        "uq_user_role_open",
        "user_role",
        ["user_id", "role_id"],
        unique=True,
        postgresql_where=sa.text("ends_on IS NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reauthenticated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name="uq_user_session_token"),
    )
    op.create_index("ix_user_session_user", "user_session", ["user_id", "id"], unique=False)


def downgrade() -> None:
    """Drop the tables and their functions."""
    op.drop_index("ix_user_session_user", table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(
        "uq_user_role_open",
        table_name="user_role",
        postgresql_where=sa.text("ends_on IS NULL AND ended_at IS NULL"),
    )
    op.drop_index("ix_user_role_user", table_name="user_role")
    op.drop_index("ix_user_role_role", table_name="user_role")
    op.drop_table("user_role")
    op.drop_table("totp_device")
    op.drop_table("role_permission")
    op.drop_table("recovery_code")
    op.drop_index("ix_notice_user", table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_invitation_user", table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_sign_in_throttle_last", table_name="sign_in_throttle")
    op.drop_table("sign_in_throttle")
    op.drop_table("setup_code")
    op.drop_table("seeded_permission")
    op.drop_index("uq_role_name", table_name="role")
    op.drop_table("role")
    op.drop_table("clinic_word")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index("ix_audit_entry_session", table_name="audit_entry")
    op.drop_index(
        "ix_audit_entry_patient", table_name="audit_entry", postgresql_where=sa.text("patient_id IS NOT NULL")
    )
    op.drop_index("ix_audit_entry_occurred", table_name="audit_entry")
    op.drop_index("ix_audit_entry_actor", table_name="audit_entry")
    op.drop_index(
        "ix_audit_entry_action", table_name="audit_entry", postgresql_ops={"action": "text_pattern_ops"}
    )
    op.drop_table("audit_entry")
    op.drop_table("audit_chain_head")
    op.drop_index("uq_app_user_email", table_name="app_user")
    op.drop_index("ix_app_user_patient", table_name="app_user")
    op.drop_index("ix_app_user_name", table_name="app_user")
    op.drop_table("app_user")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
