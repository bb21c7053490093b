"""Patients: identity, identifiers, contacts, coverage and the search keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the patients' tables."""
    op.execute("CREATE SEQUENCE patient_mrn_seq START WITH 1000001")
    op.create_table(
        "name_word",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_name_word")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("mrn", sa.Text(collation="C"), nullable=False),
        sa.Column("family_name", sa.Text(), server_default="", nullable=False),
        sa.Column("given_names", sa.Text(), server_default="", nullable=False),
        sa.Column("preferred_name", sa.Text(), server_default="", nullable=False),
        sa.Column("prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("suffix", sa.Text(), server_default="", nullable=False),
        sa.Column("maiden_name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_date_precision", sa.Text(), server_default="exact", nullable=False),
        sa.Column("deceased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sex_at_birth", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("gender", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("marital_status", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("race", sa.Text(), server_default="", nullable=False),
        sa.Column("ethnicity", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_place", sa.Text(), server_default="", nullable=False),
        sa.Column("photo_file", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("is_restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "birth_date IS NULL OR deceased_at IS NULL OR birth_date_precision <> 'exact' OR deceased_at > birth_date - interval '1 day'",
            name=op.f("ck_patient_dies_after_birth"),
        ),
        sa.CheckConstraint(
            "birth_date_precision IN ('exact', 'year', 'estimated')",
            name=op.f("ck_patient_birth_date_precision_known"),
        ),
        sa.CheckConstraint(
            "btrim(family_name) <> '' OR btrim(given_names) <> ''", name=op.f("ck_patient_named")
        ),
        sa.CheckConstraint(
            "gender IN ('female', 'male', 'other', 'unknown')", name=op.f("ck_patient_gender_known")
        ),
        sa.CheckConstraint(
            "marital_status IN ('single', 'married', 'divorced', 'widowed', 'unknown')",
            name=op.f("ck_patient_marital_status_known"),
        ),
        sa.CheckConstraint("mrn ~ '^[0-9]{8,14}$'", name=op.f("ck_patient_mrn_form")),
        sa.CheckConstraint(
            "sex_at_birth IN ('female', 'male', 'other', 'unknown')",
            name=op.f("ck_patient_sex_at_birth_known"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'inactive', 'entered_in_error')", name=op.f("ck_patient_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("mrn", name="uq_patient_mrn"),
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_source"),
    )
    op.create_index(
        "ix_patient_birth_date",
        "patient",
        [sa.literal_column("coalesce(birth_date, '0001-01-01'::date)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_patient_deceased",
        "patient",
        ["name_sort", "id"],
        unique=False,
        postgresql_where=sa.text("deceased_at IS NOT NULL"),
    )
    op.create_index("ix_patient_name", "patient", ["name_sort", "id"], unique=False)
    op.create_index(
        "ix_patient_not_active",
        "patient",
        ["status", "name_sort", "id"],
        unique=False,
        postgresql_where=sa.text("status <> 'active'"),
    )
    op.create_index("ix_patient_sex", "patient", ["sex_at_birth", "name_sort", "id"], unique=False)
    op.create_index("ix_patient_updated_at", "patient", ["updated_at", "id"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Text(), server_default="primary", nullable=False),
        sa.Column("plan", sa.Text(), server_default="", nullable=False),
        sa.Column("member_number", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_relation", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_name", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("share", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.CheckConstraint("rank IN ('primary', 'secondary')", name=op.f("ck_coverage_rank_known")),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_coverage_ends_after_start")
        ),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name=op.f("ck_coverage_share_is_a_part")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_coverage_patient_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_coverage_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_coverage_source"),
    )
    op.create_index("ix_coverage_patient_id", "coverage", ["patient_id", "starts_on"], unique=False)
    op.create_index("ix_coverage_payer_id", "coverage", ["payer_id"], unique=False)
    op.create_table(
        "patient_address",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("use", sa.Text(), server_default="home", nullable=False),
        sa.Column("address_line", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.Text(), server_default="", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_code", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.CheckConstraint(
            "use IN ('home', 'work', 'mobile', 'other')", name=op.f("ck_patient_address_use_known")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_address_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_address")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_address_source"),
    )
    op.create_index("ix_patient_address_patient_id", "patient_address", ["patient_id"], unique=False)
    op.create_table(
        "patient_contact_point",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), server_default="home", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("digits", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("btrim(value) <> ''", name=op.f("ck_patient_contact_point_value_not_blank")),
        sa.CheckConstraint(
            "system IN ('phone', 'email')", name=op.f("ck_patient_contact_point_system_known")
        ),
        sa.CheckConstraint(
            "use IN ('home', 'work', 'mobile', 'other')", name=op.f("ck_patient_contact_point_use_known")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_contact_point_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_contact_point")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_contact_point_source"),
    )
    op.create_index(
        "ix_patient_contact_point_patient_id", "patient_contact_point", ["patient_id"], unique=False
    )
    op.create_table(
        "patient_identifier",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.CheckConstraint("btrim(value) <> ''", name=op.f("ck_patient_identifier_value_not_blank")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_identifier_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_identifier")),
        sa.UniqueConstraint("type", "issuer", "value", name="uq_patient_identifier_value"),
    )
    op.create_index("ix_patient_identifier_patient_id", "patient_identifier", ["patient_id"], unique=False)
    op.create_table(
        "patient_relation",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("relationship_name", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_patient_relation_name_not_blank")),
        sa.CheckConstraint(
            "kind IN ('emergency_contact', 'guarantor', 'guardian', 'other')",
            name=op.f("ck_patient_relation_kind_known"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_relation_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_relation")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_patient_relation_source"),
    )
    op.create_index("ix_patient_relation_patient_id", "patient_relation", ["patient_id"], unique=False)
    op.create_table(
        "patient_search_key",
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("second_key", sa.Text(collation="C"), server_default="", nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_search_key_patient_id")
        ),
        sa.PrimaryKeyConstraint("key", "second_key", "patient_id", name=op.f("pk_patient_search_key")),
    )
    op.create_index("ix_patient_search_key_patient_id", "patient_search_key", ["patient_id"], unique=False)
    op.create_index(
        "ix_patient_search_key_second",
        "patient_search_key",
        ["second_key", "key", "patient_id"],
        unique=False,
        postgresql_where=sa.text("second_key <> ''"),
    )


def downgrade() -> None:
    """Drop the patients' tables."""
    op.drop_table("name_word")
    op.drop_table("patient_search_key")
    op.drop_table("coverage")
    op.drop_table("patient_relation")
    op.drop_table("patient_address")
    op.drop_table("patient_contact_point")
    op.drop_table("patient_identifier")
    op.drop_table("patient")
    op.execute("DROP SEQUENCE patient_mrn_seq")
