"""Rows about patients, and what the database refuses about them."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field, SQLModel

from hms_app.core import clock
from hms_app.core.table import (
    APPEND_ONLY,
    Sourced,
    Table,
    foreign_key,
    instant,
    one_of,
    optional_instant,
    sourced_once,
    stays_at_merge,
    unaudited,
)
from hms_app.core.text import fold
from hms_app.domain.patients.values import (
    BirthDatePrecision,
    ConsentDecision,
    ConsentKind,
    ContactSystem,
    ContactUse,
    CoverageRank,
    DuplicateStatus,
    MaritalStatus,
    PatientNoticeKind,
    PatientStatus,
    RelationKind,
    ScanStatus,
    Sex,
    StepOutcome,
)
from hms_app.domain.records.tables import Retractable, Versioned, error_has_reason

MRN_SEQUENCE: Final = sa.Sequence("patient_mrn_seq", start=1_000_001, metadata=SQLModel.metadata)
"""The bodies of medical record numbers; the check digit is put behind by `rules.mrn_of`."""

UNBORN: Final = "'0001-01-01'::date"
"""Stands for an unknown date of birth where lists are sorted by it."""
NEVER: Final = "'0001-01-01 00:00:00+00'::timestamptz"
"""Stands for the last visit of who was never here, where lists are sorted and filtered by it."""


def _text() -> Any:
    return Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})


def _optional_text() -> Any:
    return Field(default=None, sa_type=sa.Text, nullable=True)


def _word(default: str) -> Any:
    return Field(default=default, sa_type=sa.Text, sa_column_kwargs={"server_default": default})


def _json() -> Any:
    return Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'{}'::jsonb")}
    )


def _flag() -> Any:
    return Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class Kept(Versioned, Retractable):
    """What every row about a patient carries: its version, who wrote it when, and whether that was an error."""

    def under_patient(self) -> int | None:
        """The patient that the row names."""
        return int(self.patient_id)  # type: ignore[attr-defined]


class Patient(Sourced, Versioned, Table, table=True):
    """A person the hospital treats.

    `name_sort` is the folded "family given" (`rules.name_sort`); lists sort by it. `birth_estimated_on` is the
    day on which somebody guessed the age that an estimated date of birth stands for. When only the day of death
    is known, `deceased_at` is noon of it. `last_visit_at` is when the latest encounter that took place began; a
    trigger on encounters keeps it, whoever writes them.
    """

    __tablename__ = "patient"
    __table_args__ = (
        sourced_once("patient"),
        sa.UniqueConstraint("mrn", name="uq_patient_mrn"),
        sa.CheckConstraint("mrn ~ '^[0-9]{8,14}$'", name="mrn_form"),
        sa.CheckConstraint("btrim(family_name) <> '' OR btrim(given_names) <> ''", name="named"),
        sa.CheckConstraint(
            "birth_date IS NULL OR deceased_at IS NULL OR birth_date_precision <> 'exact'"
            " OR deceased_at > birth_date - interval '1 day'",
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
        sa.Index(
            "ix_patient_deceased", "name_sort", "id", postgresql_where=sa.text("deceased_at IS NOT NULL")
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
    family_name: str = _text()
    given_names: str = _text()
    preferred_name: str = _text()
    prefix: str = _text()
    suffix: str = _text()
    maiden_name: str = _text()
    name_sort: str = Field(sa_type=sa.Text(collation="C"))
    birth_date: dt.date | None = Field(default=None)
    birth_date_precision: str = _word(BirthDatePrecision.EXACT.value)
    birth_estimated_on: dt.date | None = Field(default=None)
    deceased_at: dt.datetime | None = optional_instant()
    deceased_is_day_only: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    sex_at_birth: str = _word(Sex.UNKNOWN.value)
    gender: str = _word(Sex.UNKNOWN.value)
    marital_status: str = _word(MaritalStatus.UNKNOWN.value)
    language: str = _text()
    race: str = _text()
    ethnicity: str = _text()
    birth_place: str = _text()
    photo_file: str | None = _optional_text()
    status: str = _word(PatientStatus.ACTIVE.value)
    status_reason: str = _text()
    merged_into_id: int | None = foreign_key("patient.id", default=None, nullable=True)
    is_restricted: bool = _flag()
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
    """A further identifier: type such as "ssn" or "passport", its issuer, its value; invalid from `ended_on` on."""

    __tablename__ = "patient_identifier"
    __table_args__ = (
        sa.Index(
            "uq_patient_identifier_value",
            "type",
            "issuer",
            "value",
            unique=True,
            postgresql_where=sa.text("entered_in_error_at IS NULL"),
        ),
        error_has_reason(),
        sa.CheckConstraint("btrim(value) <> ''", name="value_not_blank"),
        sa.Index("ix_patient_identifier_patient_id", "patient_id"),
    )

    patient_id: int = foreign_key("patient.id")
    type: str = Field(sa_type=sa.Text)
    issuer: str = _text()
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
    use: str = _word(ContactUse.HOME.value)
    value: str = Field(sa_type=sa.Text)
    digits: str = _text()
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
    use: str = _word(ContactUse.HOME.value)
    address_line: str = _text()
    city: str = _text()
    county: str = _text()
    region: str = _text()
    postal_code: str = _text()
    country: str = _text()
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
    relationship_name: str = _text()
    name: str = Field(sa_type=sa.Text)
    phone: str = _text()
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
    rank: str = _word(CoverageRank.PRIMARY.value)
    plan: str = _text()
    member_number: str = _text()
    owner_relation: str = _text()
    owner_name: str = _text()
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
    note: str = _text()


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


class PatientMerge(Table, table=True):
    """That one patient's record became part of another's; standing until it is undone.

    `choices` says for each field whose value the survivor got; `before` and `after` are the survivor's fields that
    changed by it. `kept` are the fields that an undoing left as somebody had changed them meanwhile.
    """

    __tablename__ = "patient_merge"
    __table_args__ = (
        sa.CheckConstraint("merged_id <> survivor_id", name="of_two"),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        sa.CheckConstraint("undone_at IS NULL OR undone_at >= merged_at", name="undone_afterwards"),
        sa.Index(
            "uq_patient_merge_standing",
            "merged_id",
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
        sa.Index("ix_patient_merge_survivor_id", "survivor_id", "id"),
        {"info": stays_at_merge("the merge log says what was")},
    )

    merged_id: int = foreign_key("patient.id")
    survivor_id: int = foreign_key("patient.id")
    merged_at: dt.datetime = instant()
    merged_by: str = Field(sa_type=sa.Text)
    merged_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    reason: str = _text()
    choices: dict[str, str] = _json()
    before: dict[str, Any] = _json()
    after: dict[str, Any] = _json()
    status_before: str = Field(sa_type=sa.Text)
    reason_before: str = _text()
    steps: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    undone_at: dt.datetime | None = optional_instant()
    undone_by: str | None = _optional_text()
    undone_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    undone_reason: str = _text()
    kept: dict[str, Any] = _json()


class PatientMergeStep(Table, table=True):
    """One row that a merge moved to the survivor, or had to leave; `before` and `after` are the columns it changed."""

    __tablename__ = "patient_merge_step"
    __table_args__ = (
        one_of("patient_merge_step", "outcome", StepOutcome),
        sa.UniqueConstraint("merge_id", "table_name", "row_id", name="uq_patient_merge_step_row"),
        {"info": APPEND_ONLY},
    )

    merge_id: int = foreign_key("patient_merge.id")
    table_name: str = Field(sa_type=sa.Text)
    row_id: int = Field(sa_type=sa.BigInteger)
    outcome: str = Field(sa_type=sa.Text)
    before: dict[str, Any] = _json()
    after: dict[str, Any] = _json()


class DuplicateScan(Table, table=True):
    """One walk over the register for duplicates: how far it is, so that a broken one goes on from there.

    `beat_at` is when it last committed; `stage` and `place` are what comes next.
    """

    __tablename__ = "duplicate_scan"
    __table_args__ = (
        one_of("duplicate_scan", "status", ScanStatus),
        sa.CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_when_over"),
        sa.Index(
            "uq_duplicate_scan_running",
            "status",
            unique=True,
            postgresql_where=sa.text("status = 'running'"),
        ),
        {"info": unaudited("progress; who started it is audited")},
    )

    status: str = _word(ScanStatus.RUNNING.value)
    stage: str = _text()
    place: list[str] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": sa.text("'[]'::jsonb")}
    )
    done: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    total: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    compared: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    left_out: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    started_at: dt.datetime = instant()
    started_by: str = Field(sa_type=sa.Text)
    beat_at: dt.datetime = instant()
    finished_at: dt.datetime | None = optional_instant()
    problem: str = _text()


class PatientDuplicate(Table, table=True):
    """Two patients who may be one person: how likely, why, and what somebody decided.

    `weight` is in bits (`rules.matching`); `scan_id` is the last scan that found the pair.
    """

    __tablename__ = "patient_duplicate"
    __table_args__ = (
        one_of("patient_duplicate", "status", DuplicateStatus),
        sa.CheckConstraint("first_id < second_id", name="lower_first"),
        sa.UniqueConstraint("first_id", "second_id", name="uq_patient_duplicate_pair"),
        sa.CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        sa.Index("ix_patient_duplicate_worklist", "status", sa.text("weight DESC"), "id"),
        sa.Index("ix_patient_duplicate_second_id", "second_id"),
        {
            "info": unaudited("derived from the register; decisions are audited")
            | stays_at_merge("a pair is about these two records")
        },
    )

    first_id: int = foreign_key("patient.id")
    second_id: int = foreign_key("patient.id")
    weight: Decimal = Field(sa_type=sa.Numeric(7, 2))
    reasons: list[str] = Field(default_factory=list, sa_type=JSONB)
    doubts: list[str] = Field(default_factory=list, sa_type=JSONB)
    status: str = _word(DuplicateStatus.OPEN.value)
    scan_id: int | None = foreign_key("duplicate_scan.id", default=None, nullable=True)
    found_at: dt.datetime = instant()
    decided_at: dt.datetime | None = optional_instant()
    decided_by: str = _text()
    decided_by_user_id: int | None = foreign_key("app_user.id", default=None, nullable=True)
    decided_reason: str = _text()
