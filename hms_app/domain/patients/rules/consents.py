"""What a consent means on a day, and what may be recorded."""

import datetime as dt

from hms_app.core.errors import DomainError, InvalidInput
from hms_app.domain.patients.values import ConsentDecision, ConsentInput, ConsentKind, ConsentState


def consent_state(
    decision: str,
    *,
    valid_until: dt.date | None,
    withdrawn_on: dt.date | None,
    is_error: bool,
    today: dt.date,
) -> ConsentState:
    """What a consent means today; `valid_until` is the last day it counts."""
    if is_error:
        return ConsentState.ENTERED_IN_ERROR
    if withdrawn_on is not None and withdrawn_on <= today:
        return ConsentState.WITHDRAWN
    if valid_until is not None and valid_until < today:
        return ConsentState.EXPIRED
    return ConsentState(decision)


def ensure_recordable(request: ConsentInput, *, today: dt.date) -> None:
    """Raise InvalidInput for days that cannot be, or for "other" without a word on what."""
    problems = {}
    recorded_on = request.recorded_on or today
    if recorded_on > today:
        problems["recorded_on"] = "A consent cannot be recorded for a day to come."
    if request.valid_until is not None and request.valid_until < recorded_on:
        problems["valid_until"] = "It cannot end before it was given."
    if request.kind is ConsentKind.OTHER and not request.note:
        problems["note"] = "Say what was agreed to or refused."
    if problems:
        raise InvalidInput(problems)


def ensure_withdrawable(
    decision: str, *, recorded_on: dt.date, already_on: dt.date | None, on: dt.date, today: dt.date
) -> None:
    """Raise DomainError unless a consent that was given can be withdrawn on the day `on`."""
    if decision != ConsentDecision.GIVEN.value:
        raise DomainError("Only a consent that was given can be withdrawn. Record a new decision instead.")
    if already_on is not None:
        raise DomainError("This consent is withdrawn already.")
    if on > today:
        raise DomainError("Choose today or an earlier day.", field="withdrawn_on")
    if on < recorded_on:
        raise DomainError("It cannot be withdrawn before it was given.", field="withdrawn_on")
