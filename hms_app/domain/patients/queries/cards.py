"""The cards of a record about the person: details, coverage, contacts, identifiers."""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.consents import consents_of
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import may_read
from hms_app.domain.patients.values import (
    IDENTIFIER_LABELS,
    MARITAL_LABELS,
    RELATION_LABELS,
    SEX_LABELS,
    ConsentState,
    Line,
    PatientCards,
    spoken_languages,
)

_COVERAGE: Final = """
SELECT c.id, y.name AS payer, c.plan, c.member_number, c.rank, c.starts_on, c.ends_on, c.share
FROM coverage c JOIN payer y ON y.id = c.payer_id
WHERE c.patient_id = %(patient_id)s AND c.entered_in_error_at IS NULL
ORDER BY c.ends_on IS NOT NULL, c.ends_on DESC, c.rank, c.starts_on DESC, c.id DESC LIMIT 5"""
_HOLDS: Final = "entered_in_error_at IS NULL AND coalesce(ended_on > %(today)s, true)"
_CONTACTS: Final = f"""
SELECT 'point' AS kind, id, system AS label, use AS use, value, '' AS detail, '' AS phone
FROM patient_contact_point WHERE patient_id = %(patient_id)s AND {_HOLDS}
UNION ALL
SELECT 'address', id, 'address', use,
 concat_ws(', ', nullif(address_line, ''), nullif(concat_ws(' ', nullif(city, ''), nullif(region, ''),
 nullif(postal_code, '')), ''), nullif(country, '')), county, ''
FROM patient_address WHERE patient_id = %(patient_id)s AND {_HOLDS}
UNION ALL
SELECT 'relation', id, kind, '', name, relationship_name, phone
FROM patient_relation WHERE patient_id = %(patient_id)s AND {_HOLDS}
ORDER BY 1 DESC, 2"""
_CONTACT_LABELS: Final = {"phone": "Phone", "email": "E-mail", "address": "Address", **RELATION_LABELS}
_IDENTIFIERS: Final = f"""
SELECT id, type, issuer, value FROM patient_identifier
WHERE patient_id = %(patient_id)s AND {_HOLDS} ORDER BY type, issuer, id"""


def patient_cards(session: Session, actor: Actor, found: Mapping[str, Any]) -> PatientCards:
    """The overview's cards about the person; those the actor may not see are None and are not read."""
    patient_id = found["id"]
    cards: dict[str, tuple[Line, ...]] = {}
    if may_read(actor, Permission.PATIENTS_COVERAGE_READ, patient_id):
        cards["coverage"] = _coverage(session, actor.locale, patient_id)
    if may_read(actor, Permission.PATIENTS_CONTACT_READ, patient_id):
        cards["contacts"] = _contacts(session, actor.locale, patient_id)
    if may_read(actor, Permission.PATIENTS_IDENTIFIER_READ, patient_id):
        cards["identifiers"] = _identifiers(session, actor.locale, patient_id)
    if actor.can(Permission.PATIENTS_CONSENT_READ):
        cards["consents"] = _consents(session, actor.locale, patient_id)
    return PatientCards(details=_details(found, actor.locale), **cards)


def _consents(session: Session, locale: HospitalLocale, patient_id: int) -> tuple[Line, ...]:
    return tuple(
        Line(f"consent-{consent.id}", consent.state_label, consent.kind_label, consent.recorded_on)
        for consent in consents_of(session, locale, patient_id)
        if consent.state is not ConsentState.ENTERED_IN_ERROR
    )


def _details(found: Mapping[str, Any], locale: HospitalLocale) -> tuple[Line, ...]:
    details = (
        ("preferred_name", "Preferred name", found["preferred_name"]),
        ("maiden_name", "Maiden name", found["maiden_name"]),
        ("gender", "Gender", SEX_LABELS[found["gender"]] if found["gender"] != "unknown" else ""),
        ("marital_status", "Marital status", MARITAL_LABELS[found["marital_status"]]),
        ("language", "Language", spoken_languages().get(found["language"], found["language"])),
        ("race", "Race", _capital(found["race"])),
        ("ethnicity", "Ethnicity", _capital(found["ethnicity"])),
        ("birth_place", "Place of birth", " ".join(found["birth_place"].split())),
        ("deceased", "Died", _death(found, locale)),
    )
    return tuple(Line(key, label, value) for key, label, value in details if value)


def _death(found: Mapping[str, Any], locale: HospitalLocale) -> str:
    return rules.death_words(found, locale) or ("date unknown" if rules.is_deceased(found) else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].replace("_", " ")


def _coverage(session: Session, locale: HospitalLocale, patient_id: int) -> tuple[Line, ...]:
    return tuple(
        _coverage_line(found, locale)
        for found in rows_of(session, Statement(_COVERAGE, {"patient_id": patient_id}))
    )


def _coverage_line(found: Mapping[str, Any], locale: HospitalLocale) -> Line:
    starts, ends, today = found["starts_on"], found["ends_on"], locale.today()
    is_current = (starts is None or starts <= today) and (ends is None or ends > today)
    period = rules.period_words(starts, ends, locale)
    parts = (
        found["plan"],
        f"member {found['member_number']}" if found["member_number"] else "",
        f"pays {found['share']:.0%}" if found["share"] is not None else "",
        period,
    )
    rank = ", secondary" if found["rank"] == "secondary" else ""
    label = ("Current" if is_current else "Past") + rank
    return Line(f"coverage-{found['id']}", label, found["payer"], " · ".join(filter(None, parts)))


def _contacts(session: Session, locale: HospitalLocale, patient_id: int) -> tuple[Line, ...]:
    return tuple(
        _contact_line(found, locale.country)
        for found in rows_of(
            session, Statement(_CONTACTS, {"patient_id": patient_id, "today": locale.today()})
        )
    )


def _contact_line(found: Mapping[str, Any], country: str) -> Line:
    value = rules.written(found["value"], country) if found["label"] == "phone" else found["value"]
    detail = " · ".join(filter(None, (found["detail"], rules.written(found["phone"], country))))
    return Line(f"{found['kind']}-{found['id']}", _contact_label(found), value, detail)


def _contact_label(found: Mapping[str, Any]) -> str:
    use = f" ({found['use']})" if found["use"] not in ("", "other") else ""
    return _CONTACT_LABELS[found["label"]] + use


def _identifiers(session: Session, locale: HospitalLocale, patient_id: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            f"identifier-{found['id']}",
            IDENTIFIER_LABELS.get(found["type"], _capital(found["type"].replace("-", " "))),
            found["value"],
            found["issuer"],
        )
        for found in rows_of(
            session, Statement(_IDENTIFIERS, {"patient_id": patient_id, "today": locale.today()})
        )
    )
