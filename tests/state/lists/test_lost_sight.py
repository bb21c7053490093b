"""A screen that follows what others change shows nothing any more to whoever may no longer see it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.domain.clinical.tables import Encounter
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security.tables import UserRole
from hms_app.state.organization.payers import PayersState
from hms_app.state.patients.patient_list import PatientListState
from tests.event_path import browser
from tests.factories.clinical import make_record
from tests.factories.organization import make_payer
from tests.factories.patients import make_patient
from tests.state.conftest import handler, sent
from tests.state.organization.conftest import Open, opened  # noqa: F401  (a fixture)

SignIn = Callable[..., str]
REFUSED = "Your role does not allow this"


def _restrict(session: Session, patient: Patient) -> None:
    session.execute(sa.update(Patient).where(col(Patient.id) == patient.key).values(is_restricted=True))
    session.commit()


async def _lost(session: Session, screen: Any) -> None:
    """Load a list, take every role away, and let it follow."""
    kind = type(screen)
    await kind.event_handlers["load"].fn(screen)
    assert len(screen.rows) == 1
    session.execute(sa.delete(UserRole))
    session.commit()
    await kind.event_handlers["refresh"].fn(screen)


async def test_a_list_whose_right_was_lost_shows_its_refusal_and_no_row(
    session: Session,
    opened: Open,  # noqa: F811
) -> None:
    make_payer(session)
    session.commit()
    screen = await opened(PayersState, "accountant", "/hospital/payers?closed=yes")
    await _lost(session, screen)
    assert (screen.rows, screen.count, screen.has_next) == ([], "", False)
    assert screen.list_problem.startswith(REFUSED)
    assert screen.asked["closed"] == "yes"


async def test_the_patients_are_gone_with_the_right_to_see_them(
    session: Session,
    opened: Open,  # noqa: F811
) -> None:
    make_patient(session)
    session.commit()
    screen = await opened(PatientListState, "receptionist", "/patients")
    await _lost(session, screen)
    assert screen.rows == []
    assert screen.list_problem.startswith(REFUSED)


async def test_a_list_that_cannot_be_read_at_this_moment_stays(
    session: Session,
    opened: Open,  # noqa: F811
) -> None:
    make_payer(session)
    session.commit()
    screen = await opened(PayersState, "accountant", "/hospital/payers")
    await PayersState.event_handlers["load"].fn(screen)
    screen._at = "damaged"
    await PayersState.event_handlers["refresh"].fn(screen)
    assert (len(screen.rows), screen.list_problem) == (1, "")


async def test_nothing_of_a_record_that_is_restricted_now_stays_on_any_of_its_lists(
    session: Session,
    as_role: SignIn,
) -> None:
    for tab, place in (("contacts", "contacts"), ("visits", "visits"), ("patient_record", "")):
        patient = make_patient(session, family_name="Hidden", phones=("+16175550143",))
        make_record(session, Encounter, patient, display="Check-up")
        token = as_role("doctor")
        address = f"/patients/{patient.key}/{place}".rstrip("/")
        at: dict[str, Any] = {"session": token, "tab": f"of-{tab}", "address": address}
        async with browser() as client:
            await client.send(handler(f"{tab}_state.load"), **at)
            assert sent(client, f"{tab}_state")["shown_for"] == str(patient.key)
            _restrict(session, patient)
            await client.send(handler(f"{tab}_state.refresh"), **at)
            assert client.failures == []
            shown, head = sent(client, f"{tab}_state"), sent(client, "patient_head_state")
        assert shown["problem"] == "There is no such patient, or you may not see it.", tab
        assert (shown["shown_for"], head["shown_for"], head["banner"]["name"]) == ("", "", "")
        assert not shown.get("rows") and not shown.get("groups", {}).get("point")


async def test_all_the_pages_of_a_growing_list_follow_what_changes(
    session: Session,
    as_role: SignIn,
) -> None:
    patient = make_patient(session)
    for number in range(70):
        make_record(session, Encounter, patient, display=f"Visit {number}")
    token = as_role("doctor")
    at: dict[str, Any] = {"session": token, "tab": "one", "address": f"/patients/{patient.key}/visits"}
    async with browser() as client:
        await client.send(handler("visits_state.load"), **at)
        await client.send(handler("visits_state.show_more"), **at)
        before = [row["id"] for row in sent(client, "visits_state")["rows"]]
        newest = make_record(session, Encounter, patient, display="Just now", occurred_at=clock.now())
        session.commit()
        await client.send(handler("visits_state.refresh"), **at)
        assert client.failures == []
        after = [row["id"] for row in sent(client, "visits_state")["rows"]]
    assert len(before) == 70
    assert (len(after), set(after) - set(before)) == (71, {str(newest.id)})
