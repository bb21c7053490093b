"""Functions of triggers look for our tables first and for temporary ones last: a table of one's own deceives none."""

from collections.abc import Sequence

from alembic import op

revision: str = "1063"
down_revision: str | None = "1062"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OURS_ONLY = ("ensure_known_move", "ensure_merged_into_open", "note_last_visit")
WITHOUT = (
    "audit_entry_refuse_change",
    "clinical_term_remember",
    "ensure_builtin_role_kept",
    "ensure_merge_kept",
)
"""Those that had no path of their own: they searched wherever the session did."""


def upgrade() -> None:
    """Name the schema of temporary tables, which is searched first when it is not named."""
    for function in (*OURS_ONLY, *WITHOUT):
        op.execute(f"ALTER FUNCTION {function}() SET search_path = pg_catalog, public, pg_temp")


def downgrade() -> None:
    """As before."""
    for function in OURS_ONLY:
        op.execute(f"ALTER FUNCTION {function}() SET search_path = public")
    for function in WITHOUT:
        op.execute(f"ALTER FUNCTION {function}() RESET search_path")
