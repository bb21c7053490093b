"""Correcting a patient on the real event path: two people at once, refusals, and the actions of the banner."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from hms_app.domain.patients.tables import Patient
from tests.factories.patients import make_patient
from tests.state.conftest import Answer, Step, walk

EDIT = "edit_patient_state"
ACTIONS = "record_actions_state"
HEAD = "patient_head_state"


def _typed(**changed: str) -> dict[str, Any]:
    form = {"given_names": "Anna", "family_name": "Berg", "birth": "3 Feb 1980", "sex_at_birth": "female"}
    return {"form": {**form, "gender": "unknown", "marital_status": "unknown", **changed}}


def _fresh(session: Session, patient: Patient) -> Patient:
    session.expire_all()
    found = session.get(Patient, patient.key)
    assert found is not None
    return found


def test_a_correction_is_saved_and_leads_back_to_the_record(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    token = as_role("receptionist")
    address = f"/patients/{patient.id}/edit"
    opened, saved = walk(
        Step(f"{EDIT}.load", address=address, session=token),
        Step(f"{EDIT}.save", _typed(given_names="Anne"), address=address, session=token),
    )
    assert opened[EDIT]["form"]["birth"] == "3 Feb 1980"
    assert f"/patients/{patient.id}" in saved.text
    assert _fresh(session, patient).given_names == "Anne"


def _two_people(
    session: Session, as_role: Callable[..., str], theirs: dict[str, str], yours: dict[str, str]
) -> tuple[Patient, Callable[[dict[str, str]], list[Step]]]:
    patient = make_patient(session)
    first, second = as_role("receptionist", name="Rita First"), as_role("receptionist")
    address = f"/patients/{patient.id}/edit"

    def steps(chosen: dict[str, str]) -> list[Step]:
        return [
            Step(f"{EDIT}.load", address=address, session=first, tab="a"),
            Step(f"{EDIT}.load", address=address, session=second, tab="b"),
            Step(f"{EDIT}.save", _typed(**theirs), address=address, session=first, tab="a"),
            Step(f"{EDIT}.save", _typed(**yours), address=address, session=second, tab="b"),
            Step(f"{EDIT}.save", {"form": chosen}, address=address, session=second, tab="b"),
        ]

    return patient, steps


def test_the_second_person_sees_both_versions_and_chooses(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient, steps = _two_people(
        session,
        as_role,
        {"given_names": "Anne", "family_name": "Bergmann"},
        {"given_names": "Hanna", "language": "German"},
    )
    *_, compared, chosen = walk(*steps({"given_names": "yours"}))
    shown = compared[EDIT]
    assert shown["others"].startswith("Rita First saved this patient on ")
    assert [
        (row["id"], row["was"], row["theirs"], row["yours"], row["preferred"]) for row in shown["versions"]
    ] == [
        ("given_names", "Anna", "Anne", "Hanna", ""),
        ("family_name", "Berg", "Bergmann", "Berg", "theirs"),
        ("language", "", "", "German", "yours"),
    ]
    assert "Hanna Bergmann was saved" in chosen.text
    now = _fresh(session, patient)
    assert (now.given_names, now.family_name, now.language) == ("Hanna", "Bergmann", "German")


def test_a_field_that_both_changed_is_never_chosen_for_them(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient, steps = _two_people(session, as_role, {"given_names": "Anne"}, {"given_names": "Hanna"})
    *_, chosen = walk(*steps({"given_names": "forged"}))
    assert chosen[EDIT]["problems"] == {"given_names": "Choose one of the two."}
    assert _fresh(session, patient).given_names == "Anne"


def test_what_was_typed_wrong_stays_on_the_page_with_its_reason(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    token = as_role("receptionist")
    address = f"/patients/{patient.id}/edit"
    _, refused = walk(
        Step(f"{EDIT}.load", address=address, session=token),
        Step(f"{EDIT}.save", _typed(birth="32.13.1980"), address=address, session=token),
    )
    assert "birth" in refused[EDIT]["problems"]
    assert "form_key" not in refused[EDIT]  # The form is not drawn anew: what was typed is still there.
    assert not refused[EDIT].get("problem")  # It stands beside the field, and nowhere else.
    assert _fresh(session, patient).version == 1


def test_a_doctor_cannot_open_or_forge_a_correction(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session, family_name="Unchangeable")
    token = as_role("doctor")
    address = f"/patients/{patient.id}/edit"
    for answer in walk(
        Step(f"{EDIT}.load", address=address, session=token),
        Step(f"{EDIT}.save", _typed(given_names="Forged"), address=address, session=token),
        Step(f"{ACTIONS}.deactivate", {"form": {"reason": "x"}}, address=address, session=token),
    ):
        assert "Your role does not allow this" in answer.text
        assert "Unchangeable" not in answer.text
    assert _fresh(session, patient).version == 1


def _act(token: str, patient: Patient, *acts: tuple[str, dict[str, str]]) -> list[Answer]:
    address = f"/patients/{patient.id}"
    opened = Step("patient_record_state.load", address=address, session=token)
    return walk(
        opened,
        *(Step(f"{ACTIONS}.{act}", {"form": form}, address=address, session=token) for act, form in acts),
    )


def test_a_death_is_recorded_from_the_banner_and_undone(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    _, refused, died, alive = _act(
        as_role("receptionist"),
        patient,
        ("record_death", {"died_on": "2999-01-01"}),
        ("record_death", {"died_on": "2024-05-01"}),
        ("undo_death", {"reason": "Another person"}),
    )
    assert refused[ACTIONS]["problems"] == {"died_on": "This day lies in the future."}
    assert died[HEAD]["banner"]["deceased"] == "Deceased 1 May 2024"
    assert alive[HEAD]["banner"]["deceased"] == ""


def test_a_record_is_deactivated_retracted_and_reactivated(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    _, unsaid, inactive, error, active = _act(
        as_role("receptionist"),
        patient,
        ("deactivate", {"reason": ""}),
        ("deactivate", {"reason": "Moved away"}),
        ("retract", {"reason": "Typed twice"}),
        ("reactivate", {"reason": "It was not"}),
    )
    assert unsaid[ACTIONS]["problems"] == {"reason": "Say why; the record keeps it."}
    banners = [answer[HEAD]["banner"] for answer in (inactive, error, active)]
    assert [(banner["status_code"], banner["status_reason"]) for banner in banners] == [
        ("inactive", "Moved away"),
        ("entered_in_error", "Typed twice"),
        ("active", ""),
    ]


def test_only_the_privacy_officer_restricts(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    _, refused = _act(as_role("receptionist"), patient, ("restrict", {"reason": "x"}))
    assert "Your role does not allow this" in refused.text
    _, restricted = _act(as_role("privacy_officer"), patient, ("restrict", {"reason": "Works here"}))
    assert restricted[HEAD]["banner"]["restricted"] == "Restricted record"


def test_an_action_on_an_outdated_banner_is_refused(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    token = as_role("receptionist")
    address = f"/patients/{patient.id}"
    load = "patient_record_state.load"
    _, _, _, refused = walk(
        Step(load, address=address, session=token, tab="a"),
        Step(load, address=address, session=token, tab="b"),
        Step(f"{ACTIONS}.deactivate", {"form": {"reason": "A"}}, address=address, session=token, tab="a"),
        Step(f"{ACTIONS}.retract", {"form": {"reason": "B"}}, address=address, session=token, tab="b"),
    )
    assert "saved this patient on" in refused[ACTIONS]["problem"]
    assert _fresh(session, patient).status == "inactive"


@pytest.mark.parametrize("act", ["restrict", "deactivate", "record_death"])
def test_an_action_without_a_record_on_screen_changes_nobody(
    act: str, session: Session, as_role: Callable[..., str]
) -> None:
    token = as_role("receptionist", "privacy_officer")
    form = {"form": {"reason": "x", "died_on": "2024-01-01"}}
    (answer,) = walk(Step(f"{ACTIONS}.{act}", form, address="/patients/1", session=token))
    assert "There is no such patient" in answer[ACTIONS]["problem"]


def test_another_record_is_found_and_put_beside_the_open_one(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session, family_name="Zzsame")
    other = make_patient(session, family_name="Zzsame", given_names="Hanna")
    make_patient(session, family_name="Zzsame", given_names="Hidden", is_restricted=True)
    address = f"/patients/{patient.id}"
    token = as_role("receptionist")
    _, found, unchosen, compared = walk(
        Step("patient_record_state.load", address=address, session=token),
        Step(f"{ACTIONS}.find_other", {"text": "zzsame"}, address=address, session=token),
        Step(f"{ACTIONS}.compare_with", {"form": {"other": ""}}, address=address, session=token),
        Step(f"{ACTIONS}.compare_with", {"form": {"other": str(other.id)}}, address=address, session=token),
    )
    assert [(row["value"], row["label"]) for row in found[ACTIONS]["others"]] == [
        (str(other.id), "Hanna Zzsame")
    ]
    assert unchosen[ACTIONS]["problems"] == {"other": "Choose a record of the list."}
    assert f"/patients/duplicates/{patient.id}/{other.id}" in compared.text


def test_who_may_not_merge_is_offered_no_other_record(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session, family_name="Zzsame")
    make_patient(session, family_name="Zzsame", given_names="Hanna")
    address, token = f"/patients/{patient.id}", as_role("nurse")
    _, refused = walk(
        Step("patient_record_state.load", address=address, session=token),
        Step(f"{ACTIONS}.find_other", {"text": "zzsame"}, address=address, session=token),
    )
    assert "Your role does not allow this" in refused.text
    assert "Hanna" not in refused.text
