"""Rows about patients, and what the database refuses about them."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from hms_app.core import clock
from hms_app.core.table import (
    Sourced,
    Table,
    flag_column,
    foreign_key,
    instant,
    one_of,
    optional_instant,
    optional_text_column,
    sourced_once,
    stays_at_merge,
    text_column,
    unaudited,
    word_column,
)
from hms_app.core.text import fold
from hms_app.domain.patients.values import (
    BirthDatePrecision,
    ConsentDecision,
    ConsentKind,
    ContactSystem,
    ContactUse,
    CoverageRank,
    DeathPrecision,
    MaritalStatus,
    PatientNoticeKind,
    PatientStatus,
    RelationKind,
    Sex,
)
from hms_app.domain.records.tables import Retractable, Versioned, error_has_reason

MRN_SEQUENCE: Final = sa.Sequence("patient_mrn_seq", start=1_000_001, metadata=SQLModel.metadata)
"""The bodies of medical record numbers; the check digit is put behind by `rules.mrn_of`."""

UNBORN: Final = "'0001-01-01'::date"
"""Stands for an unknown date of birth where lists are sorted by it."""
IDENTIFIER_NUMBER: Final = "upper(regexp_replace(value, '[^[:alnum:]]', '', 'g'))"
"""The letters and digits of an identifier: one number in several spellings is one number."""
IS_DECEASED: Final = "(deceased_at IS NOT NULL OR deceased_precision = 'unknown')"
"""Whether a patient died, whenever that was."""
NEVER: Final = "'0001-01-01 00:00:00+00'::timestamptz"
"""Stands for the last visit of who was never here, where lists are sorted and filtered by it."""


class Kept(Versioned, Retractable):
    """What every row about a patient carries: its version, who wrote it when, and whether that was an error."""

    def under_patient(self) -> int | None:
        """The patient that the row names."""
        return int(self.patient_id)  # type: ignore[attr-defined]


class Patient(Sourced, Versioned, Table, table=True):
    """A person the hospital treats.

    `name_sort` is the folded "family given" (`rules.name_sort`); lists sort by it. `birth_estimated_on` is the
    day on which somebody guessed the age that an estimated date of birth stands for. When only the day of death
    is known, `deceased_at` is noon of it in UTC, and its day in UTC is the day; of a month or a year it is the first
    day. Who died nobody knows when has no `deceased_at`, and the precision `unknown`. `last_visit_at` is when the
    latest encounter that took place began; a trigger on encounters keeps it, whoever writes them.
    """

    __tablename__ = "patient"
    __table_args__ = (
        sourced_once("patient"),
        sa.UniqueConstraint("mrn", name="uq_patient_mrn"),
        sa.CheckConstraint("mrn ~ '^[0-9]{8,14}$'", name="mrn_form"),
        sa.CheckConstraint("btrim(family_name) <> '' OR btrim(given_names) <> ''", name="named"),
        sa.CheckConstraint(
            "birth_date IS NULL OR deceased_at IS NULL OR birth_date_precision <> 'exact'"
            " OR deceased_precision <> 'day' OR deceased_at > birth_date - interval '1 day'",
            name="dies_after_birth",
        ),
        sa.CheckConstraint(
            "birth_estimated_on IS NULL OR birth_date_precision = 'estimated'", name="estimated_on_a_day"
        ),
        one_of("patient", "birth_date_precision", BirthDatePrecision),
        one_of("patient", "sex_at_birth", Sex),
        one_of("patient", "gender", Sex),
        one_of("patient", "marital_status", MaritalStatus),
        one_of("patient", "status", PatientStatus),
        sa.CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_one"),
        sa.CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        sa.Index("ix_patient_name", "name_sort", "id"),
        sa.Index("ix_patient_birth_date", sa.text(f"coalesce(birth_date, {UNBORN})"), "id"),
        sa.Index("ix_patient_updated_at", "updated_at", "id"),
        sa.Index("ix_patient_sex", "sex_at_birth", "name_sort", "id"),
        sa.Index("ix_patient_last_visit", sa.text(f"coalesce(last_visit_at, {NEVER})"), "id"),
        sa.Index("ix_patient_deceased", "name_sort", "id", postgresql_where=sa.text(IS_DECEASED)),
        one_of("patient", "deceased_precision", DeathPrecision),
        sa.CheckConstraint(
            "deceased_precision <> 'unknown' OR deceased_at IS NULL", name="death_without_a_day"
        ),
        sa.Index(
            "ix_patient_not_active",
            "status",
            "name_sort",
            "id",
            postgresql_where=sa.text("status <> 'active'"),
        ),
        sa.Index(
            "ix_patient_merged_into",
            "merged_into_id",
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        ),
    )

    mrn: str = Field(sa_type=sa.Text(collation="C"))
    family_name: str = text_column()
    given_names: str = text_column()
    preferred_name: str = text_column()
    prefix: str = text_column()
    suffix: str = text_column()
    maiden_name: str = text_column()
    name_sort: str = Field(sa_type=sa.Text(collation="C"))
    birth_date: dt.date | None = Field(default=None)
    birth_date_precision: str = word_column(BirthDatePrecision.EXACT.value)
    birth_estimated_on: dt.date | None = Field(default=None)
    deceased_at: dt.datetime | None = optional_instant()
    deceased_is_day_only: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    deceased_precision: str = word_column(DeathPrecision.DAY.value)
    sex_at_birth: str = word_column(Sex.UNKNOWN.value)
    gender: str = word_column(Sex.UNKNOWN.value)
    marital_status: str = word_column(MaritalStatus.UNKNOWN.value)
    language: str = text_column()
    race: str = text_column()
    ethnicity: str = text_column()
    birth_place: str = text_column()
    photo_file: str | None = optional_text_column()
    status: str = word_column(PatientStatus.ACTIVE.value)
    status_reason: str = text_column()
    merged_into_id: int | None = foreign_key("patient.id", default=None, nullable=True)
    is_restricted: bool = flag_column(False)
    last_visit_at: dt.datetime | None = optional_instant()
    created_at: dt.datetime = instant(sa_column_kwargs={"server_default": sa.func.now()})
    updated_at: dt.datetime = instant(sa_column_kwargs={"server_default": sa.func.now()})

    def under_patient(self) -> int | None:
        """The patient's own record."""
        return self.id

    def derived(self) -> dict[str, Any]:
        """What the list sorts by."""
        return {"name_sort": fold(f"{self.family_name} {self.given_names}"), "updated_at": clock.now()}


class PatientIdentifier(Kept, Table, table=True):
    """A further identifier: type such as "ssn" or "passport", its issuer, its value; invalid from `ended_on` on.

    `system` is the URI of what gave it, where a file said so: issuers of one name are told apart by it.
    """

    __tablename__ = "patient_identifier"
    __table_args__ = (
        sa.Index(
            "uq_patient_identifier_value",
            "type",
            "issuer",
            "system",
            sa.text(IDENTIFIER_NUMBER),
            unique=True,
            postgresql_where=sa.text("entered_in_error_at IS NULL"),
        ),
        error_has_reason(),
        sa.CheckConstraint("btrim(value) <> ''", name="value_not_blank"),
        sa.Index("ix_patient_identifier_patient_id", "patient_id"),
        sa.Index("ix_patient_identifier_number", sa.text(IDENTIFIER_NUMBER)),
    )

    patient_id: int = foreign_key("patient.id")
    type: str = Field(sa_type=sa.Text)
    issuer: str = text_column()
    system: str = text_column()
    value: str = Field(sa_type=sa.Text)
    ended_on: dt.date | None = Field(default=None)


class PatientContactPoint(Sourced, Kept, Table, table=True):
    """A phone number or e-mail address; `digits` are a phone number's with its country code, where it is known.

    From `ended_on` on nobody is reached by it.
    """

    __tablename__ = "patient_contact_point"
    __table_args__ = (
        sourced_once("patient_contact_point"),
        error_has_reason(),
        one_of("patient_contact_point", "system", ContactSystem),
        one_of("patient_contact_point", "use", ContactUse),
        sa.CheckConstraint("btrim(value) <> ''", name="value_not_blank"),
        sa.Index("ix_patient_contact_point_patient_id", "patient_id"),
        sa.Index(
            "ix_patient_contact_point_phone",
            "digits",
            "patient_id",
            postgresql_where=sa.text("system = 'phone'"),
        ),
    )

    patient_id: int = foreign_key("patient.id")
    system: str = Field(sa_type=sa.Text)
    use: str = word_column(ContactUse.HOME.value)
    value: str = Field(sa_type=sa.Text)
    digits: str = text_column()
    ended_on: dt.date | None = Field(default=None)


class PatientAddress(Sourced, Kept, Table, table=True):
    """Where a patient lives, works or wants letters, until `ended_on`."""

    __tablename__ = "patient_address"
    __table_args__ = (
        sourced_once("patient_address"),
        error_has_reason(),
        one_of("patient_address", "use", ContactUse),
        sa.Index("ix_patient_address_patient_id", "patient_id"),
        sa.Index("ix_patient_address_house", "postal_code", "address_line", "patient_id"),
    )

    patient_id: int = foreign_key("patient.id")
    use: str = word_column(ContactUse.HOME.value)
    address_line: str = text_column()
    city: str = text_column()
    county: str = text_column()
    region: str = text_column()
    postal_code: str = text_column()
    country: str = text_column()
    latitude: Decimal | None = Field(default=None, sa_type=sa.Numeric(9, 6))
    longitude: Decimal | None = Field(default=None, sa_type=sa.Numeric(9, 6))
    ended_on: dt.date | None = Field(default=None)


class PatientRelation(Sourced, Kept, Table, table=True):
    """Somebody who answers for a patient, or is called in an emergency, until `ended_on`."""

    __tablename__ = "patient_relation"
    __table_args__ = (
        sourced_once("patient_relation"),
        error_has_reason(),
        one_of("patient_relation", "kind", RelationKind),
        sa.CheckConstraint("btrim(name) <> ''", name="name_not_blank"),
        sa.Index("ix_patient_relation_patient_id", "patient_id"),
    )

    patient_id: int = foreign_key("patient.id")
    kind: str = Field(sa_type=sa.Text)
    relationship_name: str = text_column()
    name: str = Field(sa_type=sa.Text)
    phone: str = text_column()
    ended_on: dt.date | None = Field(default=None)


class Coverage(Sourced, Kept, Table, table=True):
    """Who pays for a patient, for a time.

    `ends_on` is exclusive (a year's coverage ends on the day the next begins); `share` is the part the payer
    covers, 0 to 1. Of coverages typed here the database lets only one be primary at a time; files that are read
    in may know better, so theirs are left out.
    """

    __tablename__ = "coverage"
    __table_args__ = (
        sourced_once("coverage"),
        error_has_reason(),
        one_of("coverage", "rank", CoverageRank),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name="share_is_a_part"),
        ExcludeConstraint(
            (sa.text("int8range(patient_id, patient_id, '[]')"), "&&"),
            (sa.text("daterange(starts_on, ends_on)"), "&&"),
            using="gist",
            where=sa.text("rank = 'primary' AND entered_in_error_at IS NULL AND source_system IS NULL"),
            name="ex_coverage_one_primary",
        ),
        sa.Index("ix_coverage_patient_id", "patient_id", "starts_on"),
        sa.Index(
            "ix_coverage_payer_id",
            "payer_id",
            "patient_id",
            postgresql_include=["starts_on", "ends_on"],
            postgresql_where=sa.text("entered_in_error_at IS NULL"),
        ),
    )

    patient_id: int = foreign_key("patient.id")
    payer_id: int = foreign_key("payer.id")
    rank: str = word_column(CoverageRank.PRIMARY.value)
    plan: str = text_column()
    member_number: str = text_column()
    owner_relation: str = text_column()
    owner_name: str = text_column()
    starts_on: dt.date | None = Field(default=None)
    ends_on: dt.date | None = Field(default=None)
    share: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 4))


class PatientConsent(Sourced, Kept, Table, table=True):
    """What a patient (or who answers for them) agreed to or refused.

    `valid_until` is the last day it counts; a consent that was given can be withdrawn, from `withdrawn_on` on.
    """

    __tablename__ = "patient_consent"
    __table_args__ = (
        sourced_once("patient_consent"),
        error_has_reason(),
        one_of("patient_consent", "kind", ConsentKind),
        one_of("patient_consent", "decision", ConsentDecision),
        sa.CheckConstraint("valid_until >= recorded_on", name="valid_after_recorded"),
        sa.CheckConstraint("withdrawn_on >= recorded_on", name="withdrawn_after_recorded"),
        sa.CheckConstraint("withdrawn_on IS NULL OR decision = 'given'", name="only_given_is_withdrawn"),
        sa.Index("ix_patient_consent_patient_id", "patient_id", "kind", "recorded_on"),
    )

    patient_id: int = foreign_key("patient.id")
    kind: str = Field(sa_type=sa.Text)
    decision: str = Field(sa_type=sa.Text)
    recorded_on: dt.date
    valid_until: dt.date | None = Field(default=None)
    withdrawn_on: dt.date | None = Field(default=None)
    note: str = text_column()


class PatientNotice(Table, table=True):
    """Something a patient is told in the portal; it stays whether or not somebody signs in for them yet."""

    __tablename__ = "patient_notice"
    __table_args__ = (
        one_of("patient_notice", "kind", PatientNoticeKind),
        sa.Index("ix_patient_notice_patient_id", "patient_id", "id"),
        {"info": unaudited("a consequence of changes that are audited themselves")},
    )

    patient_id: int = foreign_key("patient.id")
    kind: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant()


class PatientSearchKey(SQLModel, table=True):
    """One way to a patient, made by `rules.search_keys` and by nothing else.

    `second_key` is empty for a key by itself; for a pair both are set, the smaller first.
    """

    __tablename__ = "patient_search_key"
    __table_args__ = (
        sa.Index("ix_patient_search_key_patient_id", "patient_id"),
        sa.Index(
            "ix_patient_search_key_second",
            "second_key",
            "key",
            "patient_id",
            postgresql_where=sa.text("second_key <> ''"),
        ),
        {
            "info": unaudited("derived from the patient, whose own change is audited")
            | stays_at_merge("made anew for both patients")
        },
    )

    key: str = Field(sa_type=sa.Text(collation="C"), primary_key=True)
    second_key: str = Field(
        default="", sa_type=sa.Text(collation="C"), primary_key=True, sa_column_kwargs={"server_default": ""}
    )
    patient_id: int = Field(sa_type=sa.BigInteger, foreign_key="patient.id", primary_key=True)


class NameWord(SQLModel, table=True):
    """The vocabulary of folded name words; a word nobody bears any more does no harm."""

    __tablename__ = "name_word"
    __table_args__ = ({"info": unaudited("a vocabulary derived from names")},)

    word: str = Field(sa_type=sa.Text(collation="C"), primary_key=True)
