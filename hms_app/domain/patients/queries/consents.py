"""Reading what patients agreed to."""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import find_visible
from hms_app.domain.patients.values import (
    CONSENT_LABELS,
    CONSENT_STATE_LABELS,
    ConsentDecision,
    ConsentKind,
    ConsentRow,
)

_CONSENTS: Final = """
SELECT c.*, coalesce(u.name, '') AS recorded_by, coalesce(e.name, '') AS error_by
FROM patient_consent c
LEFT JOIN app_user u ON u.id = c.recorded_by_user_id
LEFT JOIN app_user e ON e.id = c.entered_in_error_by_user_id"""


@use_case(Permission.PATIENTS_CONSENT_READ)
def list_consents(session: Session, actor: Actor, *, patient_id: int) -> list[ConsentRow]:
    """Every consent of a patient, the newest decision first, those entered in error last."""
    find_visible(session, actor, patient_id)
    return consents_of(session, actor.locale, patient_id)


def consents_of(session: Session, locale: HospitalLocale, patient_id: int) -> list[ConsentRow]:
    """The same for a caller that has checked who asks."""
    found = rows_of(
        session,
        Statement(
            f"{_CONSENTS} WHERE c.patient_id = %(patient_id)s"
            " ORDER BY c.entered_in_error_at IS NOT NULL, c.recorded_on DESC, c.id DESC",
            {"patient_id": patient_id},
        ),
    )
    return [consent_row(row, locale) for row in found]


def get_consent(session: Session, actor: Actor, *, consent_id: int) -> ConsentRow:
    """One consent, for a caller that has checked who asks; raises NotFound."""
    found = rows_of(session, Statement(f"{_CONSENTS} WHERE c.id = %(id)s", {"id": consent_id}))
    if not found:
        raise NotFound("consent")
    return consent_row(found[0], actor.locale)


def consent_row(found: Mapping[str, Any], locale: HospitalLocale) -> ConsentRow:
    """A consent's columns as a row to show."""
    kind = ConsentKind(found["kind"])
    state = rules.consent_state(
        found["decision"],
        valid_until=found["valid_until"],
        withdrawn_on=found["withdrawn_on"],
        is_error=found["entered_in_error_at"] is not None,
        today=locale.today(),
    )
    return ConsentRow(
        id=found["id"],
        version=found["version"],
        kind=kind,
        kind_label=CONSENT_LABELS[kind],
        decision=ConsentDecision(found["decision"]),
        state=state,
        state_label=CONSENT_STATE_LABELS[state],
        recorded_on=locale.date(found["recorded_on"]),
        valid_until=locale.date(found["valid_until"]),
        withdrawn_on=locale.date(found["withdrawn_on"]),
        note=found["note"],
        recorded_by=found["recorded_by"],
        error_note=error_note(found, locale),
    )


def error_note(found: Mapping[str, Any], locale: HospitalLocale) -> str:
    """Who said when and why that a row was entered in error; empty for a row that counts."""
    if found["entered_in_error_at"] is None:
        return ""
    who = f" by {found['error_by']}" if found["error_by"] else ""
    return f"{found['entered_in_error_reason']} ({locale.moment(found['entered_in_error_at'])}{who})"
