"""People are found by one form of their address, and places that they signed in from are known."""

import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from hms_app.runtime.errors import StartRefused

revision: str = "1060"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

USER = sa.table("app_user", sa.column("id"), sa.column("email"), sa.column("email_key"))


def upgrade() -> None:
    """Give everybody the form, once; forget the counts that were kept under other names."""
    op.add_column("app_user", sa.Column("email_key", sa.Text(), nullable=True))
    taken: dict[str, int] = {}
    for user_id, email in op.get_bind().execute(sa.select(USER.c.id, USER.c.email).order_by(USER.c.id)).all():
        key = normal_address(email)
        if key in taken:
            raise StartRefused(
                f"Users {taken[key]} and {user_id} have the same e-mail address but for how it is written. Start the"
                " earlier version, change one of the two, then upgrade."
            )
        taken[key] = user_id
        op.execute(sa.update(USER).where(USER.c.id == user_id).values(email_key=key))
    op.alter_column("app_user", "email_key", nullable=False)
    op.drop_index("uq_app_user_email", table_name="app_user")
    op.create_unique_constraint("uq_app_user_email", "app_user", ["email_key"])
    op.execute("DELETE FROM sign_in_throttle")
    op.create_table(
        "known_place",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_known_place_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_place")),
        sa.UniqueConstraint("user_id", "place", name="uq_known_place_once"),
    )
    op.create_index("ix_known_place_place", "known_place", ["place"])
    op.create_index("ix_known_place_seen", "known_place", ["seen_at"])


def normal_address(email: str) -> str:
    """The form as it was when this was written."""
    seen = "".join(sign for sign in email if unicodedata.category(sign) not in {"Cc", "Cf", "Cs"})
    folded = unicodedata.normalize("NFKC", seen).casefold().replace("i\u0307", "i")
    return unicodedata.normalize("NFKC", folded).strip()[:254].strip()


def downgrade() -> None:
    """People are found without regard to capitals again."""
    op.drop_table("known_place")
    op.drop_constraint("uq_app_user_email", "app_user")
    op.create_index("uq_app_user_email", "app_user", [sa.text("lower(email)")], unique=True)
    op.drop_column("app_user", "email_key")
