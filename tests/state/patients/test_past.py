"""The tabs "Changes" and "Access log" on the real event path, and the patient's own view of who looked."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from tests.factories.patients import make_patient
from tests.state.conftest import Step, walk

CHANGES = "changes_state"
ACCESS = "access_log_state"


def test_a_doctor_who_looked_is_on_the_access_log(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    doctor, officer = as_role("doctor", name="Dr Doe"), as_role("privacy_officer", name="Pia")
    record, log = f"/patients/{patient.id}", f"/patients/{patient.id}/access"
    _, shown = walk(
        Step("patient_record_state.load", address=record, session=doctor, tab="a"),
        Step(f"{ACCESS}.load", address=log, session=officer, tab="b"),
    )
    (row,) = shown[ACCESS]["rows"]
    assert (row["person"], row["roles"], row["parts"]) == ("Dr Doe", "Doctor", "Overview, appointments")
    assert [choice["label"] for choice in shown[ACCESS]["people"]] == ["Dr Doe"]


def test_a_change_is_shown_in_words(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    desk, doctor = as_role("receptionist", name="Rita"), as_role("doctor")
    record, log = f"/patients/{patient.id}", f"/patients/{patient.id}/changes"
    *_, shown, narrowed = walk(
        Step("patient_record_state.load", address=record, session=desk, tab="a"),
        Step(
            "record_actions_state.deactivate",
            {"form": {"reason": "Moved away"}},
            address=record,
            session=desk,
            tab="a",
        ),
        Step(f"{CHANGES}.load", address=log, session=doctor, tab="b"),
        Step(f"{CHANGES}.load", address=f"{log}?kind=coverage", session=doctor, tab="c"),
    )
    (row,) = shown[CHANGES]["rows"]
    assert (row["act"], row["person"], row["reason"]) == ("Record deactivated", "Rita", "Moved away")
    assert {"id": "0", "label": "Status", "before": "Active", "after": "Inactive"} in row["fields"]
    assert narrowed[CHANGES].get("rows", []) == []


@pytest.mark.parametrize(
    "query", ["person=%27", "from=x&to=9999-99-99", "to=9999-12-31", "at=forged", "kind=x"]
)
def test_a_forged_address_is_answered_calmly(
    query: str, session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    token = as_role("privacy_officer")
    for state, place in ((CHANGES, "changes"), (ACCESS, "access")):
        (answer,) = walk(
            Step(f"{state}.load", address=f"/patients/{patient.id}/{place}?{query}", session=token)
        )
        assert "failed on our side" not in answer.text


def test_a_filter_becomes_a_step_of_the_history(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    token = as_role("privacy_officer")
    address = f"/patients/{patient.id}/changes"
    _, applied = walk(
        Step(f"{CHANGES}.load", address=address, session=token),
        Step(f"{CHANGES}.apply", {"form": {"kind": "coverage"}}, address=address, session=token),
    )
    assert f"/patients/{patient.id}/changes?kind=coverage" in applied.text


def test_a_filter_that_is_no_day_is_refused_beside_its_field(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    token = as_role("privacy_officer")
    for state, place in ((CHANGES, "changes"), (ACCESS, "access")):
        address = f"/patients/{patient.id}/{place}"
        _, refused, applied = walk(
            Step(f"{state}.load", address=address, session=token),
            Step(
                f"{state}.apply",
                {"form": {"from": "soon", "to": "2026-11-30"}},
                address=address,
                session=token,
            ),
            Step(f"{state}.apply", {"form": {"from": "2026-11-01"}}, address=address, session=token),
        )
        assert refused[state]["problems"] == {"from": "Enter a date."}
        assert f"{place}?" not in refused.text
        assert applied[state]["problems"] == {}
        assert f"{place}?from=2026-11-01" in applied.text


def test_a_receptionist_sees_neither_tab(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session, family_name="Unseen")
    token = as_role("receptionist")
    for answer in walk(
        Step(f"{CHANGES}.load", address=f"/patients/{patient.id}/changes", session=token),
        Step(f"{ACCESS}.load", address=f"/patients/{patient.id}/access", session=token),
    ):
        assert "Your role does not allow this" in answer.text
        assert "Unseen" not in answer.text


def test_patients_see_who_looked_at_their_own_record(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    doctor, me = as_role("doctor", name="Dr Doe"), as_role("patient", patient_id=patient.id)
    _, shown = walk(
        Step("patient_record_state.load", address=f"/patients/{patient.id}", session=doctor, tab="a"),
        Step("my_record_state.load", address="/my-record", session=me, tab="b"),
    )
    assert [(row["person"], row["roles"]) for row in shown["my_record_state"]["looks"]] == [
        ("Dr Doe", "Doctor")
    ]
