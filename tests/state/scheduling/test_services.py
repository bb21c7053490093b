"""The screens of services and equipment, without a browser."""

import sqlalchemy as sa

from hms_app.core import db
from hms_app.domain.records.values import THEIRS, YOURS
from hms_app.state.scheduling.equipment import EquipmentState
from hms_app.state.scheduling.services import NEW_SERVICE, ServicesState
from tests.factories.organization import make_department, make_practitioner
from tests.factories.scheduling import make_service
from tests.state.scheduling.conftest import Open, drained

SERVICES, EQUIPMENT = ServicesState.event_handlers, EquipmentState.event_handlers


async def test_a_service_is_added_with_ticks_and_shown_with_who_offers_it(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        ada = make_practitioner(session)
        make_department(session)
    screen = await opened(ServicesState, "administrator", "/appointments/services")
    await SERVICES["load"].fn(screen)
    await SERVICES["add"].fn(screen)
    assert screen.form == NEW_SERVICE
    assert [choice["label"] for choice in screen.practitioners] == ["Dr Ada Okafor"]
    typed = {**NEW_SERVICE, "name": "First visit", "cleanup_minutes": "10", f"practitioners_{ada.id}": "on"}
    await drained(SERVICES["save"].fn(screen, typed))
    [row] = screen.rows
    assert (row["name"], row["length"], row["around"]) == ("First visit", "30 min", "10 after")
    assert (row["offered_by"], row["online"], row["practitioners"]) == ("Dr Ada Okafor", "No", str(ada.id))


async def test_what_is_wrong_stands_beside_its_field_and_the_form_stays(
    connection: sa.Connection, opened: Open
) -> None:
    screen = await opened(ServicesState, "administrator", "/appointments/services")
    await SERVICES["add"].fn(screen)
    await drained(SERVICES["save"].fn(screen, {**NEW_SERVICE, "name": "", "duration_minutes": "x"}))
    assert set(screen.problems) == {"name", "duration_minutes"}
    assert screen.opened == "new"


async def test_ticks_of_two_people_are_compared_and_the_chosen_ones_saved(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        ada = make_practitioner(session)
        made = make_service(session, name="Visit", is_bookable_online="on")
    mine, theirs = [await opened(ServicesState, "administrator") for _ in range(2)]
    for screen in (mine, theirs):
        await SERVICES["load"].fn(screen)
        await SERVICES["edit"].fn(screen, str(made.id))
    typed = {**mine.form, "is_bookable_online": "on", "practitioners": ""}
    theirs_typed = {
        name: text for name, text in typed.items() if name not in ("practitioners", "rooms", "equipment")
    }
    await drained(SERVICES["save"].fn(theirs, {**theirs_typed, f"practitioners_{ada.id}": "on"}))
    mine_typed = {name: text for name, text in theirs_typed.items() if name != "is_bookable_online"}
    await drained(SERVICES["save"].fn(mine, mine_typed))
    assert {row["id"]: (row["theirs"], row["yours"]) for row in mine.versions} == {
        "practitioners": ("Dr Ada Okafor", ""),
        "is_bookable_online": ("Yes", "No"),
    }
    await drained(SERVICES["save"].fn(mine, {"practitioners": THEIRS, "is_bookable_online": YOURS}))
    assert (mine.refusal, mine.problems) == ("", {})
    [row] = mine.rows
    assert (row["offered_by"], row["is_bookable_online"]) == ("Dr Ada Okafor", "")


async def test_who_may_only_look_sees_services_and_no_editing(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        make_service(session)
    screen = await opened(ServicesState, "nurse")
    await SERVICES["load"].fn(screen)
    assert ([row["name"] for row in screen.rows], screen.may_edit) == (["Visit"], False)
    await drained(SERVICES["save"].fn(screen, {**NEW_SERVICE, "name": "Mine"}))
    assert "does not allow" in screen.refusal


async def test_equipment_goes_through_its_own_list(connection: sa.Connection, opened: Open) -> None:
    screen = await opened(EquipmentState, "administrator", "/appointments/equipment")
    await EQUIPMENT["add"].fn(screen)
    await drained(EQUIPMENT["save"].fn(screen, {"name": "Ultrasound 1"}))
    [row] = screen.rows
    assert (row["name"], row["services"], screen.count) == ("Ultrasound 1", "0", "1 piece of equipment")
    await drained(EQUIPMENT["switch_off"].fn(screen, row["id"], row["version"]))
    assert screen.rows == []
