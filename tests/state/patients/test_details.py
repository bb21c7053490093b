"""The tabs of contacts, coverage, identifiers and consents on the real event path."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, select

from hms_app.domain.patients.tables import Coverage, PatientConsent, PatientContactPoint, PatientIdentifier
from tests.factories.organization import make_payer
from tests.factories.patients import make_consent, make_patient
from tests.state.patients.conftest import Answer, Step, walk

CONTACTS = "contacts_state"
IDENTIFIERS = "identifiers_state"


def _steps(token: str, patient_id: int | None, tab: str, *acts: tuple[str, dict[str, Any]]) -> list[Step]:
    place = "contacts" if tab == CONTACTS else "identifiers"
    address = f"/patients/{patient_id}/{place}"
    return [Step(f"{tab}.{act}", payload, address=address, session=token) for act, payload in acts]


def _walk(token: str, patient_id: int | None, tab: str, *acts: tuple[str, dict[str, Any]]) -> list[Answer]:
    return walk(*_steps(token, patient_id, tab, ("load", {}), *acts))


def _form(**fields: str) -> dict[str, Any]:
    return {"form": fields}


def test_a_phone_is_added_corrected_ended_and_retracted(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    token = as_role("receptionist")
    empty, _, wrong, added = _walk(
        token,
        patient.id,
        CONTACTS,
        ("add", {"kind": "phone"}),
        ("save_contact", _form(number="12", use="home")),
        ("save_contact", _form(number="+49 30 901820", use="home")),
    )
    assert empty[CONTACTS]["groups"]["point"] == []
    assert set(wrong[CONTACTS]["problems"]) == {"number"}
    assert "opened" not in wrong[CONTACTS]  # The drawer stays open with what was typed.
    (row,) = added[CONTACTS]["groups"]["point"]
    assert (row["title"], row["status"], added[CONTACTS]["opened"]) == ("+49 30 901820", "", "")
    *_, ended = _walk(
        token,
        patient.id,
        CONTACTS,
        ("edit", {"row_id": row["id"]}),
        ("save_contact", _form(number="+49 30 901821", use="work")),
        ("ask", {"question": "end", "row_id": row["id"]}),
        ("end_contact", _form(ended_on="2024-01-01")),
    )
    (row,) = ended[CONTACTS]["past"]["point"]
    assert (row["title"], row["status"]) == ("+49 30 901821", "Ended")
    *_, unsaid, retracted = _walk(
        token,
        patient.id,
        CONTACTS,
        ("ask", {"question": "retract", "row_id": row["id"]}),
        ("retract_contact", _form(reason="")),
        ("retract_contact", _form(reason="The neighbour's")),
    )
    assert unsaid[CONTACTS]["problems"] == {"reason": "Say why; the record keeps it."}
    assert retracted[CONTACTS]["past"]["point"][0]["status"] == "Entered in error"


def test_two_people_on_one_row_do_not_overwrite_each_other(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session, phones=("+49 30 901820",))
    row_id = f"phone-{session.exec(select(PatientContactPoint.id)).one()}"
    token = as_role("receptionist")
    steps = []
    for tab in ("a", "b"):
        for step in _steps(token, patient.id, CONTACTS, ("load", {}), ("edit", {"row_id": row_id})):
            step.tab = tab
            steps.append(step)
    for tab, number in (("a", "+49 30 901821"), ("b", "+49 30 901822")):
        (step,) = _steps(token, patient.id, CONTACTS, ("save_contact", _form(number=number, use="home")))
        step.tab = tab
        steps.append(step)
    *_, refused = walk(*steps)
    assert "Somebody else changed this phone number meanwhile" in refused[CONTACTS]["refusal"]
    session.expire_all()
    assert session.exec(select(PatientContactPoint.value)).one() == "+4930901821"


def test_a_coverage_is_added_and_a_second_primary_one_is_refused(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    payer = make_payer(session)["id"]
    form = _form(payer_id=payer, rank="primary", starts_on="2024-01-01", share="80")
    _, _, found, added, _, refused = _walk(
        as_role("receptionist"),
        patient.id,
        CONTACTS,
        ("add", {"kind": "coverage"}),
        ("find_payers", {"text": "kasse"}),
        ("save_coverage", form),
        ("add", {"kind": "coverage"}),
        ("save_coverage", form),
    )
    assert [row["label"] for row in found[CONTACTS]["payers"]] == ["Kasse Nord"]
    assert added[CONTACTS]["groups"]["coverage"][0]["detail"] == "pays 80 % · since 1 Jan 2024"
    assert "is the primary coverage in this time" in refused[CONTACTS]["problems"]["rank"]
    assert len(session.exec(select(Coverage)).all()) == 1


def test_who_may_not_see_coverage_is_sent_none(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    session.add(Coverage(patient_id=patient.key, payer_id=int(make_payer(session)["id"])))
    session.flush()
    shown = _walk(as_role("nurse"), patient.id, CONTACTS)[0]
    assert shown[CONTACTS]["groups"]["coverage"] == []
    assert "Kasse Nord" not in shown.text


def test_a_cashier_sees_and_does_not_change(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session, phones=("+49 30 901820",))
    row_id = f"phone-{session.exec(select(PatientContactPoint.id)).one()}"
    shown, *refused = _walk(
        as_role("cashier"),
        patient.id,
        CONTACTS,
        ("save_contact", _form(number="+49 30 901821")),
        ("retract_contact", _form(reason="forged")),
        ("save_coverage", _form(payer_id="1")),
    )
    assert shown[CONTACTS]["groups"]["point"][0]["id"] == row_id
    assert all("Your role does not allow this" in answer.text for answer in refused)


def test_an_identifier_somebody_has_is_refused_with_the_reason(
    session: Session, as_role: Callable[..., str]
) -> None:
    holder = make_patient(session, family_name="Holder")
    session.add(PatientIdentifier(patient_id=holder.key, type="passport", issuer="Germany", value="C01"))
    patient = make_patient(session)
    token = as_role("receptionist")
    *_, refused, added = _walk(
        token,
        patient.id,
        IDENTIFIERS,
        ("add", {"kind": "identifier"}),
        ("save_identifier", _form(type="passport", issuer="Germany", value="C01")),
        ("save_identifier", _form(type="passport", issuer="Germany", value="C02")),
    )
    assert refused[IDENTIFIERS]["problems"] == {
        "value": f"Anna Holder ({holder.mrn}) has this passport already."
    }
    assert [row["title"] for row in added[IDENTIFIERS]["groups"]["identifier"]] == ["C02"]


def test_a_decision_is_recorded_withdrawn_and_retracted(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    token = as_role("receptionist")
    *_, recorded = _walk(
        token,
        patient.id,
        IDENTIFIERS,
        ("add", {"kind": "consent"}),
        ("record_consent", _form(kind="research", decision="given", recorded_on="2024-05-05")),
    )
    (row,) = recorded[IDENTIFIERS]["consents"]
    assert (row["title"], row["status"], row["may_withdraw"]) == ("Research", "Given", True)
    *_, early, withdrawn = _walk(
        token,
        patient.id,
        IDENTIFIERS,
        ("ask", {"question": "end", "row_id": row["id"]}),
        ("withdraw_consent", _form(ended_on="2024-05-04")),
        ("withdraw_consent", _form(ended_on="2024-06-04")),
    )
    assert early[IDENTIFIERS]["problems"] == {"ended_on": "It cannot be withdrawn before it was given."}
    (row,) = withdrawn[IDENTIFIERS]["consents"]
    assert (row["status"], row["may_withdraw"]) == ("Withdrawn", False)


def test_a_doctor_reads_consents_and_records_none(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    make_consent(session, patient)
    shown, refused = _walk(
        as_role("doctor"),
        patient.id,
        IDENTIFIERS,
        ("record_consent", _form(kind="research", decision="given")),
    )
    assert [row["title"] for row in shown[IDENTIFIERS]["consents"]] == ["Treatment"]
    assert "Your role does not allow this" in refused.text
    assert len(session.exec(select(PatientConsent)).all()) == 1


@pytest.mark.parametrize("tab", [CONTACTS, IDENTIFIERS])
def test_rows_of_another_record_are_never_touched(
    tab: str, session: Session, as_role: Callable[..., str]
) -> None:
    mine, other = make_patient(session), make_patient(session, phones=("+49 30 901820",))
    consent = make_consent(session, other)
    point = session.exec(select(PatientContactPoint)).one()
    acts = {
        CONTACTS: [
            ("ask", {"question": "retract", "row_id": f"phone-{point.id}"}),
            ("retract_contact", _form(reason="forged")),
        ],
        IDENTIFIERS: [
            ("ask", {"question": "retract", "row_id": f"consent-{consent.id}"}),
            ("retract_consent", _form(reason="forged")),
        ],
    }[tab]
    _walk(as_role("receptionist"), mine.id, tab, *acts)
    session.expire_all()
    assert session.exec(select(PatientContactPoint.entered_in_error_at)).one() is None
    assert session.exec(select(PatientConsent.entered_in_error_at)).one() is None
