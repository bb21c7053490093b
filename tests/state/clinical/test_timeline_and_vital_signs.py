"""The timeline and the vital signs of a record on the real event path, without a browser."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from hms_app.domain.clinical.tables import Condition, Encounter, Observation
from tests.event_path import browser
from tests.factories.clinical import make_measurement, make_record
from tests.factories.patients import make_patient
from tests.state.conftest import Answer, Step, handler, sent, walk

TIMELINE = "timeline_state"
VITALS = "vital_signs_state"


def opened(token: str, state: str, address: str) -> Answer:
    """What a browser is sent when it opens this page."""
    (answer,) = walk(Step(f"{state}.load", address=address, session=token))
    return answer


@pytest.mark.parametrize("state", [TIMELINE, VITALS])
def test_a_cashier_opening_a_clinical_page_is_refused(
    state: str, session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session, family_name="Okafor", given_names="Ngozi")
    make_record(session, Condition, patient, display="Asthma")
    text = opened(as_role("cashier"), state, f"/patients/{patient.id}/timeline").text
    assert "Your role does not allow this" in text
    assert "Okafor" not in text
    assert "Asthma" not in text


def test_the_timeline_is_narrowed_by_kinds_in_the_address(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    make_record(session, Encounter, patient, display="Check-up")
    make_record(session, Condition, patient, display="Asthma")
    token = as_role("doctor")
    address = f"/patients/{patient.id}/timeline"
    everything = opened(token, TIMELINE, address)[TIMELINE]
    assert {row["title"] for row in everything["rows"]} == {"Check-up", "Asthma"}
    assert {chip["kind"]: chip["count"] for chip in everything["kinds"]} == {
        "encounter": "1",
        "condition": "1",
    }
    narrowed = opened(token, TIMELINE, f"{address}?kinds=condition,forged")[TIMELINE]
    assert [row["title"] for row in narrowed["rows"]] == ["Asthma"]
    assert narrowed["chosen"] == ["condition"]


def test_the_timeline_shows_every_entry_once_however_often_more_is_asked_for(
    session: Session, as_role: Callable[..., str]
) -> None:
    patient = make_patient(session)
    for number in range(120):
        make_record(session, Observation, patient, display=f"Value {number}")
    to: dict[str, Any] = {
        "session": as_role("doctor"),
        "tab": "one-tab",
        "address": f"/patients/{patient.id}/timeline",
    }

    async def visit() -> list[dict[str, Any]]:
        async with browser() as client:
            await client.send(handler("timeline_state.load"), **to)
            shown = sent(client, TIMELINE)
            while shown["has_more"]:
                await client.send(handler("timeline_state.show_more"), **to)
                shown |= sent(client, TIMELINE)
            return list(shown["rows"])

    rows = asyncio.run(visit())
    assert len({row["id"] for row in rows}) == len(rows) == 120
    days = [row["day"] for row in rows if row["day"]]
    assert len(days) == len(set(days))


def test_blood_pressure_is_one_chart_of_two_lines(session: Session, as_role: Callable[..., str]) -> None:
    patient = make_patient(session)
    for code, value in (("8480-6", "121"), ("8462-4", "79")):
        make_measurement(session, patient, code, value, unit="mm[Hg]")
    shown = opened(as_role("doctor"), VITALS, f"/patients/{patient.id}/vital-signs")[VITALS]
    (chart,) = shown["charts"]
    assert (chart["is_pair"], chart["last"]) == (True, "121 / 79")
    assert (chart["line"][0]["first"], chart["line"][0]["second"]) == (121.0, 79.0)
