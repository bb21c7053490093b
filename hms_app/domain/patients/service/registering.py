"""Registering a patient: who they are, how they are reached, who pays, and what they agreed to."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.db import constraint_of
from hms_app.core.errors import InvalidInput
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries import get_patient
from hms_app.domain.patients.service.numbers import next_mrn
from hms_app.domain.patients.service.photos import keep_photo
from hms_app.domain.patients.service.search_keys import refresh_search_keys
from hms_app.domain.patients.tables import (
    Coverage,
    Kept,
    Patient,
    PatientAddress,
    PatientConsent,
    PatientContactPoint,
    PatientIdentifier,
    PatientRelation,
)
from hms_app.domain.patients.values import (
    BirthDatePrecision,
    ConsentKind,
    ContactSystem,
    PatientAction,
    PatientRow,
    RegistrationInput,
    Understood,
)
from hms_app.domain.records.service import add_row

_AS_TYPED: Final = (
    "family_name",
    "given_names",
    "preferred_name",
    "maiden_name",
    "prefix",
    "suffix",
    "sex_at_birth",
    "gender",
    "marital_status",
    "language",
)
_ADDRESS: Final = ("address_line", "city", "region", "postal_code", "country")
_NOT_SAID: Final = frozenset({"id", "name_sort", "version", "created_at", "updated_at", "status"})
_SAID_WITH: Final = {
    *_ADDRESS, "email", "phones", "relations", "identifiers", "coverages", "consent_treatment",
    "consent_data_processing", "duplicate_reason",
}  # fmt: skip


def add_patient(
    session: Session,
    actor: Actor,
    request: RegistrationInput,
    understood: Understood,
    *,
    photo: str | None = None,
) -> PatientRow:
    """Write down a patient of whom the caller knows that nobody has registered them yet.

    `understood` is what the texts of `request` mean (`rules.understand`). Raises InvalidInput naming every field that
    belongs to somebody else already.
    """
    patient = _add_patient(session, actor, request, understood)
    for rows in (_contact_points(request, understood), _addresses(request), _relations(request, understood)):
        _add_all(session, actor, patient, rows)
    _add_identifiers(session, actor, patient, request)
    _add_coverages(session, actor, patient, request)
    if photo:
        patient.photo_file = keep_photo(session, actor, patient_id=patient.key, picture=photo)
    session.flush()
    refresh_search_keys(session, [patient.key])
    audit.record(
        session,
        actor,
        PatientAction.PATIENT_REGISTERED,
        patient,
        patient_id=patient.key,
        after=_said(request, patient),
    )
    _add_consents(session, actor, patient, request)
    return get_patient(session, actor, patient_id=patient.key)


def _add_patient(
    session: Session, actor: Actor, request: RegistrationInput, understood: Understood
) -> Patient:
    now, born = clock.now(), understood.born
    is_estimated = born is not None and born.precision == BirthDatePrecision.ESTIMATED
    patient = Patient(
        **request.model_dump(mode="json", include=set(_AS_TYPED)),
        mrn=next_mrn(session),
        name_sort=rules.name_sort(request.family_name, request.given_names),
        birth_date=born.date if born else None,
        birth_date_precision=(born.precision if born else BirthDatePrecision.EXACT).value,
        birth_estimated_on=actor.locale.today() if is_estimated else None,
        created_at=now,
        updated_at=now,
    )
    session.add(patient)
    session.flush()
    return patient


def _contact_points(request: RegistrationInput, understood: Understood) -> list[PatientContactPoint]:
    points = [
        PatientContactPoint(
            system=ContactSystem.PHONE.value,
            use=phone.use.value,
            value=understood.phones[place],
            digits=rules.phone_number(understood.phones[place], "").international,
        )
        for place, phone in request.phones.items()
    ]
    if request.email:
        points.append(PatientContactPoint(system=ContactSystem.EMAIL.value, value=request.email))
    return points


def _addresses(request: RegistrationInput) -> list[PatientAddress]:
    parts = {name: getattr(request, name) for name in _ADDRESS}
    is_given = any(parts[name] for name in _ADDRESS if name != "country")
    return [PatientAddress(**parts)] if is_given else []


def _relations(request: RegistrationInput, understood: Understood) -> list[PatientRelation]:
    return [
        PatientRelation(
            kind=relation.kind.value,
            name=relation.name,
            relationship_name=relation.relationship_name,
            phone=understood.contacts.get(place, ""),
        )
        for place, relation in request.relations.items()
    ]


def _add_identifiers(session: Session, actor: Actor, patient: Patient, request: RegistrationInput) -> None:
    """Each by itself: of two desks that enter the same number at once, the later one is told at its field."""
    for place, identifier in request.identifiers.items():
        taken = f"Somebody is registered with this {identifier.type_words} already. Search for it to see who."
        refusals = {"uq_patient_identifier_value": (f"identifiers_{place}_value", taken)}
        _add_or_refuse(session, actor, patient, PatientIdentifier(**identifier.model_dump()), refusals)


def _add_coverages(session: Session, actor: Actor, patient: Patient, request: RegistrationInput) -> None:
    for place, coverage in request.coverages.items():
        values = coverage.model_dump(exclude={"rank", "ends_on"})
        row = Coverage(**values, rank=coverage.rank.value, ends_on=rules.ends_before(coverage.ends_on))
        refusals = {
            "fk_coverage_payer_id": (f"coverages_{place}_payer_id", "Choose a payer of the list."),
            "ex_coverage_one_primary": (
                f"coverages_{place}_rank",
                "Another coverage is the primary one at that time. Make one of them secondary.",
            ),
        }
        _add_or_refuse(session, actor, patient, row, refusals)


def _add_consents(session: Session, actor: Actor, patient: Patient, request: RegistrationInput) -> None:
    decisions = {
        ConsentKind.TREATMENT: request.consent_treatment,
        ConsentKind.DATA_PROCESSING: request.consent_data_processing,
    }
    for kind, decision in decisions.items():
        if decision is not None:
            consent = PatientConsent(
                patient_id=patient.key,
                kind=kind.value,
                decision=decision.value,
                recorded_on=actor.locale.today(),
            )
            add_row(session, actor, consent, PatientAction.CONSENT_RECORDED)


def _add_all(session: Session, actor: Actor, patient: Patient, rows: Sequence[Kept]) -> None:
    for row in rows:
        row.patient_id = patient.key
        row.recorded_at, row.recorded_by_user_id = patient.created_at, actor.user_id
    session.add_all(rows)


def _add_or_refuse(
    session: Session, actor: Actor, patient: Patient, row: Kept, refusals: dict[str, tuple[str, str]]
) -> None:
    """Add a row; `refusals` says for constraints of the database which field they mean, and the sentence there."""
    try:
        with session.begin_nested():
            _add_all(session, actor, patient, [row])
            session.flush()
    except IntegrityError as error:
        refused = refusals.get(constraint_of(error))
        if refused is None:
            raise
        raise InvalidInput(dict([refused])) from error


def _said(request: RegistrationInput, patient: Patient) -> dict[str, Any]:
    """What was recorded, for the trail: the patient's row and all that was said with it, without what is empty."""
    own = {name: value for name, value in audit.snapshot(patient).items() if name not in _NOT_SAID}
    said = request.model_dump(mode="json", include=_SAID_WITH)
    return {name: value for name, value in {**own, **said}.items() if value not in ("", None, {}, "unknown")}
