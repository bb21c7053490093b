"""What `verify` asks of the clinical rows."""

from collections.abc import Callable
from typing import Final

from sqlmodel import Session

from hms_app.domain.audit.values import Check

_TABLES: Final = (
    "condition",
    "allergy_intolerance",
    "medication_request",
    "observation",
    "diagnostic_report",
    "procedure",
    "immunization",
    "care_plan",
    "device_use",
    "supply_use",
    "imaging_study",
    "family_member_history",
    "document_reference",
)
_TERM_TABLES: Final = (
    "condition",
    "allergy_intolerance",
    "allergy_reaction",
    "medication_request",
    "immunization",
    "family_member_history",
)
_MOST_PROBLEMS: Final = 20


def check_encounters_of_patients(session: Session) -> Check:
    """Every clinical row's encounter exists and belongs to the row's patient."""
    return _each(
        session,
        "clinical: a row's encounter belongs to its patient",
        "SELECT t.id FROM {table} t LEFT JOIN encounter e ON e.id = t.encounter_id"
        " WHERE t.encounter_id IS NOT NULL AND e.patient_id IS DISTINCT FROM t.patient_id",
        "SELECT count(*) FROM {table} WHERE encounter_id IS NOT NULL",
        "belongs to another patient's encounter",
        _TABLES,
    )


def check_ends_after_starts(session: Session) -> Check:
    """Nothing ends before it begins."""
    return _each(
        session,
        "clinical: nothing ends before it begins",
        "SELECT id FROM {table} WHERE ended_at < occurred_at",
        "SELECT count(*) FROM {table} WHERE ended_at IS NOT NULL",
        "ends before it begins",
        ("encounter", *_TABLES),
    )


def check_terms_complete(session: Session) -> Check:
    """Every code and text that records use is offered while somebody types."""
    return _each(
        session,
        "clinical: the vocabulary has every term in use",
        "SELECT t.id FROM {table} t WHERE t.display <> '' AND NOT EXISTS (SELECT 1 FROM clinical_term c"
        " WHERE c.code_system = t.code_system AND c.code = t.code AND md5(c.display) = md5(t.display))",
        "SELECT count(*) FROM {table} WHERE display <> ''",
        "uses a term that the vocabulary lacks",
        _TERM_TABLES,
    )


def check_panels(session: Session) -> Check:
    """An observation below a panel is of the panel's patient, and what it stands under is a panel."""
    return _each(
        session,
        "clinical: parts of a panel belong to its patient",
        "SELECT o.id FROM {table} o JOIN observation p ON p.id = o.panel_id"
        " WHERE NOT p.is_panel OR p.patient_id <> o.patient_id",
        "SELECT count(*) FROM {table} WHERE panel_id IS NOT NULL",
        "stands under what is no panel of its patient",
        ("observation",),
    )


def check_results(session: Session) -> Check:
    """A result stands in a report of its own patient."""
    return _each(
        session,
        "clinical: results belong to the patient of their report",
        "SELECT o.id FROM {table} o LEFT JOIN diagnostic_report r ON r.id = o.diagnostic_report_id"
        " WHERE o.diagnostic_report_id IS NOT NULL AND r.patient_id IS DISTINCT FROM o.patient_id",
        "SELECT count(*) FROM {table} WHERE diagnostic_report_id IS NOT NULL",
        "is a result of another patient's report",
        ("observation",),
    )


def check_visits_of_appointments(session: Session) -> Check:
    """Whoever has arrived for an appointment has a visit, which stands where the appointment does."""
    arrived = (
        "FROM {table} a LEFT JOIN encounter e ON e.appointment_id = a.id WHERE a.source_system IS NULL AND"
        " (a.status IN ('arrived', 'in_consultation') OR e.id IS NOT NULL)"
    )
    stands = (
        "CASE a.status WHEN 'arrived' THEN 'planned' WHEN 'in_consultation' THEN 'in_progress'"
        " WHEN 'fulfilled' THEN 'completed' ELSE 'cancelled' END"
    )
    return _each(
        session,
        "clinical: who has arrived for an appointment has a visit",
        f"SELECT a.id {arrived} AND e.status IS DISTINCT FROM {stands}"
        " AND e.status IS DISTINCT FROM 'entered_in_error'",
        f"SELECT count(*) {arrived}",
        "has no visit, or one that stands elsewhere",
        ("appointment",),
    )


def _each(session: Session, name: str, wrong: str, count: str, what: str, tables: tuple[str, ...]) -> Check:
    connection = session.connection()
    checked, problems = 0, []
    for table in tables:
        checked += connection.exec_driver_sql(count.format(table=table)).scalar_one()
        found = connection.exec_driver_sql(f"{wrong.format(table=table)} LIMIT {_MOST_PROBLEMS}").scalars()
        problems += [f"{table} {row_id} {what}." for row_id in found]
    return Check(name, not problems, checked, problems[:_MOST_PROBLEMS])


CHECKS: Final[list[Callable[[Session], Check]]] = [
    check_encounters_of_patients,
    check_ends_after_starts,
    check_terms_complete,
    check_panels,
    check_results,
    check_visits_of_appointments,
]
