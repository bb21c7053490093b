"""The moves of life cycles stand in a table, and a trigger refuses all others."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOVES = {
    "encounter": (
        ("cancelled", "entered_in_error"),
        ("cancelled", "planned"),
        ("completed", "entered_in_error"),
        ("completed", "in_progress"),
        ("in_progress", "cancelled"),
        ("in_progress", "completed"),
        ("in_progress", "entered_in_error"),
        ("in_progress", "planned"),
        ("planned", "cancelled"),
        ("planned", "entered_in_error"),
        ("planned", "in_progress"),
    ),
    "patient": (
        ("active", "entered_in_error"),
        ("active", "inactive"),
        ("active", "merged"),
        ("entered_in_error", "active"),
        ("inactive", "active"),
        ("inactive", "entered_in_error"),
        ("inactive", "merged"),
        ("merged", "active"),
        ("merged", "inactive"),
    ),
    "import_job": (
        ("checked", "cancelled"),
        ("checked", "checking"),
        ("checked", "running"),
        ("checked", "uploaded"),
        ("checking", "cancelled"),
        ("checking", "checked"),
        ("checking", "failed"),
        ("failed", "cancelled"),
        ("failed", "checking"),
        ("failed", "uploaded"),
        ("running", "cancelled"),
        ("running", "done"),
        ("running", "failed"),
        ("uploaded", "cancelled"),
        ("uploaded", "checking"),
    ),
    "app_user": (
        ("active", "disabled"),
        ("disabled", "active"),
        ("disabled", "invited"),
        ("invited", "active"),
        ("invited", "disabled"),
    ),
}
SOURCED = ("encounter", "patient")
"""Rows that came from files keep the state their source gives them."""

ENSURE_KNOWN_MOVE = """
CREATE FUNCTION ensure_known_move() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM life_cycle_move
        WHERE table_name = TG_TABLE_NAME AND from_status = OLD.status AND to_status = NEW.status
    ) THEN
        RAISE EXCEPTION 'no move of % leads from % to %', TG_TABLE_NAME, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_life_cycle';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    """Make the table, its rows and the triggers."""
    op.create_table(
        "life_cycle_move",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=False),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "from_status", "to_status", name=op.f("pk_life_cycle_move")),
    )
    op.execute(ENSURE_KNOWN_MOVE)
    for table, moves in MOVES.items():
        add_moves(table, moves)
        made_here = " AND OLD.source_system IS NULL" if table in SOURCED else ""
        op.execute(
            f"CREATE TRIGGER {table}_life_cycle BEFORE UPDATE OF status ON {table} FOR EACH ROW"
            f" WHEN (OLD.status IS DISTINCT FROM NEW.status{made_here}) EXECUTE FUNCTION ensure_known_move()"
        )


def add_moves(table: str, moves: Sequence[tuple[str, str]]) -> None:
    """Write the moves of one table."""
    rows = ", ".join(f"('{table}', '{start}', '{end}')" for start, end in moves)
    op.execute(f"INSERT INTO life_cycle_move (table_name, from_status, to_status) VALUES {rows}")


def downgrade() -> None:
    """Take it all away."""
    for table in MOVES:
        op.execute(f"DROP TRIGGER {table}_life_cycle ON {table}")
    op.execute("DROP FUNCTION ensure_known_move()")
    op.drop_table("life_cycle_move")
