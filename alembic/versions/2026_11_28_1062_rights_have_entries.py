"""Every given right has its entry in the trail: what there is gets one, and the database refuses what has none."""

from collections.abc import Sequence

from alembic import op

revision: str = "1062"
down_revision: str | None = "1061"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE_TOLD_FUNCTION = """
CREATE FUNCTION ensure_role_is_told() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed bigint;
    held jsonb;
    told jsonb;
BEGIN
    FOREACH changed IN ARRAY array_remove(ARRAY[OLD.role_id, NEW.role_id], NULL) LOOP
        SELECT coalesce(jsonb_agg(permission ORDER BY permission COLLATE "C"), '[]') INTO held
        FROM role_permission WHERE role_id = changed;
        SELECT after->'permissions' INTO told FROM audit_entry
        WHERE subject_type = 'role' AND subject_id = changed AND action LIKE 'security.role.%'
            AND after ? 'permissions'
        ORDER BY id DESC LIMIT 1;
        IF held <> coalesce(told, '[]') THEN
            RAISE EXCEPTION 'The permissions of role % are not those that the audit trail says.', changed
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_role_permission_told', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

GRANT_TOLD_FUNCTION = """
CREATE FUNCTION ensure_grant_is_told() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed bigint;
    held jsonb;
    told jsonb;
BEGIN
    FOREACH changed IN ARRAY array_remove(ARRAY[OLD.id, NEW.id], NULL) LOOP
        SELECT jsonb_build_object(
            'user_id', user_id, 'role_id', role_id,
            'starts_on', to_char(starts_on, 'YYYY-MM-DD'), 'ends_on', to_char(ends_on, 'YYYY-MM-DD'),
            'ended_at', to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
        ) INTO held FROM user_role WHERE id = changed;
        SELECT after INTO told FROM audit_entry
        WHERE subject_type = 'user_role' AND subject_id = changed AND action LIKE 'security.role.%'
            AND after ? 'role_id'
        ORDER BY id DESC LIMIT 1;
        IF NOT coalesce(told @> held, told IS NULL AND held IS NULL) THEN
            RAISE EXCEPTION 'The role that was given by % is not what the audit trail says.', changed
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_user_role_told', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

TRIGGERS = (
    """CREATE CONSTRAINT TRIGGER role_permission_told AFTER INSERT OR UPDATE OR DELETE ON role_permission
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ensure_role_is_told()""",
    """CREATE CONSTRAINT TRIGGER user_role_told AFTER INSERT OR UPDATE OR DELETE ON user_role
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ensure_grant_is_told()""",
)

ENTRIES = """
INSERT INTO audit_entry
    (occurred_at, actor_name, ip_address, action, subject_type, subject_id, after, previous_hash, hash)
SELECT clock_timestamp(), 'system: migration', '', 'security.role.carried_over', subject_type, subject_id,
    after || jsonb_build_object('_salt', left(replace(gen_random_uuid()::text, '-', ''), 16)), '', ''
FROM ({found}) AS found ORDER BY subject_id
"""

ROLES_FOUND = """
SELECT 'role' AS subject_type, r.id AS subject_id, jsonb_build_object('name', r.name, 'permissions', coalesce(
    (SELECT jsonb_agg(p.permission ORDER BY p.permission COLLATE "C") FROM role_permission p WHERE p.role_id = r.id),
    '[]')) AS after
FROM role r
"""

GRANTS_FOUND = """
SELECT 'user_role' AS subject_type, id AS subject_id, jsonb_build_object(
    'user_id', user_id, 'role_id', role_id,
    'starts_on', to_char(starts_on, 'YYYY-MM-DD'), 'ends_on', to_char(ends_on, 'YYYY-MM-DD'),
    'ended_at', to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) AS after
FROM user_role
"""


def upgrade() -> None:
    """Let the database compare from now on, and write an entry for each role and each grant there is.

    The triggers come first: what they lock nobody changes before the entries are committed.
    """
    for statement in (ROLE_TOLD_FUNCTION, GRANT_TOLD_FUNCTION, *TRIGGERS):
        op.execute(statement)
    for found in (ROLES_FOUND, GRANTS_FOUND):
        op.execute(ENTRIES.format(found=found))


def downgrade() -> None:
    """Take the comparing away; the entries stay, as all do."""
    op.execute("DROP TRIGGER user_role_told ON user_role")
    op.execute("DROP TRIGGER role_permission_told ON role_permission")
    op.execute("DROP FUNCTION ensure_grant_is_told()")
    op.execute("DROP FUNCTION ensure_role_is_told()")
