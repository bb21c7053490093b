"""Rows about what happened to patients, and what the database refuses about them.

Every row has `occurred_at`, the instant it happened or began: the timeline sorts by it. Where only the day is
known, `is_day_only` is true and `occurred_at` and `ended_at` are midnight UTC of that day. Of what people record by
hand often only the month or year is known: then `occurred_at` is its first day and `ended_at` its last.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field

import hms_app.domain.clinical.tables.derived
import hms_app.domain.scheduling.tables  # noqa: F401  (an encounter can be an appointment's)
from hms_app.core.table import (
    Sourced,
    Table,
    foreign_key,
    instant,
    one_of,
    optional_instant,
    sourced_once,
    text_column,
    word_column,
)
from hms_app.domain.clinical.values import (
    AllergyCategory,
    AllergyKind,
    CourseStatus,
    Criticality,
    DatePrecision,
    DocumentKind,
    DocumentStatus,
    EncounterClass,
    EncounterStatus,
    EventStatus,
    ObservationCategory,
    Relationship,
    Severity,
)
from hms_app.domain.patients.tables import Kept
from hms_app.domain.records.tables import error_has_reason

TOOK_PLACE: Final = "status IN ('in_progress', 'completed')"
"""Which encounters count as visits, in the words of the indices that find patients by them."""
IS_NO_ERROR: Final = "status <> 'entered_in_error'"


def _amount() -> Any:
    return Field(default=None, sa_type=sa.Numeric(14, 2), nullable=True)


def _currency() -> Any:
    return Field(default=None, sa_type=sa.Text, nullable=True)


def _optional_key(target: str) -> Any:
    return foreign_key(target, default=None, nullable=True)


def _record(table: str, statuses: type[StrEnum], *, encounter: bool = True) -> tuple[Any, ...]:
    """What every clinical table has: its source, its life cycle, its place on the timeline, its encounter."""
    shared = (
        sourced_once(table),
        one_of(table, "status", statuses),
        one_of(table, "occurred_precision", DatePrecision),
        one_of(table, "ended_precision", DatePrecision),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= occurred_at", name="ends_after_start"),
        sa.Index(f"ix_{table}_timeline", "patient_id", sa.text("occurred_at DESC"), sa.text("id DESC")),
    )
    return (*shared, *_of_encounter(table)) if encounter else shared


def _of_encounter(table: str) -> tuple[Any, ...]:
    """The encounter must be the same patient's; moving an encounter to another patient moves what belongs to it."""
    return (
        sa.ForeignKeyConstraint(
            ["patient_id", "encounter_id"],
            ["encounter.patient_id", "encounter.id"],
            name=f"fk_{table}_encounter_of_patient",
            onupdate="CASCADE",
        ),
        sa.Index(f"ix_{table}_encounter_id", "encounter_id"),
    )


def _priced() -> sa.CheckConstraint:
    return sa.CheckConstraint("base_cost_amount IS NULL OR currency IS NOT NULL", name="cost_has_currency")


class ClinicalRecord(Sourced, Table):
    """The columns every clinical table shares.

    Where the precision is `unknown`, `occurred_at` is the day on which it was recorded. `status_told` is FHIR's own
    word for the status where that says more than the life cycle (values/statuses.py).
    """

    patient_id: int = foreign_key("patient.id")
    code: str = text_column()
    code_system: str = text_column()
    display: str = text_column()
    occurred_at: dt.datetime = instant()
    ended_at: dt.datetime | None = optional_instant()
    is_day_only: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    occurred_precision: str = word_column(DatePrecision.DAY.value)
    ended_precision: str = word_column(DatePrecision.DAY.value)
    status_told: str = text_column()


class Recorded(Kept, ClinicalRecord):
    """The further columns of what people record and correct by hand; `ended_reason` says why it was ended."""

    note: str = text_column()
    ended_reason: str = text_column()


def _recorded(table: str, statuses: type[StrEnum]) -> tuple[Any, ...]:
    """What every table of recorded entries has."""
    return (
        *_record(table, statuses),
        error_has_reason(),
        sa.CheckConstraint(
            "entered_in_error_at IS NULL OR status = 'entered_in_error'", name="error_has_status"
        ),
    )


class Encounter(ClinicalRecord, table=True):
    """A visit or stay; `code` says what kind, `reason_code` why.

    One that was planned at the desk is of an appointment, of a place in a queue, or of both.
    """

    __tablename__ = "encounter"
    __table_args__ = (
        *_record("encounter", EncounterStatus, encounter=False),
        one_of("encounter", "encounter_class", EncounterClass),
        sa.UniqueConstraint("patient_id", "id", name="uq_encounter_of_patient"),
        sa.UniqueConstraint("appointment_id", name="uq_encounter_appointment"),
        sa.UniqueConstraint("queue_entry_id", name="uq_encounter_queue_entry"),
        sa.CheckConstraint(
            "coalesce(base_cost_amount, total_claim_amount, payer_coverage_amount) IS NULL OR currency IS NOT NULL",
            name="cost_has_currency",
        ),
        sa.Index("ix_encounter_practitioner_id", "practitioner_id", sa.text("occurred_at DESC")),
        sa.Index(
            "ix_encounter_patients_of_practitioner",
            "practitioner_id",
            "patient_id",
            postgresql_where=sa.text(TOOK_PLACE),
        ),
        sa.Index(
            "ix_encounter_patients_of_department",
            "department_id",
            "patient_id",
            postgresql_where=sa.text(TOOK_PLACE),
        ),
    )

    status: str = word_column(EncounterStatus.COMPLETED.value)
    encounter_class: str = word_column(EncounterClass.OTHER.value)
    practitioner_id: int | None = _optional_key("practitioner.id")
    organization_id: int | None = _optional_key("organization.id")
    department_id: int | None = _optional_key("department.id")
    payer_id: int | None = _optional_key("payer.id")
    appointment_id: int | None = _optional_key("appointment.id")
    queue_entry_id: int | None = _optional_key("queue_entry.id")
    reason_code: str = text_column()
    reason_system: str = text_column()
    reason_display: str = text_column()
    note: str = text_column()
    base_cost_amount: Decimal | None = _amount()
    total_claim_amount: Decimal | None = _amount()
    payer_coverage_amount: Decimal | None = _amount()
    currency: str | None = _currency()


class Condition(Recorded, table=True):
    """A diagnosis or problem; it is resolved when it has ended."""

    __tablename__ = "condition"
    __table_args__ = (
        *_recorded("condition", CourseStatus),
        sa.Index(
            "ix_condition_patients_of_code", "code", "patient_id", postgresql_where=sa.text(IS_NO_ERROR)
        ),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(CourseStatus.ACTIVE.value)
    verification: str = text_column()


class AllergyIntolerance(Recorded, table=True):
    """Something a patient must not meet; or, by its code, the statement that no such thing is known."""

    __tablename__ = "allergy_intolerance"
    __table_args__ = (
        *_recorded("allergy_intolerance", CourseStatus),
        one_of("allergy_intolerance", "kind", AllergyKind),
        one_of("allergy_intolerance", "category", AllergyCategory),
        one_of("allergy_intolerance", "criticality", Criticality),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(CourseStatus.ACTIVE.value)
    kind: str = word_column(AllergyKind.ALLERGY.value)
    category: str = word_column(AllergyCategory.OTHER.value)
    criticality: str | None = Field(default=None, sa_type=sa.Text, nullable=True)
    verification: str = text_column()


class AllergyReaction(Table, table=True):
    """What an allergy did; `position` is its place in the list (from 1)."""

    __tablename__ = "allergy_reaction"
    __table_args__ = (
        sa.UniqueConstraint("allergy_id", "position", name="uq_allergy_reaction_position"),
        one_of("allergy_reaction", "severity", Severity),
        sa.CheckConstraint("position >= 1", name="position_from_one"),
    )

    allergy_id: int = foreign_key("allergy_intolerance.id")
    position: int = Field(sa_type=sa.Integer)
    code: str = text_column()
    code_system: str = text_column()
    display: str = text_column()
    severity: str | None = Field(default=None, sa_type=sa.Text, nullable=True)


class MedicationRequest(Recorded, table=True):
    """A medicine a patient was told to take; costs are per dispense, and in total.

    Where it was recorded in spite of an allergy, `allergy_warning` is what was warned of and `allergy_reason` why.
    """

    __tablename__ = "medication_request"
    __table_args__ = (
        *_recorded("medication_request", CourseStatus),
        sa.CheckConstraint(
            "coalesce(base_cost_amount, total_cost_amount, payer_coverage_amount) IS NULL OR currency IS NOT NULL",
            name="cost_has_currency",
        ),
        sa.CheckConstraint("dispenses >= 0", name="dispenses_not_negative"),
        sa.CheckConstraint(
            "(allergy_warning = '') = (allergy_reason = '')", name="allergy_warning_has_reason"
        ),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(CourseStatus.ACTIVE.value)
    practitioner_id: int | None = _optional_key("practitioner.id")
    payer_id: int | None = _optional_key("payer.id")
    reason_code: str = text_column()
    reason_system: str = text_column()
    reason_display: str = text_column()
    dosage: str = text_column()
    allergy_warning: str = text_column()
    allergy_reason: str = text_column()
    dispenses: int | None = Field(default=None, sa_type=sa.Integer, nullable=True)
    base_cost_amount: Decimal | None = _amount()
    payer_coverage_amount: Decimal | None = _amount()
    total_cost_amount: Decimal | None = _amount()
    currency: str | None = _currency()


class DiagnosticReport(ClinicalRecord, table=True):
    """What a laboratory or another service found out; its results are the observations that name it."""

    __tablename__ = "diagnostic_report"
    __table_args__ = (
        *_record("diagnostic_report", EventStatus),
        one_of("diagnostic_report", "category", ObservationCategory),
        sa.UniqueConstraint("patient_id", "id", name="uq_diagnostic_report_of_patient"),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    category: str = word_column(ObservationCategory.OTHER.value)
    conclusion: str = text_column()
    note: str = text_column()
    practitioner_id: int | None = _optional_key("practitioner.id")
    issued_at: dt.datetime | None = optional_instant()


class Observation(Recorded, table=True):
    """A measured, tested or asked-for value: a number with its unit (UCUM), a text, or a code with its text.

    A panel (blood pressure, Apgar score) stands over others, which name it in `panel_id`; it may lack a value.
    The reference range is the one that came along with the value, in its unit.
    """

    __tablename__ = "observation"
    __table_args__ = (
        *_recorded("observation", EventStatus),
        one_of("observation", "category", ObservationCategory),
        sa.CheckConstraint(
            "is_panel OR value_number IS NOT NULL OR value_text <> '' OR value_code <> ''", name="has_value"
        ),
        sa.CheckConstraint("panel_id <> id", name="not_its_own_panel"),
        sa.ForeignKeyConstraint(
            ["patient_id", "diagnostic_report_id"],
            ["diagnostic_report.patient_id", "diagnostic_report.id"],
            name="fk_observation_report_of_patient",
            onupdate="CASCADE",
        ),
        sa.Index(
            "ix_observation_series", "patient_id", "code", sa.text("occurred_at DESC"), sa.text("id DESC")
        ),
        sa.Index("ix_observation_panel_id", "panel_id", postgresql_where=sa.text("panel_id IS NOT NULL")),
        sa.Index(
            "ix_observation_diagnostic_report_id",
            "diagnostic_report_id",
            postgresql_where=sa.text("diagnostic_report_id IS NOT NULL"),
        ),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    category: str = word_column(ObservationCategory.OTHER.value)
    value_number: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    value_text: str = text_column()
    value_code: str = text_column()
    value_system: str = text_column()
    unit: str = text_column()
    reference_low: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    reference_high: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    is_panel: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    panel_id: int | None = _optional_key("observation.id")
    diagnostic_report_id: int | None = Field(default=None, sa_type=sa.BigInteger)


class Procedure(ClinicalRecord, table=True):
    """Something done to or for a patient."""

    __tablename__ = "procedure"
    __table_args__ = (*_record("procedure", EventStatus), _priced())

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    practitioner_id: int | None = _optional_key("practitioner.id")
    reason_code: str = text_column()
    reason_system: str = text_column()
    reason_display: str = text_column()
    note: str = text_column()
    base_cost_amount: Decimal | None = _amount()
    currency: str | None = _currency()


class Immunization(Recorded, table=True):
    """A vaccine given, and from which lot."""

    __tablename__ = "immunization"
    __table_args__ = (*_recorded("immunization", EventStatus), _priced())

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    practitioner_id: int | None = _optional_key("practitioner.id")
    lot_number: str = text_column()
    base_cost_amount: Decimal | None = _amount()
    currency: str | None = _currency()


class CarePlan(ClinicalRecord, table=True):
    """What is planned for a patient over a time, and why."""

    __tablename__ = "care_plan"
    __table_args__ = _record("care_plan", CourseStatus)

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(CourseStatus.ACTIVE.value)
    reason_code: str = text_column()
    reason_system: str = text_column()
    reason_display: str = text_column()
    note: str = text_column()


class DeviceUse(ClinicalRecord, table=True):
    """A device implanted in or used by a patient; `udi` is its unique device identifier."""

    __tablename__ = "device_use"
    __table_args__ = _record("device_use", CourseStatus)

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(CourseStatus.ACTIVE.value)
    udi: str = text_column()


class SupplyUse(ClinicalRecord, table=True):
    """Consumables used for a patient."""

    __tablename__ = "supply_use"
    __table_args__ = (
        *_record("supply_use", EventStatus),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    quantity: Decimal = Field(
        default=Decimal(1), sa_type=sa.Numeric, sa_column_kwargs={"server_default": "1"}
    )


class ImagingStudy(ClinicalRecord, table=True):
    """An image of a patient; `code` is the procedure, one row for each instance."""

    __tablename__ = "imaging_study"
    __table_args__ = _record("imaging_study", EventStatus)

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    study_uid: str = text_column()
    series_uid: str = text_column()
    instance_uid: str = text_column()
    body_site_code: str = text_column()
    body_site_display: str = text_column()
    modality_code: str = text_column()
    modality_display: str = text_column()
    sop_code: str = text_column()
    sop_display: str = text_column()


class FamilyMemberHistory(Recorded, table=True):
    """A condition of a patient's relative; `age_at_onset` in completed years."""

    __tablename__ = "family_member_history"
    __table_args__ = (
        *_recorded("family_member_history", EventStatus),
        one_of("family_member_history", "relationship", Relationship),
        sa.CheckConstraint("age_at_onset BETWEEN 0 AND 130", name="age_at_onset_possible"),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(EventStatus.COMPLETED.value)
    relationship: str = word_column(Relationship.OTHER.value)
    age_at_onset: int | None = Field(default=None, sa_type=sa.Integer, nullable=True)
    is_deceased: bool | None = Field(default=None, nullable=True)


class DocumentReference(Recorded, table=True):
    """A document about a patient and the kept file that is it; `display` is its title, `code` its kind in LOINC."""

    __tablename__ = "document_reference"
    __table_args__ = (
        *_recorded("document_reference", DocumentStatus),
        one_of("document_reference", "kind", DocumentKind),
        sa.UniqueConstraint("file_id", name="uq_document_reference_file_id"),
        sa.CheckConstraint("btrim(display) <> ''", name="titled"),
        sa.Index(
            "ix_document_reference_kind",
            "patient_id",
            "kind",
            sa.text("occurred_at DESC"),
            sa.text("id DESC"),
        ),
    )

    encounter_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    status: str = word_column(DocumentStatus.CURRENT.value)
    kind: str = word_column(DocumentKind.OTHER.value)
    file_id: int = foreign_key("stored_file.id")
