"""The patient screens on the real event path, without a browser."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext
from sqlmodel import Session

from hms_app.domain.clinical.tables import Condition
from tests.event_path import Browser, browser
from tests.factories.clinical import make_allergy, make_record
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in

TAB = "one-tab"


def _handler(ending: str) -> str:
    return next(name for name in RegistrationContext.get().event_handlers if name.endswith(ending))


def _sent(client: Browser, state: str) -> dict[str, Any]:
    """The values of a state that were sent, the latest of each, without Reflex's suffix."""
    return {
        name.removesuffix("_rx_state_"): value
        for update in client.updates
        for full_name, values in update.delta.items()
        if full_name.endswith(state)
        for name, value in values.items()
    }


def _events(client: Browser) -> str:
    return " ".join(str(event) for update in client.updates for event in update.events)


@pytest.fixture
def as_role(connection: sa.Connection, session: Session) -> Callable[[str], str]:
    """Sign somebody in who has one role; returns the session's token."""

    def sign_in(role: str, **fields: Any) -> str:
        token = signed_in(session, make_user(session, role, **fields))
        session.commit()
        return token

    return sign_in


def _one(token: str, handler: str, state: str, *, address: str, payload: dict[str, Any] | None = None) -> Any:
    async def visit() -> tuple[dict[str, Any], str, str]:
        async with browser() as client:
            await client.send(_handler(handler), payload, session=token, tab=TAB, address=address)
            assert client.failures == []
            return _sent(client, state), _events(client), client.sent_text()

    return asyncio.run(visit())


LIST = "patient_list_state"
RECORD = "patient_record_state"
HEAD = "patient_head_state"


def test_the_list_shows_what_its_address_asks_for(session: Session, as_role: Callable[..., str]) -> None:
    make_patient(session, family_name="Zzalba", given_names="María", sex_at_birth="female")
    make_patient(session, family_name="Zzalba", given_names="Mario", sex_at_birth="male")
    token = as_role("receptionist")
    shown, _, _ = _one(token, "patient_list_state.load", LIST, address="/patients?sex=female&columns=mrn")
    assert [row["name"] for row in shown["rows"]] == ["María Zzalba"]
    assert (shown["asked"]["sex"], shown["columns"], shown["count"]) == (
        "female",
        ["name", "mrn"],
        "1 patient",
    )


def test_typing_in_the_list_narrows_it_and_stands_in_no_address(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session, family_name="Qwyrk", given_names="Ada")
    token = as_role("receptionist")

    async def visit() -> tuple[list[dict[str, Any]], str]:
        async with browser() as client:
            address = "/patients?q=qwy&text=qwy"
            search, narrow = (_handler(f"patient_list_state.{name}") for name in ("search", "narrow"))
            await client.send(search, {"text": "qwy"}, session=token, tab=TAB, address=address)
            rows = _sent(client, LIST)["rows"]
            female = {"part": "sex", "value": "female"}
            await client.send(narrow, female, session=token, tab=TAB, address=address)
            return rows, _events(client)

    rows, events = asyncio.run(visit())
    assert [row["href"] for row in rows] == [f"/patients/{patient.id}"]
    assert "/patients?sex=female" in events and "qwy" not in events.lower()


def test_a_view_is_kept_opened_and_removed_by_its_owner_alone(
    session: Session, as_role: Callable[..., str]
) -> None:
    mine, others = as_role("receptionist"), as_role("nurse")
    address = "/patients?sex=female"

    async def keep() -> tuple[list[dict[str, str]], dict[str, Any], list[dict[str, str]]]:
        async with browser() as client:
            await client.send(_handler("patient_list_state.load"), session=mine, tab=TAB, address=address)
            keep_view = _handler("patient_list_state.keep_view")
            await client.send(keep_view, {"form": {"name": "Women"}}, session=mine, tab=TAB, address=address)
            kept = _sent(client, LIST)["views"]
            forget = _handler("patient_list_state.forget_view")
            view = {"view_id": kept[0]["id"]}
            await client.send(forget, view, session=others, tab="another-tab", address="/patients")
            refused = _sent(client, LIST)
            await client.send(forget, view, session=mine, tab=TAB, address=address)
            return kept, refused, _sent(client, LIST)["views"]

    kept, refused, left = asyncio.run(keep())
    assert [(view["name"], view["href"]) for view in kept] == [("Women", "/patients?sex=female")]
    assert refused["problem"] == "There is no such view, or you may not see it."
    assert left == []


@pytest.mark.parametrize(
    "query",
    ["sort=id;drop+table+patient", "sex=%27", "age=9-1", "at=forged", "at=W10", "status=entered_in_error"],
)
def test_a_forged_address_of_the_list_is_answered_calmly(query: str, as_role: Callable[..., str]) -> None:
    shown, _, text = _one(
        as_role("receptionist"), "patient_list_state.load", LIST, address=f"/patients?{query}"
    )
    assert "failed on our side" not in text
    assert shown["is_loading"] is False


def test_a_page_of_the_list_is_walked_on_and_back(session: Session, as_role: Callable[..., str]) -> None:
    for number in range(53):
        make_patient(session, family_name=f"Yxpage{number:02}", given_names="")
    token = as_role("receptionist")

    async def walk() -> list[dict[str, Any]]:
        seen = []
        async with browser() as client:
            for handler, payload in (
                ("search", {"text": "yxpage"}),
                ("next_page", {}),
                ("previous_page", {}),
            ):
                name = _handler(f"patient_list_state.{handler}")
                await client.send(name, payload, session=token, tab=TAB, address="/patients")
                seen.append(_sent(client, LIST))
        return seen

    first, second, third = asyncio.run(walk())
    assert (len(first["rows"]), first["has_next"], first["has_previous"]) == (50, True, False)
    assert [row["name"] for row in second["rows"]] == ["Yxpage50", "Yxpage51", "Yxpage52"]
    assert third["rows"] == first["rows"]


def test_the_record_shows_its_cards(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session, family_name="Okafor", given_names="Ngozi")
    make_record(session, Condition, patient, display="Asthma")
    make_allergy(session, patient, "Penicillin")
    token = as_role("doctor")
    address = f"/patients/{patient.id}"
    shown, _, _ = _one(token, "patient_record_state.load", RECORD, address=address)
    assert [line["title"] for line in shown["overview"]["conditions"]] == ["Asthma"]
    assert {"conditions", "allergies", "medications", "vital_signs"} <= set(shown["overview"]["sections"])
    head, _, _ = _one(token, "patient_record_state.load", HEAD, address=address)
    assert (head["shown_for"], head["banner"]["name"]) == (str(patient.id), "Ngozi Okafor")
    assert head["allergies"] == ["Penicillin"]


def test_a_cashier_is_sent_no_clinical_word(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session, family_name="Okafor", given_names="Ngozi")
    make_record(session, Condition, patient, display="Asthma")
    make_allergy(session, patient, "Penicillin")
    address = f"/patients/{patient.id}"
    shown, _, text = _one(as_role("cashier"), "patient_record_state.load", RECORD, address=address)
    assert not {"conditions", "allergies", "medications", "vital_signs"} & set(shown["overview"]["sections"])
    assert "Asthma" not in text
    assert "Penicillin" not in text
    assert "No recorded allergies" not in text


@pytest.mark.parametrize(
    "forged", ["0", "-1", "abc", "1e3", "99999999999999999999", "٣", "9223372036854775807"]
)
def test_an_address_without_such_a_patient_shows_a_sentence_and_nothing_else(
    forged: str, as_role: Callable[..., str]
) -> None:
    shown, _, _ = _one(as_role("doctor"), "patient_record_state.load", RECORD, address=f"/patients/{forged}")
    assert shown["problem"] == "There is no such patient, or you may not see it."
    assert shown.get("shown_for", "") == ""


def test_nothing_of_the_former_patient_stays_when_the_next_one_is_refused(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session, family_name="Okafor", given_names="Ngozi")
    secret = make_patient(session, family_name="Hidden", given_names="Vera", is_restricted=True)
    make_record(session, Condition, patient, display="Asthma")
    token = as_role("doctor")

    async def visit() -> tuple[dict[str, Any], dict[str, Any], str]:
        async with browser() as client:
            name = _handler("patient_record_state.load")
            await client.send(name, session=token, tab=TAB, address=f"/patients/{patient.id}")
            await client.send(name, session=token, tab=TAB, address=f"/patients/{secret.id}")
            return _sent(client, HEAD), _sent(client, RECORD), client.sent_text()

    head, record, text = asyncio.run(visit())
    assert (head["shown_for"], head["banner"]["name"], record["shown_for"]) == ("", "", "")
    assert record["overview"]["sections"] == []
    assert "Hidden" not in text
    assert "Asthma" not in text


def test_a_patient_sees_their_own_record_whatever_the_address_says(
    session: Session, as_role: Callable[..., str]
) -> None:
    mine = make_patient(session, family_name="Own", given_names="Ina")
    other = make_patient(session, family_name="Other", given_names="Otto")
    make_record(session, Condition, mine, display="Asthma")
    token = as_role("patient", patient_id=mine.id)
    shown, _, text = _one(
        token, "my_record_state.load", "my_record_state", address=f"/my-record?patient_id={other.id}"
    )
    assert shown["banner"]["name"] == "Ina Own"
    assert [line["title"] for line in shown["overview"]["conditions"]] == ["Asthma"]
    assert "Otto" not in text


def test_a_patient_cannot_open_a_record_by_its_number(session: Session, as_role: Callable[..., str]) -> None:
    mine = make_patient(session, family_name="Own", given_names="Ina")
    other = make_patient(session, family_name="Other", given_names="Otto")
    token = as_role("patient", patient_id=mine.id)
    _, events, text = _one(token, "patient_record_state.load", RECORD, address=f"/patients/{other.id}")
    assert "Your role does not allow this" in events
    assert "Otto" not in text


def test_the_first_screen_lists_the_patients_one_opened_last(
    session: Session, as_role: Callable[..., str]
) -> None:
    patients = [make_patient(session, family_name=name, given_names="") for name in ("First", "Second")]
    token, other = as_role("doctor"), as_role("doctor")

    async def visit() -> tuple[list[str], list[str]]:
        async with browser() as client:
            for patient in patients:
                address = f"/patients/{patient.id}"
                await client.send(
                    _handler("patient_record_state.load"), session=token, tab=TAB, address=address
                )
            await client.send(_handler("home_state.load"), session=token, tab=TAB)
            mine = [row["name"] for row in _sent(client, "home_state")["recent"]]
            await client.send(_handler("home_state.load"), session=other, tab="another")
            return mine, [row["name"] for row in _sent(client, "home_state").get("recent", [])]

    assert asyncio.run(visit()) == (["Second", "First"], [])


def test_an_administrator_is_told_what_is_still_to_set_up_and_finds_no_patients(
    as_role: Callable[..., str],
) -> None:
    shown, _, _ = _one(as_role("administrator"), "home_state.load", "home_state", address="/")
    assert "Add your departments" in [step["title"] for step in shown["steps"]]
    assert shown.get("recent", []) == []
