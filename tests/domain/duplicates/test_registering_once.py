"""A registration's form that is sent again under its key."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates.service import register_patient
from hms_app.domain.patients.values import PatientRow, RegistrationInput
from hms_app.domain.records.errors import SentBySomebodyElse, SentWithOtherContent
from tests.factories.security import make_user


@pytest.fixture
def desk(actor_with: Callable[..., Actor]) -> Actor:
    """A receptionist."""
    allowed = (Permission.PATIENTS_PATIENT_REGISTER, Permission.PATIENTS_PATIENT_READ)
    return replace(actor_with(*allowed), user_id=None)


def _register(session: Session, desk: Actor, photo: str | None = None, **changed: str) -> PatientRow:
    form = {
        "family_name": "Yildiz",
        "given_names": "Ömer",
        "birth": "1980-02-03",
        "sex_at_birth": "male",
        **changed,
    }
    return register_patient(session, desk, request=RegistrationInput.from_form(form), photo=photo)


def test_a_form_that_says_something_else_under_the_same_key_registers_nobody(
    session: Session, desk: Actor
) -> None:
    key = str(uuid4())
    _register(session, desk, key=key)
    with pytest.raises(SentWithOtherContent):
        _register(session, desk, key=key, family_name="Other")
    with pytest.raises(SentWithOtherContent):
        _register(session, desk, key=key, photo="0" * 48)
    with pytest.raises(SentBySomebodyElse):
        _register(session, replace(desk, user_id=make_user(session).key), key=key)
    assert audit.noted(session).count("patients.patient.registered") == 1
