"""An entry of the trail in words: what was done, and each field before and after, as far as the reader may see it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.patients.rules.details import identifier_words
from hms_app.domain.patients.values import (
    ACTION_LABELS,
    CONSENT_LABELS,
    CONTACT_USE_LABELS,
    FIELD_LABELS,
    MARITAL_LABELS,
    RELATION_LABELS,
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
_UNSAID: Final = frozenset(
    {"digits", "system", "name_sort", "registration_key", "version", "id", "patient_id"}
)
"""Columns that only repeat another one, or say nothing to people."""
_CODES: Final[dict[str, Mapping[str, str]]] = {
    "sex_at_birth": SEX_LABELS,
    "gender": SEX_LABELS,
    "marital_status": MARITAL_LABELS,
    "status": STATUS_LABELS,
    "use": CONTACT_USE_LABELS,
    "birth_date_precision": {"exact": "the day", "year": "the year", "estimated": "an estimated age"},
}
_BY_ACTION: Final[dict[str, Permission]] = {
    "patients.contact.": Permission.PATIENTS_CONTACT_READ,
    "patients.coverage.": Permission.PATIENTS_COVERAGE_READ,
    "patients.identifier.": Permission.PATIENTS_IDENTIFIER_READ,
    "patients.consent.": Permission.PATIENTS_CONSENT_READ,
}
_BY_FIELD: Final[dict[str, Permission]] = {
    **dict.fromkeys(
        (
            "phones",
            "email",
            "relations",
            "address_line",
            "city",
            "county",
            "region",
            "postal_code",
            "country",
        ),
        Permission.PATIENTS_CONTACT_READ,
    ),
    "coverages": Permission.PATIENTS_COVERAGE_READ,
    "identifiers": Permission.PATIENTS_IDENTIFIER_READ,
    "consent_treatment": Permission.PATIENTS_CONSENT_READ,
    "consent_data_processing": Permission.PATIENTS_CONSENT_READ,
}


def action_words(action: str) -> str:
    """What was done, such as "Coverage ended" for "patients.coverage.ended"."""
    words = " ".join(action.split(".")[1:]).replace("_", " ")
    return ACTION_LABELS.get(action, words[:1].upper() + words[1:] or action)


def hidden_fields(actor: Actor, action: str) -> bool:
    """Whether the contents of such a change are not for this reader: they lack the right to that part."""
    for prefix, permission in _BY_ACTION.items():
        if action.startswith(prefix):
            return not actor.can(permission)
    return action.startswith("clinical.") and not _may_read_clinical(actor, action.split(".")[1])


def field_changes(
    actor: Actor, before: Mapping[str, Any], after: Mapping[str, Any], payers: Mapping[int, str]
) -> tuple[FieldChange, ...]:
    """Each field of an entry in words, without those this reader may not see; `payers` are names by id."""
    names = sorted({*before, *after}, key=_place)
    seen = [name for name in names if name not in _UNSAID and _may_read_field(actor, name)]
    changes = [
        FieldChange(
            _label(name),
            _words(name, before.get(name), actor.locale, payers),
            _words(name, after.get(name), actor.locale, payers),
        )
        for name in seen
    ]
    return tuple(change for change in changes if change.before != change.after)


def _may_read_clinical(actor: Actor, subject: str) -> bool:
    subject = "observation" if subject == "social_history" else subject
    return f"clinical:{subject}:read" in actor.permissions


def _may_read_field(actor: Actor, name: str) -> bool:
    return name not in _BY_FIELD or actor.can(_BY_FIELD[name])


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
