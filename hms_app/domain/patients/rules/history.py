"""An entry of the trail in words: what was done, and each field before and after."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from hms_app.core.locale import HospitalLocale
from hms_app.domain.audit.values import AuditAction
from hms_app.domain.patients.rules.details import identifier_words
from hms_app.domain.patients.values import (
    ACTION_LABELS,
    CONSENT_LABELS,
    CONTACT_USE_LABELS,
    FIELD_LABELS,
    FOUND_IN_SEARCH,
    LIST_PLACES,
    LOOK_WORDS,
    MARITAL_LABELS,
    NARROWED_WORDS,
    RECORD_PARTS,
    RELATION_LABELS,
    SEARCHED_PLACES,
    SEX_LABELS,
    STATUS_LABELS,
    ConsentKind,
    FieldChange,
    spoken_languages,
)

_LABELS: Final[dict[str, str]] = {
    **FIELD_LABELS,
    "birth_date": "Date of birth",
    "birth_date_precision": "Date of birth is known as",
    "birth_estimated_on": "Age estimated on",
    "deceased_at": "Died",
    "deceased_precision": "How well the time of death is known",
    "deceased_is_day_only": "Only the day of death is known",
    "is_restricted": "Restricted",
    "status": "Status",
    "status_reason": "Reason of the status",
    "mrn": "Record number",
    "address_line": "Street and number",
    "city": "Town",
    "region": "State or region",
    "postal_code": "Postal code",
    "relationship_name": "Relation to the patient",
    "use": "For",
    "value": "Number or address",
    "member_number": "Member number",
    "starts_on": "From",
    "ends_on": "Until (this day not included)",
    "ended_on": "Not valid from",
    "share": "Share the payer covers",
    "payer_id": "Payer",
    "recorded_on": "Recorded on",
    "valid_until": "Valid until",
    "withdrawn_on": "Withdrawn on",
    "photo_file": "Photo",
}
_ORDER: Final = tuple(_LABELS)
_UNSAID: Final = frozenset({"digits", "system", "name_sort", "version", "id", "patient_id"})
"""Columns that only repeat another one, or say nothing to people."""
_CODES: Final[dict[str, Mapping[str, str]]] = {
    "sex_at_birth": SEX_LABELS,
    "gender": SEX_LABELS,
    "marital_status": MARITAL_LABELS,
    "status": STATUS_LABELS,
    "use": CONTACT_USE_LABELS,
    "birth_date_precision": {"exact": "the day", "year": "the year", "estimated": "an estimated age"},
}


def action_words(action: str) -> str:
    """What was done, such as "Coverage ended" for "patients.coverage.ended"."""
    words = " ".join(action.split(".")[1:]).replace("_", " ")
    return ACTION_LABELS.get(action, words[:1].upper() + words[1:] or action)


def look_words(action: str, told: Mapping[str, Any]) -> str:
    """What somebody saw of a patient, for the patient as well: of a list only by what kind of thing it was narrowed.

    "list narrowed by a diagnosis" says neither which one nor who else was in it.
    """
    if action != AuditAction.LIST_SEEN:
        return LOOK_WORDS.get(action) or RECORD_PARTS.get(
            str(told.get("what", "")), str(told.get("what", ""))
        )
    place = str(told.get("place", ""))
    if told.get("searched_by") and place in SEARCHED_PLACES:
        return FOUND_IN_SEARCH
    by = [words for names, words in NARROWED_WORDS if any(told.get(name) for name in names)]
    return f"{LIST_PLACES.get(place, 'a list')}{' narrowed by ' if by else ''}{' and '.join(by)}"


def field_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], locale: HospitalLocale, payers: Mapping[int, str]
) -> tuple[FieldChange, ...]:
    """Each field of an entry in words; `payers` are names by id."""
    names = sorted({*before, *after} - _UNSAID, key=_place)
    changes = [
        FieldChange(
            _label(name),
            _words(name, before.get(name), locale, payers),
            _words(name, after.get(name), locale, payers),
        )
        for name in names
    ]
    return tuple(change for change in changes if change.before != change.after)


def _place(name: str) -> tuple[int, str]:
    """Fields stand in the order of the forms; the trail keeps none."""
    return (_ORDER.index(name), "") if name in _ORDER else (len(_ORDER), name)


def _label(name: str) -> str:
    words = name.removesuffix("_at").removesuffix("_on").replace("_", " ")
    return _LABELS.get(name, words[:1].upper() + words[1:])


def _words(name: str, value: Any, locale: HospitalLocale, payers: Mapping[int, str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(filter(None, (_inside(part, locale, payers) for part in value.values())))
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return _coded(name, str(value), payers) or _moment(str(value), locale)


def _inside(part: Any, locale: HospitalLocale, payers: Mapping[int, str]) -> str:
    if not isinstance(part, Mapping):
        return str(part)
    return ", ".join(filter(None, (_words(name, value, locale, payers) for name, value in part.items())))


def _coded(name: str, value: str, payers: Mapping[int, str]) -> str:
    if name == "payer_id":
        return payers.get(int(value), value) if value.isdecimal() else value
    if name == "share":
        return _percent(value)
    if name == "kind":
        return {**RELATION_LABELS, **_CONSENTS}.get(value, value)
    if name == "type":
        return identifier_words(value)
    if name == "language":
        return spoken_languages().get(value, value)
    return _CODES[name].get(value, value) or "not asked" if name in _CODES else ""


_CONSENTS: Final = {
    kind.value: label for kind, label in CONSENT_LABELS.items() if kind is not ConsentKind.OTHER
}


def _percent(share: str) -> str:
    try:
        return f"{float(share) * 100:g} %"
    except ValueError:
        return share


def _moment(text: str, locale: HospitalLocale) -> str:
    """A day or an instant as the hospital writes it; anything else as it is."""
    try:
        if len(text) == 10:
            return locale.date(dt.date.fromisoformat(text))
        at = dt.datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return text
    return locale.moment(at) if at is not None and at.tzinfo is not None else text
