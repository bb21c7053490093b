"""The hospital, its departments, rooms, practitioners, payers and the organizations it knows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=True)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False, server_default="") for name in names]


def _place() -> list[sa.Column[str]]:
    return _text("address_line", "city", "region", "postal_code")


def _source() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in ("source_system", "source_key", "source_hash")]


def _life() -> list[sa.Column[object]]:
    return [
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    ]


def _not_blank(table: str, column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"btrim({column}) <> ''", name=op.f(f"ck_{table}_{column}_not_blank"))


def _once(table: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("source_system", "source_key", name=f"uq_{table}_source")


def upgrade() -> None:
    """Make the organization's tables."""
    op.create_table(
        "hospital",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_place(),
        *_text("country", "phone", "email"),
        sa.Column("logo_file", sa.Text()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("zone_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("founded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("id = 1", name=op.f("ck_hospital_only_one")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_hospital_currency_code")),
        *(_not_blank("hospital", column) for column in ("name", "zone_name", "language")),
    )
    op.create_table(
        "organization",
        _key(),
        sa.Column("name", sa.Text(), nullable=False),
        *_place(),
        *_text("phone"),
        *_source(),
        _not_blank("organization", "name"),
        _once("organization"),
    )
    op.create_index("ix_organization_name", "organization", ["name"])
    op.create_table(
        "department",
        _key(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        *_life(),
        sa.UniqueConstraint("code", name="uq_department_code"),
        sa.CheckConstraint("code ~ '^[A-Z0-9-]{1,12}$'", name=op.f("ck_department_code_form")),
        _not_blank("department", "name"),
    )
    op.create_index("ix_department_list", "department", ["name_key", "id"])
    op.create_table(
        "room",
        _key(),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_life(),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_room_department_id"),
        sa.UniqueConstraint("department_id", "name_key", name="uq_room_name_in_department"),
        sa.CheckConstraint(
            "kind IN ('consultation', 'treatment', 'ward', 'operating', 'imaging', 'laboratory', 'other')",
            name=op.f("ck_room_kind_known"),
        ),
        _not_blank("room", "name"),
    )
    op.create_index("ix_room_list", "room", ["name_key", "id"])
    _make_practitioner()
    op.create_table(
        "payer",
        _key(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, server_default="other"),
        *_place(),
        *_text("phone"),
        *_life(),
        *_source(),
        sa.CheckConstraint(
            "kind IN ('public', 'private', 'employer', 'self_pay', 'other')",
            name=op.f("ck_payer_kind_known"),
        ),
        _not_blank("payer", "name"),
        _once("payer"),
    )
    op.create_index(
        "uq_payer_name",
        "payer",
        ["name_key"],
        unique=True,
        postgresql_where=sa.text("source_key IS NULL"),
    )
    op.create_index("ix_payer_list", "payer", ["name_key", "id"])


def _make_practitioner() -> None:
    op.create_table(
        "practitioner",
        _key(),
        *_text("prefix", "given_names"),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        *_text("specialty"),
        sa.Column("registration_number", sa.Text()),
        sa.Column("organization_id", sa.BigInteger()),
        sa.Column("department_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger()),
        *_life(),
        *_source(),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_practitioner_organization_id",
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_practitioner_department_id"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_practitioner_user_id"),
        sa.UniqueConstraint("registration_number", name="uq_practitioner_registration_number"),
        sa.UniqueConstraint("user_id", name="uq_practitioner_user"),
        sa.CheckConstraint(
            "btrim(registration_number) <> ''",
            name=op.f("ck_practitioner_registration_number_not_blank"),
        ),
        _not_blank("practitioner", "family_name"),
        _once("practitioner"),
    )
    op.create_index("ix_practitioner_list", "practitioner", ["name_key", "id"])
    op.create_index("ix_practitioner_department_id", "practitioner", ["department_id"])
    op.create_index("ix_practitioner_organization_id", "practitioner", ["organization_id"])


def downgrade() -> None:
    """Drop the organization's tables."""
    for table in (
        "payer",
        "practitioner",
        "room",
        "department",
        "organization",
        "hospital",
    ):
        op.drop_table(table)
