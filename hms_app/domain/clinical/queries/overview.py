"""The banner over a record, and the clinical cards of its first page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import OrOwn, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.rules import date_words, plain_display, unit_words, value_words
from hms_app.domain.clinical.values import (
    DOCUMENT_LABELS,
    NO_KNOWN_ALLERGIES,
    VITAL_SIGNS,
    ClinicalCards,
    Criticality,
    DocumentKind,
    Fact,
    Overview,
)
from hms_app.domain.clinical.values.statuses import status_words
from hms_app.domain.patients.queries import (
    Statement,
    find_visible,
    may_read,
    patient_cards,
    patient_row,
    photo_url,
    rows_of,
)
from hms_app.domain.patients.rules import death_words
from hms_app.domain.patients.values import Banner

CARD_LINES: Final = 30
"""The most lines of a card; the timeline has everything."""
RECENT_DOCUMENTS: Final = 5
_DOCUMENT: Final = Permission.CLINICAL_DOCUMENT_READ

_ALLERGIES: Final = f"""
SELECT a.id, a.code, a.display, a.category, a.criticality, a.status, a.status_told, a.verification,
 a.occurred_precision, a.occurred_at, a.is_day_only,
 (SELECT coalesce(string_agg(concat_ws(', ', nullif(r.display, ''), r.severity), '; ' ORDER BY r.position), '')
  FROM allergy_reaction r WHERE r.allergy_id = a.id) AS reactions
FROM allergy_intolerance a
WHERE a.patient_id = %(patient_id)s AND a.status = 'active'
ORDER BY a.occurred_at DESC, a.id DESC LIMIT {CARD_LINES}"""
_CONDITIONS: Final = f"""
SELECT id, display, code_system, code, status, status_told, verification, occurred_at, is_day_only,
 occurred_precision FROM condition
WHERE patient_id = %(patient_id)s AND status = 'active'
ORDER BY occurred_at DESC, id DESC LIMIT {CARD_LINES}"""
_MEDICATIONS: Final = f"""
SELECT id, display, dosage, reason_display, status, status_told, occurred_at, is_day_only, occurred_precision
FROM medication_request
WHERE patient_id = %(patient_id)s AND status = 'active'
ORDER BY occurred_at DESC, id DESC LIMIT {CARD_LINES}"""
_OF_MEDICINES: Final = (
    *("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense"),
    "MedicationOrder",
)
_OF_CARD: Final = {
    Permission.CLINICAL_ALLERGY_READ: ("AllergyIntolerance",),
    Permission.CLINICAL_CONDITION_READ: ("Condition",),
    Permission.CLINICAL_MEDICATION_READ: _OF_MEDICINES,
}
"""The types of a file's resources that would stand on the card that each right opens."""
_BESIDE: Final = f"""
(SELECT '' AS resource_type, id, display, kind, occurred_at, '' AS reason FROM document_reference
 WHERE %(shows_documents)s AND patient_id = %(patient_id)s AND status = 'current'
 ORDER BY occurred_at DESC, id DESC LIMIT {RECENT_DOCUMENTS})
UNION ALL (SELECT t.type, o.id, o.display, '', NULL, o.reason
 FROM unnest(%(types)s::text[]) AS t (type), LATERAL (
  SELECT n.id, n.display, n.reason FROM not_taken_over n
  WHERE n.patient_id = %(patient_id)s AND n.resource_type = t.type ORDER BY n.id DESC LIMIT {CARD_LINES}) o)"""
"""The latest documents, and what files said that no row has: in one statement, for a first page asks many."""
_LAST_VITALS: Final = """
SELECT c.code, o.id, o.value_number, o.value_text, o.unit, o.occurred_at
FROM unnest(%(codes)s::text[]) AS c (code), LATERAL (
 SELECT v.id, v.value_number, v.value_text, v.unit, v.occurred_at FROM observation v
 WHERE v.patient_id = %(patient_id)s AND v.code = c.code AND v.status = 'completed'
  AND v.occurred_precision <> 'unknown'
 ORDER BY v.occurred_at DESC, v.id DESC LIMIT 1) o"""


@use_case(OrOwn(Permission.PATIENTS_PATIENT_READ))
def get_patient_banner(session: Session, actor: Actor, *, patient_id: int) -> Banner:
    """Who the patient is, with active allergies for who may see them.

    Raises NotFound for a patient the actor may not know of.
    """
    found = find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="banner")
    allergies: tuple[str, ...] = ()
    is_none_known = False
    if may_read(actor, Permission.CLINICAL_ALLERGY_READ, patient_id):
        rows = rows_of(session, Statement(_ALLERGIES, {"patient_id": patient_id}))
        is_none_known = any(row["code"] in NO_KNOWN_ALLERGIES for row in rows)
        allergies = tuple(
            plain_display(row["display"]) for row in rows if row["code"] not in NO_KNOWN_ALLERGIES
        )
    return Banner(
        patient=patient_row(found, actor.locale),
        initials=(found["given_names"][:1] + found["family_name"][:1]).upper(),
        deceased_on=death_words(found, actor.locale),
        version=found["version"],
        status_reason=found["status_reason"],
        photo_url=photo_url(found),
        allergies=allergies,
        no_known_allergies=is_none_known and not allergies,
    )


@use_case(OrOwn(Permission.PATIENTS_PATIENT_READ))
def get_overview(session: Session, actor: Actor, *, patient_id: int) -> Overview:
    """The cards of a record's first page; those the actor may not see are None and are not read.

    Raises NotFound for a patient the actor may not know of.
    """
    found = find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="overview")
    return Overview(patient_cards(session, actor, found), _clinical_cards(session, actor, patient_id))


def _clinical_cards(session: Session, actor: Actor, patient_id: int) -> ClinicalCards:
    def may(permission: Permission) -> bool:
        return may_read(actor, permission, patient_id)

    beside = _beside(session, patient_id, [right for right in _OF_CARD if may(right)], may(_DOCUMENT))

    def card(permission: Permission, sql: str, fact: Any) -> tuple[Fact, ...] | None:
        if not may(permission):
            return None
        found = rows_of(session, Statement(sql, {"patient_id": patient_id}))
        left_out = [row for row in beside if row["resource_type"] in _OF_CARD[permission]]
        return (*(fact(row, actor.locale) for row in found), *map(_left_out, left_out[:CARD_LINES]))

    vital_signs = documents = None
    if may(Permission.CLINICAL_OBSERVATION_READ):
        vital_signs = _last_vitals(session, actor.locale, patient_id)
    if may(_DOCUMENT):
        documents = tuple(_document(row, actor.locale) for row in beside if not row["resource_type"])
    return ClinicalCards(
        allergies=card(Permission.CLINICAL_ALLERGY_READ, _ALLERGIES, _allergy),
        conditions=card(Permission.CLINICAL_CONDITION_READ, _CONDITIONS, _condition),
        medications=card(Permission.CLINICAL_MEDICATION_READ, _MEDICATIONS, _medication),
        vital_signs=vital_signs,
        documents=documents,
    )


def _beside(
    session: Session, patient_id: int, rights: Sequence[Permission], shows_documents: bool
) -> Sequence[Mapping[str, Any]]:
    """The documents, if they are shown, and what was left out of the cards that these rights open."""
    types = [type_ for right in rights for type_ in _OF_CARD[right]]
    if not types and not shows_documents:
        return ()
    values = {"patient_id": patient_id, "types": types, "shows_documents": shows_documents}
    return rows_of(session, Statement(_BESIDE, values))


def _left_out(row: Mapping[str, Any]) -> Fact:
    """What a file said and no row has: nobody may take the card for all there is."""
    what = plain_display(row["display"]) or row["resource_type"]
    return Fact(f"left-out-{row['id']}", f"Not taken over from a file: {what}", row["reason"], "")


def _allergy(row: Mapping[str, Any], locale: HospitalLocale) -> Fact:
    category = row["category"].capitalize() if row["category"] != "other" else ""
    danger = "High criticality" if row["criticality"] == Criticality.HIGH else ""
    detail = " · ".join(filter(None, (status_words(row), category, danger, plain_display(row["reactions"]))))
    return Fact(f"allergy-{row['id']}", plain_display(row["display"]), detail, _since(row, locale))


def _condition(row: Mapping[str, Any], locale: HospitalLocale) -> Fact:
    code = f"{row['code_system']} {row['code']}".strip()
    detail = " · ".join(filter(None, (status_words(row), code)))
    return Fact(f"condition-{row['id']}", plain_display(row["display"]), detail, _since(row, locale))


def _medication(row: Mapping[str, Any], locale: HospitalLocale) -> Fact:
    reason = f"For {plain_display(row['reason_display'])}" if row["reason_display"] else ""
    detail = " · ".join(filter(None, (status_words(row), row["dosage"], reason)))
    return Fact(f"medication-{row['id']}", row["display"], detail, _since(row, locale))


def _document(row: Mapping[str, Any], locale: HospitalLocale) -> Fact:
    day = locale.date(row["occurred_at"].astimezone(dt.UTC).date())
    return Fact(f"document-{row['id']}", row["display"], DOCUMENT_LABELS[DocumentKind(row["kind"])], day)


def _since(row: Mapping[str, Any], locale: HospitalLocale) -> str:
    at: dt.datetime = row["occurred_at"]
    if not row["is_day_only"]:
        return f"since {locale.date_of(at)}"
    began = date_words(at.astimezone(dt.UTC).date(), row["occurred_precision"], locale)
    return f"since {began}" if began else ""


def _last_vitals(session: Session, locale: HospitalLocale, patient_id: int) -> tuple[Fact, ...]:
    codes = [code for sign in VITAL_SIGNS for code in (sign.code, sign.second_code) if code]
    values = {"patient_id": patient_id, "codes": codes}
    found = {row["code"]: row for row in rows_of(session, Statement(_LAST_VITALS, values))}
    facts = []
    for sign in VITAL_SIGNS:
        if sign.code not in found:
            continue
        row, second = found[sign.code], found.get(sign.second_code)
        if second is not None and second["occurred_at"] == row["occurred_at"]:
            pair = f"{_number(row, locale)} / {_number(second, locale)}"
            words = f"{pair} {unit_words(row['unit'])}"
        else:
            words = value_words(row["value_number"], row["value_text"], row["unit"], locale)
        facts.append(Fact(f"vital-{sign.code}", sign.title, words, locale.date_of(row["occurred_at"])))
    return tuple(facts)


def _number(row: Mapping[str, Any], locale: HospitalLocale) -> str:
    return value_words(row["value_number"], row["value_text"], "", locale)
