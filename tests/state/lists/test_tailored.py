"""What people make of a list: the filters they are offered and search in, bands, columns and views."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from hms_app.domain.clinical.tables import Condition
from hms_app.state.patients.patient_list import AGES
from tests.factories.clinical import make_record
from tests.factories.organization import make_department, make_payer
from tests.factories.patients import make_patient
from tests.state.conftest import Answer, Step, walk

LIST = "patient_list_state"
SignIn = Callable[..., str]


def _walk(token: str, address: str, *acts: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    steps = [("load", {}), *acts]
    answers: list[Answer] = walk(
        *(Step(f"{LIST}.{act}", payload, address=address, session=token) for act, payload in steps)
    )
    return [answer[LIST] for answer in answers]


def test_a_lookup_offers_what_is_chosen_although_it_is_not_among_the_first(
    session: Session,
    as_role: SignIn,
) -> None:
    for number in range(25):
        make_department(session, name=f"Annex {number:02}", code=f"A{number}")
    last = make_department(session, name="Zoology", code="ZOO")
    token = as_role("doctor")
    shown, opened, typed, emptied = _walk(
        token,
        f"/patients?department={last.id}",
        ("open_filters", {}),
        ("find_choices", {"part": "department", "text": "annex 24"}),
        ("find_choices", {"part": "department", "text": ""}),
    )
    assert shown["words"]["department"] == "Zoology"
    offered = [choice["label"] for choice in opened["choices"]["department"]]
    assert offered[:2] == ["Zoology", "Annex 00"] and "Annex 24" not in offered
    assert [choice["label"] for choice in typed["choices"]["department"]] == ["Annex 24"]
    assert [choice["label"] for choice in emptied["choices"]["department"]] == offered


def test_a_payer_beyond_the_first_fifty_is_found_by_its_name(
    session: Session,
    as_role: SignIn,
) -> None:
    for number in range(55):
        make_payer(session, name=f"Alpha {number:02}")
    far = make_payer(session, name="Omega")
    *_, typed = _walk(
        as_role("accountant"), "/patients", ("find_choices", {"part": "payer", "text": "omega"})
    )
    assert [choice["value"] for choice in typed["choices"]["payer"]] == [str(far.id)]


def test_a_filter_is_offered_and_searched_only_by_who_may_use_it(
    session: Session,
    as_role: SignIn,
) -> None:
    make_record(session, Condition, make_patient(session), code="44054006", display="Diabetes (disorder)")
    search = ("find_choices", {"part": "condition", "text": "diab"})
    shown, found = _walk(as_role("doctor"), "/patients", search)
    assert "condition" in shown["offered"]
    assert [(one["value"], one["label"]) for one in found["choices"]["condition"]] == [
        ("44054006", "Diabetes")
    ]
    shown, found, opened = _walk(as_role("cashier"), "/patients", search, ("open_filters", {}))
    assert not {"condition", "department", "last_visit"} & set(shown["offered"])
    assert found["choices"]["condition"] == []
    assert "condition" not in opened["choices"]


def test_a_lookup_that_no_list_names_is_answered_with_nothing(as_role: SignIn) -> None:
    *_, found = _walk(as_role("doctor"), "/patients", ("find_choices", {"part": "app_user", "text": "a"}))
    assert found["choices"] == {"app_user": []}


def test_what_is_chosen_of_something_that_is_gone_is_shown_by_its_value(as_role: SignIn) -> None:
    [shown] = _walk(as_role("doctor"), "/patients?department=999999&condition=1")
    assert (shown["words"]["department"], shown["words"]["condition"]) == ("999999", "1")


@pytest.mark.parametrize("band", AGES)
def test_a_band_sets_both_its_ends_and_is_known_by_them(as_role: SignIn, band: str) -> None:
    _, narrowed, cleared = _walk(
        as_role("receptionist"),
        "/patients",
        ("narrow", {"part": "age", "value": band}),
        ("narrow", {"part": "age", "value": ""}),
    )
    youngest, _, oldest = band.partition("-")
    assert (narrowed["asked"]["age_from"], narrowed["asked"]["age_to"]) == (youngest, oldest)
    assert (narrowed["bands"]["age"], narrowed["words"]["age"].lower()) == (band, AGES[band].lower())
    assert (cleared["asked"]["age_from"], cleared["asked"]["age_to"]) == ("", "")
    assert (cleared["bands"]["age"], cleared["words"]["age"], cleared["is_narrowed"]) == ("", "", False)


def test_ends_that_are_no_band_are_said_in_words(as_role: SignIn) -> None:
    [shown] = _walk(as_role("receptionist"), "/patients?age_from=60")
    assert (shown["bands"]["age"], shown["words"]["age"]) == ("other", "60 years and older")


def test_columns_are_added_and_left_out_and_stay_when_everything_is_shown_again(
    session: Session,
    as_role: SignIn,
) -> None:
    make_patient(session, phones=("+16175550143",), sex_at_birth="male")
    shown, _, more, fewer, cleared = _walk(
        as_role("receptionist"),
        "/patients?columns=mrn",
        ("narrow", {"part": "sex", "value": "male"}),
        ("toggle_column", {"name": "phone"}),
        ("toggle_column", {"name": "mrn"}),
        ("clear", {}),
    )
    assert [row["phone"] for row in shown["rows"]] == [""]
    assert more["columns"] == ["name", "mrn", "phone"]
    assert "617" in more["rows"][0]["phone"]
    assert fewer["columns"] == ["name", "phone"]
    assert (cleared["asked"]["columns"], cleared["asked"]["sex"]) == ("name.phone", "")


def test_a_column_that_somebody_may_not_see_is_not_shown_because_they_ask_for_it(
    session: Session,
    as_role: SignIn,
) -> None:
    make_record(session, Condition, make_patient(session))
    [shown] = _walk(as_role("cashier"), "/patients?columns=mrn.last_visit")
    assert shown["columns"] == ["name", "mrn"]
