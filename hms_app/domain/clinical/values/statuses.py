"""One model of statuses: the few that life cycles have here, and the finer ones of FHIR that are kept beside them.

A row's `status` says whether it counts; its `status_told` is the status that was told where that says more ("on-hold"
of a medicine that is active). It speaks only as long as it agrees with `status`: who ends a medicine here ends it.
"""

from collections.abc import Mapping
from typing import Final

from hms_app.domain.clinical.values.words import CourseStatus, EncounterStatus, EventStatus

ENCOUNTER_TOLD: Final = {
    "planned": EncounterStatus.PLANNED.value,
    "arrived": EncounterStatus.IN_PROGRESS.value,
    "triaged": EncounterStatus.IN_PROGRESS.value,
    "in-progress": EncounterStatus.IN_PROGRESS.value,
    "onleave": EncounterStatus.IN_PROGRESS.value,
    "finished": EncounterStatus.COMPLETED.value,
    "unknown": EncounterStatus.COMPLETED.value,
    "cancelled": EncounterStatus.CANCELLED.value,
    "entered-in-error": EncounterStatus.ENTERED_IN_ERROR.value,
}
COURSE_TOLD: Final = {
    "active": CourseStatus.ACTIVE.value,
    "recurrence": CourseStatus.ACTIVE.value,
    "relapse": CourseStatus.ACTIVE.value,
    "unknown": CourseStatus.ACTIVE.value,
    "resolved": CourseStatus.ENDED.value,
    "inactive": CourseStatus.ENDED.value,
    "remission": CourseStatus.ENDED.value,
}
"""The clinical statuses of conditions and allergies."""
REQUEST_TOLD: Final = {
    "active": CourseStatus.ACTIVE.value,
    "on-hold": CourseStatus.ACTIVE.value,
    "unknown": CourseStatus.ACTIVE.value,
    "stopped": CourseStatus.ENDED.value,
    "cancelled": CourseStatus.ENDED.value,
    "revoked": CourseStatus.ENDED.value,
    "completed": CourseStatus.ENDED.value,
    "entered-in-error": CourseStatus.ENTERED_IN_ERROR.value,
}
"""The statuses of prescriptions and care plans."""
STATEMENT_TOLD: Final = {
    **REQUEST_TOLD,
    "intended": CourseStatus.ACTIVE.value,
    "not-taken": CourseStatus.ENDED.value,
    "recorded": CourseStatus.ACTIVE.value,
}
"""The statuses of what a patient says to take."""
EVENT_TOLD: Final = {
    "preparation": EventStatus.PLANNED.value,
    "in-progress": EventStatus.PLANNED.value,
    "on-hold": EventStatus.PLANNED.value,
    "registered": EventStatus.PLANNED.value,
    "completed": EventStatus.COMPLETED.value,
    "unknown": EventStatus.COMPLETED.value,
    "not-done": EventStatus.CANCELLED.value,
    "stopped": EventStatus.CANCELLED.value,
    "entered-in-error": EventStatus.ENTERED_IN_ERROR.value,
}
"""The statuses of procedures and immunizations."""
RESULT_TOLD: Final = {
    "registered": EventStatus.PLANNED.value,
    "final": EventStatus.COMPLETED.value,
    "partial": EventStatus.COMPLETED.value,
    "preliminary": EventStatus.COMPLETED.value,
    "amended": EventStatus.COMPLETED.value,
    "corrected": EventStatus.COMPLETED.value,
    "appended": EventStatus.COMPLETED.value,
    "unknown": EventStatus.COMPLETED.value,
    "cancelled": EventStatus.CANCELLED.value,
    "entered-in-error": EventStatus.ENTERED_IN_ERROR.value,
}
"""The statuses of observations and reports."""
PLAIN: Final = frozenset({"active", "in-progress", "finished", "final", "planned", "entered-in-error"})
"""Told statuses that say no more than the life cycle does, whichever it is."""
_LABELS: Final = {
    "onleave": "On leave",
    "on-hold": "On hold",
    "unknown": "Status unknown",
    "remission": "In remission",
    "not-taken": "Not taken",
}
VERIFICATION_LABELS: Final = {
    "confirmed": "Confirmed",
    "unconfirmed": "Not confirmed",
    "provisional": "Provisional",
    "differential": "Differential diagnosis",
    "refuted": "Refuted",
}
"""How sure somebody is of a condition or an allergy."""


def default_told(meanings: Mapping[str, str], status: str) -> str:
    """The first of FHIR's statuses that means this one here: what is written when nothing finer was told."""
    return next((told for told, meant in meanings.items() if meant == status), "")


def told_of(meanings: Mapping[str, str], told: str) -> str:
    """What is kept of a told status beside what it means here; "" when it says no more."""
    return "" if told == default_told(meanings, meanings.get(told, "")) else told


def told_status(meanings: Mapping[str, str], told: str, status: str) -> str:
    """The status in FHIR's words: what was told, as long as it agrees with the life cycle, or else the usual one."""
    return told if meanings.get(told) == status else default_told(meanings, status)


_ALL: Final = (ENCOUNTER_TOLD, COURSE_TOLD, STATEMENT_TOLD, EVENT_TOLD, RESULT_TOLD)


def told_words(told: str, status: str) -> str:
    """A told status as people read it; "" when it says no more than the life cycle, or no longer agrees with it."""
    if not told or told in PLAIN or all(meanings.get(told) != status for meanings in _ALL):
        return ""
    return _LABELS.get(told, told.replace("-", " ").capitalize())


def status_words(row: Mapping[str, object]) -> str:
    """What a row's told status and its verification say beyond its life cycle: "In remission, provisional"."""
    told = told_words(str(row.get("status_told") or ""), str(row["status"]))
    verified = str(row.get("verification") or "")
    sure = "" if verified == "confirmed" else VERIFICATION_LABELS.get(verified, "")
    return f"{told}, {sure.lower()}" if told and sure else told or sure
