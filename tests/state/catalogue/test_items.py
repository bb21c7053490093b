"""The catalogue's screen on the real event path, without a browser."""

from collections.abc import Callable

from sqlmodel import Session

from hms_app.domain.catalogue.values import CATEGORY_LABELS
from hms_app.state.catalogue.items import item_choice
from tests.factories.catalogue import make_item
from tests.state.conftest import Answer, Step, walk

STATE = "catalogue_state"
ADDRESS = "/hospital/catalogue"
GLUCOSE = {"name": "Glucose", "code": "LAB-GLU", "category": "laboratory"}


def _step(name: str, token: str, address: str = ADDRESS, **payload: object) -> Step:
    return Step(f"{STATE}.{name}", payload, address=address, session=token)


def _codes(answer: Answer) -> list[str]:
    return [row["code"] for row in answer[STATE]["rows"]]


def test_an_administrator_adds_an_item_and_sees_it(session: Session, as_role: Callable[..., str]) -> None:
    token = as_role("administrator")
    loaded, _, refused, saved = walk(
        _step("load", token),
        _step("add", token),
        _step("save", token, form={**GLUCOSE, "code": "LAB GLU"}),
        _step("save", token, form=GLUCOSE),
    )
    assert loaded[STATE]["may_edit"] is True
    assert refused[STATE]["problems"].keys() == {"code"}
    assert "Glucose was added." in saved.text
    assert _codes(saved) == ["LAB-GLU"]
    assert saved[STATE]["rows"][0]["category_label"] == "Laboratory"


def test_who_may_only_look_is_offered_no_change_and_cannot_forge_one(
    session: Session, as_role: Callable[..., str]
) -> None:
    make_item(session, code="ONE")
    token = as_role("cashier")
    loaded, forged = walk(_step("load", token), _step("save", token, form=GLUCOSE))
    assert (_codes(loaded), loaded[STATE]["may_edit"], loaded[STATE]["may_export"]) == (["ONE"], False, True)
    assert "Your role does not allow this" in forged.text


def test_a_patient_sees_no_catalogue(session: Session, as_role: Callable[..., str]) -> None:
    make_item(session, name="Whole body scan")
    (loaded,) = walk(_step("load", as_role("patient")))
    assert "Your role does not allow this" in loaded.text
    assert "Whole body scan" not in loaded.text


def test_the_address_says_what_is_shown(session: Session, as_role: Callable[..., str]) -> None:
    make_item(session, name="Glucose", code="LAB-2", category="laboratory")
    make_item(session, name="Haemoglobin", code="LAB-1", category="laboratory")
    make_item(session, name="Glucose infusion", code="MED-1", category="medicine")
    token = as_role("storekeeper")
    (narrowed,) = walk(_step("load", token, f"{ADDRESS}?category=laboratory&sort=code"))
    assert _codes(narrowed) == ["LAB-1", "LAB-2"]
    (searched,) = walk(_step("load", token, f"{ADDRESS}?q=glucose&sort=-name"))
    assert _codes(searched) == ["MED-1", "LAB-2"]


def test_an_item_to_choose_says_its_code_and_category(session: Session) -> None:
    item = make_item(session, name="Glucose", code="LAB-2", category="laboratory")
    choice = item_choice(item)
    assert (choice["value"], choice["label"]) == (str(item.id), "Glucose")
    assert choice["detail"] == f"LAB-2 · {CATEGORY_LABELS[item.category]}"
