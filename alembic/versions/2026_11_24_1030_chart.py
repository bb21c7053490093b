"""The chart: what people record and correct by hand, family history, documents, and the vocabulary of it all."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RECORDED = ("allergy_intolerance", "condition", "immunization", "medication_request", "observation")
OWN_COLUMNS = (
    ("allergy_intolerance", sa.Column("criticality", sa.Text(), nullable=True)),
    ("immunization", sa.Column("lot_number", sa.Text(), server_default="", nullable=False)),
    ("medication_request", sa.Column("dosage", sa.Text(), server_default="", nullable=False)),
)
PRECISIONS = "('day', 'month', 'year', 'unknown')"
TERMS_OF = {
    "condition": "condition",
    "allergy_intolerance": "allergy",
    "allergy_reaction": "reaction",
    "medication_request": "medication",
    "immunization": "immunization",
    "family_member_history": "condition",
}
"""Which kind of term each table's codes are."""

WORDS = r"""
CREATE FUNCTION clinical_term_words(display text, code text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
  SELECT to_tsvector('simple', regexp_replace(regexp_replace(normalize(lower(display), NFKD),
    '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g')
    || ' ' || regexp_replace(lower(code), '[^[:alnum:]]+', '', 'g'))
$$"""
REMEMBER = """
CREATE FUNCTION clinical_term_remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clinical_term (kind, code_system, code, display, words)
  SELECT TG_ARGV[0], t.code_system, t.code, t.display, clinical_term_words(t.display, t.code)
  FROM (SELECT DISTINCT code_system, code, display FROM fresh WHERE display <> '') t
  WHERE NOT EXISTS (SELECT 1 FROM clinical_term c WHERE c.kind = TG_ARGV[0]
    AND c.code_system = t.code_system AND c.code = t.code AND md5(c.display) = md5(t.display))
  ORDER BY 1, 2, 3, 4
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$"""
COLLECT = """
INSERT INTO clinical_term (kind, code_system, code, display, words)
SELECT '{kind}', t.code_system, t.code, t.display, clinical_term_words(t.display, t.code)
FROM (SELECT DISTINCT code_system, code, display FROM {table} WHERE display <> '') t
ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    """Make the tables, widen those that people write to, and collect the terms in use."""
    _make_tables()
    for table in RECORDED:
        _widen(table)
    for table, column in OWN_COLUMNS:
        op.add_column(table, column)
    op.create_check_constraint(
        op.f("ck_allergy_intolerance_criticality_known"),
        "allergy_intolerance",
        "criticality IN ('low', 'high', 'unable-to-assess')",
    )
    op.execute(WORDS)
    op.execute(REMEMBER)
    for table, kind in TERMS_OF.items():
        op.execute(COLLECT.format(kind=kind, table=table))
        for event in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER clinical_term_of_{table}_{event.lower()} AFTER {event} ON {table}"
                f" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
                f" EXECUTE FUNCTION clinical_term_remember('{kind}')"
            )


def downgrade() -> None:
    """Take it all back."""
    for table in TERMS_OF:
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER clinical_term_of_{table}_{event} ON {table}")
    op.execute("DROP FUNCTION clinical_term_remember()")
    op.execute("DROP FUNCTION clinical_term_words(text, text)")
    for table, column in OWN_COLUMNS:
        op.drop_column(table, column.name)
    for table in RECORDED:
        for name in reversed([column.name for column in _recorded_columns()]):
            op.drop_column(table, name)
    for table in ("family_member_history", "document_reference", "clinical_term"):
        op.drop_table(table)


def _recorded_columns() -> list[sa.Column]:
    def text(name: str, default: str = "") -> sa.Column:
        return sa.Column(name, sa.Text(), server_default=default, nullable=False)

    return [
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("recorded_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_in_error_by_user_id", sa.BigInteger(), nullable=True),
        text("entered_in_error_reason"),
        text("note"),
        text("ended_reason"),
        text("occurred_precision", "day"),
        text("ended_precision", "day"),
    ]


def _widen(table: str) -> None:
    for column in _recorded_columns():
        op.add_column(table, column)
    for name in ("recorded_by_user_id", "entered_in_error_by_user_id"):
        op.create_foreign_key(op.f(f"fk_{table}_{name}"), table, "app_user", [name], ["id"])
    checks = {
        "occurred_precision_known": f"occurred_precision IN {PRECISIONS}",
        "ended_precision_known": f"ended_precision IN {PRECISIONS}",
        "error_has_reason": "(entered_in_error_at IS NULL) = (entered_in_error_reason = '')",
        "error_has_status": "entered_in_error_at IS NULL OR status = 'entered_in_error'",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _make_tables() -> None:
    op.create_table(
        "clinical_term",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('condition', 'allergy', 'reaction', 'medication', 'immunization')",
            name=op.f("ck_clinical_term_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinical_term")),
    )
    op.create_index(
        "ix_clinical_term_words", "clinical_term", ["words"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "uq_clinical_term_term",
        "clinical_term",
        ["kind", "code_system", "code", sa.literal_column("md5(display)")],
        unique=True,
    )
    op.create_table(
        "document_reference",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("recorded_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_in_error_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("ended_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="current", nullable=False),
        sa.Column("kind", sa.Text(), server_default="other", nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(entered_in_error_at IS NULL) = (entered_in_error_reason = '')",
            name=op.f("ck_document_reference_error_has_reason"),
        ),
        sa.CheckConstraint("btrim(display) <> ''", name=op.f("ck_document_reference_titled")),
        sa.CheckConstraint(
            "ended_precision IN ('day', 'month', 'year', 'unknown')",
            name=op.f("ck_document_reference_ended_precision_known"),
        ),
        sa.CheckConstraint(
            "entered_in_error_at IS NULL OR status = 'entered_in_error'",
            name=op.f("ck_document_reference_error_has_status"),
        ),
        sa.CheckConstraint(
            "kind IN ('letter', 'lab_report', 'imaging_report', 'consent', 'referral', 'identification', 'other')",
            name=op.f("ck_document_reference_kind_known"),
        ),
        sa.CheckConstraint(
            "occurred_precision IN ('day', 'month', 'year', 'unknown')",
            name=op.f("ck_document_reference_occurred_precision_known"),
        ),
        sa.CheckConstraint(
            "status IN ('current', 'entered_in_error')", name=op.f("ck_document_reference_status_known")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at", name=op.f("ck_document_reference_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["entered_in_error_by_user_id"],
            ["app_user.id"],
            name=op.f("fk_document_reference_entered_in_error_by_user_id"),
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_document_reference_file_id")),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_document_reference_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_document_reference_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_user_id"], ["app_user.id"], name=op.f("fk_document_reference_recorded_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_reference")),
        sa.UniqueConstraint("file_id", name="uq_document_reference_file_id"),
        sa.UniqueConstraint("source_system", "source_key", name="uq_document_reference_source"),
    )
    op.create_index(
        "ix_document_reference_encounter_id", "document_reference", ["encounter_id"], unique=False
    )
    op.create_index(
        "ix_document_reference_kind",
        "document_reference",
        ["patient_id", "kind", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_document_reference_timeline",
        "document_reference",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "family_member_history",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("code_system", sa.Text(), server_default="", nullable=False),
        sa.Column("display", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_day_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("recorded_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_in_error_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_in_error_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("ended_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("encounter_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="completed", nullable=False),
        sa.Column("relationship", sa.Text(), server_default="other", nullable=False),
        sa.Column("age_at_onset", sa.Integer(), nullable=True),
        sa.Column("is_deceased", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(entered_in_error_at IS NULL) = (entered_in_error_reason = '')",
            name=op.f("ck_family_member_history_error_has_reason"),
        ),
        sa.CheckConstraint(
            "ended_precision IN ('day', 'month', 'year', 'unknown')",
            name=op.f("ck_family_member_history_ended_precision_known"),
        ),
        sa.CheckConstraint(
            "entered_in_error_at IS NULL OR status = 'entered_in_error'",
            name=op.f("ck_family_member_history_error_has_status"),
        ),
        sa.CheckConstraint(
            "occurred_precision IN ('day', 'month', 'year', 'unknown')",
            name=op.f("ck_family_member_history_occurred_precision_known"),
        ),
        sa.CheckConstraint(
            "relationship IN ('mother', 'father', 'sister', 'brother', 'daughter', 'son', 'maternal_grandmother', 'maternal_grandfather', 'paternal_grandmother', 'paternal_grandfather', 'aunt', 'uncle', 'cousin', 'other')",
            name=op.f("ck_family_member_history_relationship_known"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'completed', 'cancelled', 'entered_in_error')",
            name=op.f("ck_family_member_history_status_known"),
        ),
        sa.CheckConstraint(
            "age_at_onset BETWEEN 0 AND 130", name=op.f("ck_family_member_history_age_at_onset_possible")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= occurred_at",
            name=op.f("ck_family_member_history_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["entered_in_error_by_user_id"],
            ["app_user.id"],
            name=op.f("fk_family_member_history_entered_in_error_by_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name="fk_family_member_history_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_family_member_history_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_user_id"],
            ["app_user.id"],
            name=op.f("fk_family_member_history_recorded_by_user_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_member_history")),
        sa.UniqueConstraint("source_system", "source_key", name="uq_family_member_history_source"),
    )
    op.create_index(
        "ix_family_member_history_encounter_id", "family_member_history", ["encounter_id"], unique=False
    )
    op.create_index(
        "ix_family_member_history_timeline",
        "family_member_history",
        ["patient_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
