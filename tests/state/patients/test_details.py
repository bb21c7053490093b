"""The tabs of contacts, coverage, identifiers and consents on the real event path."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, col, select

from hms_app.domain.patients.tables import Coverage, PatientConsent, PatientContactPoint, PatientIdentifier
from tests.factories.organization import make_payer
from tests.factories.patients import make_consent, make_patient
from tests.state.conftest import Answer, Step, walk

Acts = list[tuple[str, dict[str, Any]]]
LOAD: tuple[str, dict[str, Any]] = ("load", {})
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


@pytest.fixture
def at_once(session: Session, as_role: Callable[..., str]) -> Callable[..., list[Answer]]:
    """Two people with one phone on screen: `theirs` is done and saved before `yours` after its first act.

    Returns what came back for each act of `yours` after the first.
    """

    def happen(theirs: Acts, yours: Acts) -> list[Answer]:
        patient = make_patient(session, phones=("+49 30 901820",))
        row = {"row_id": f"phone-{session.exec(select(PatientContactPoint.id)).one()}"}
        people = {"a": as_role("receptionist", name="Rita First"), "b": as_role("receptionist")}

        def steps(tab: str, acts: Acts) -> list[Step]:
            about = [(act, payload | row if act in ("edit", "ask") else payload) for act, payload in acts]
            made = _steps(people[tab], patient.id, CONTACTS, *about)
            return [replace(step, tab=tab) for step in made]

        opened, others = steps("b", [LOAD, yours[0]]), steps("a", [LOAD, *theirs])
        rest = steps("b", yours[1:])
        return walk(*opened, *others, *rest)[-len(rest) :]

    return happen


def _corrected(number: str, use: str = "home") -> Acts:
    return [("edit", {}), ("save_contact", _form(number=number, use=use))]


def _asked(question: str, act: str, **form: str) -> Acts:
    return [("ask", {"question": question}), (act, _form(**form))]


ENDED = _asked("end", "end_contact", ended_on="2024-01-01")
RETRACTED = _asked("retract", "retract_contact", reason="The neighbour's")


def _phone(session: Session) -> PatientContactPoint:
    session.expire_all()
    return session.exec(select(PatientContactPoint).order_by(col(PatientContactPoint.id))).all()[0]


def test_of_two_who_correct_one_row_the_second_sees_both_versions_and_chooses(
    session: Session, at_once: Callable[..., list[Answer]]
) -> None:
    compared, unsaid, chosen = at_once(
        _corrected("+49 30 901821"),
        [
            *_corrected("+49 30 901822", "work"),
            ("save_contact", _form(use="yours")),
            ("save_contact", _form(number="yours", use="yours")),
        ],
    )
    shown = compared[CONTACTS]
    assert shown["others"].startswith("Rita First saved this phone number on ")
    assert [
        (row["label"], row["was"], row["theirs"], row["yours"], row["preferred"]) for row in shown["versions"]
    ] == [
        ("Phone number", "+49 30 901820", "+49 30 901821", "+49 30 901822", ""),
        ("For", "Home", "Home", "Work", "yours"),
    ]
    assert unsaid[CONTACTS]["problems"] == {"number": "Choose one of the two."}
    assert (chosen[CONTACTS]["opened"], chosen[CONTACTS]["others"]) == ("", "")
    now = _phone(session)
    assert (now.value, now.use, now.version) == ("+4930901822", "work", 3)


def test_nothing_is_overwritten_before_somebody_chooses(
    session: Session, at_once: Callable[..., list[Answer]]
) -> None:
    at_once(_corrected("+49 30 901821"), _corrected("+49 30 901822"))
    assert _phone(session).value == "+4930901821"


def test_a_choice_that_is_refused_comes_back_as_the_form_with_its_reason(
    session: Session, at_once: Callable[..., list[Answer]]
) -> None:
    _, refused, saved = at_once(
        _corrected("+49 30 901821", "work"),
        [
            *_corrected("12"),
            ("save_contact", _form(number="yours", use="theirs")),
            ("save_contact", _form(number="+49 30 901829", use="work")),
        ],
    )
    assert refused[CONTACTS]["others"] == ""
    assert set(refused[CONTACTS]["problems"]) == {"number"}
    assert refused[CONTACTS]["form"] == {"number": "12", "use": "work"}
    assert saved[CONTACTS]["opened"] == ""
    assert (_phone(session).value, _phone(session).use) == ("+4930901829", "work")


def test_what_was_typed_into_a_row_that_became_an_error_can_be_a_new_one(
    session: Session, at_once: Callable[..., list[Answer]]
) -> None:
    told, added = at_once(
        RETRACTED, [*_corrected("+49 30 901822"), ("save_contact", _form(number="+49 30 901822", use="home"))]
    )
    shown = told[CONTACTS]
    assert shown["gone"].startswith("Rita First marked this phone number as entered in error on ")
    assert (shown["opened"], "form_key" in shown) == ("new", False)  # The form is not drawn anew.
    assert [row["title"] for row in added[CONTACTS]["groups"]["point"]] == ["+49 30 901822"]
    theirs = _phone(session)
    assert (theirs.value, theirs.entered_in_error_reason) == ("+49 30 901820", "The neighbour's")


def test_who_corrects_a_row_that_ended_meanwhile_is_told_and_goes_on(
    session: Session, at_once: Callable[..., list[Answer]]
) -> None:
    told, _saved = at_once(ENDED, [*_corrected("+49 30 901822"), ("save_contact", _form(number="yours"))])
    assert told[CONTACTS]["others"].startswith("Rita First ended this phone number on ")
    assert [row["preferred"] for row in told[CONTACTS]["versions"]] == ["yours"]
    assert (_phone(session).value, str(_phone(session).ended_on)) == ("+4930901822", "2024-01-01")


@pytest.mark.parametrize("yours", [ENDED, RETRACTED])
def test_who_ends_or_retracts_a_row_that_was_corrected_meanwhile_sees_what_it_became(
    session: Session, at_once: Callable[..., list[Answer]], yours: Acts
) -> None:
    told, done = at_once(_corrected("+49 30 901821"), [*yours, yours[-1]])
    assert [(row["was"], row["theirs"]) for row in told[CONTACTS]["versions"]] == [
        ("+49 30 901820", "+49 30 901821")
    ]
    assert "asked" not in told[CONTACTS]  # The dialog stays open with what was typed.
    assert done[CONTACTS]["asked"] == ""
    now = _phone(session)
    assert (now.value, now.version, bool(now.ended_on or now.entered_in_error_at)) == ("+4930901821", 3, True)


def test_a_question_about_a_row_that_became_an_error_has_no_further_answer(
    session: Session, at_once: Callable[..., list[Answer]]
) -> None:
    (told,) = at_once(RETRACTED, ENDED)
    assert told[CONTACTS]["gone"].startswith("Rita First marked this phone number as entered in error on ")
    assert _phone(session).ended_on is None


def test_keeping_theirs_shows_theirs(at_once: Callable[..., list[Answer]]) -> None:
    _, kept = at_once(_corrected("+49 30 901821"), [*_corrected("+49 30 901822"), ("close", {})])
    assert [row["title"] for row in kept[CONTACTS]["groups"]["point"]] == ["+49 30 901821"]


def test_a_coverage_is_added_and_a_second_primary_one_is_refused(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    payer = str(make_payer(session).id)
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
    session.add(Coverage(patient_id=patient.key, payer_id=make_payer(session).id))
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


def test_a_drawer_is_opened_again_as_it_was_empty_or_on_its_row(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session, phones=("+49 30 901820",))
    token = as_role("receptionist")
    loaded, new, forged, mine, others = _walk(
        token,
        patient.id,
        CONTACTS,
        ("open_again", {"row_id": "new", "kind": "phone"}),
        ("open_again", {"row_id": "new", "kind": "nonsense"}),
        ("open_again", {"row_id": "phone-0", "kind": "phone"}),
        ("close", {}),
    )
    assert (new[CONTACTS]["opened"], new[CONTACTS]["opened_kind"]) == ("new", "phone")
    assert "opened" not in forged[CONTACTS]
    assert "opened" not in mine[CONTACTS]
    (row,) = loaded[CONTACTS]["groups"]["point"]
    *_, again = _walk(token, patient.id, CONTACTS, ("open_again", {"row_id": row["id"], "kind": "phone"}))
    assert again[CONTACTS]["opened"] == row["id"]
    assert again[CONTACTS]["form"]["number"] == "+49 30 901820"
    assert others[CONTACTS]["opened"] == ""
