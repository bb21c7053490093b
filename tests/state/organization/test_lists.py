"""The list screens of the organization, without a browser."""

from typing import Any

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.permissions import Permission
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.state.organization.departments import DepartmentsState
from hms_app.state.organization.payers import PayersState
from hms_app.state.organization.practitioners import PractitionersState
from hms_app.state.organization.rooms import RoomsState
from tests.factories.organization import make_department, make_practitioner, make_room
from tests.state.organization.conftest import Open, drained


async def test_the_list_shows_what_the_address_asks_for(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_department(session)
        make_department(session, name="Surgery", code="SURG")
    screen = await opened(DepartmentsState, "administrator", "/hospital/departments?q=surg")
    await DepartmentsState.event_handlers["load"].fn(screen)
    assert [row["code"] for row in screen.rows] == ["SURG"]
    assert (screen.asked["q"], screen.count, screen.may_edit) == ("surg", "1 department", True)
    assert screen.is_loading is False


async def test_who_may_only_read_gets_no_editing(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        department = make_department(session)
    screen = await opened(DepartmentsState, "nurse")
    await DepartmentsState.event_handlers["load"].fn(screen)
    assert (len(screen.rows), screen.may_edit) == (1, False)
    screen.opened = "new"
    await drained(DepartmentsState.event_handlers["save"].fn(screen, {"name": "Lab", "code": "LAB"}))
    assert "does not allow" in screen.refusal
    events = await drained(DepartmentsState.event_handlers["switch_off"].fn(screen, str(department.id), "1"))
    assert len(events) == 1
    await DepartmentsState.event_handlers["load"].fn(screen)
    assert len(screen.rows) == 1


async def test_who_may_not_even_read_gets_no_rows(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_department(session)
    screen = await opened(DepartmentsState, "patient")
    await DepartmentsState.event_handlers["load"].fn(screen)
    assert (screen.rows, screen.may_edit) == ([], False)
    assert "does not allow" in screen.list_problem


async def test_adding_and_changing_go_through_the_drawer(connection: sa.Connection, opened: Open) -> None:
    screen = await opened(DepartmentsState, "administrator")
    handlers = DepartmentsState.event_handlers
    await handlers["add"].fn(screen)
    await drained(handlers["save"].fn(screen, {"name": "", "code": "!"}))
    assert set(screen.problems) == {"name", "code"}
    assert screen.opened == "new"
    await drained(handlers["save"].fn(screen, {"name": "Laboratory", "code": "lab"}))
    assert (screen.opened, screen.problem) == ("", "")
    await handlers["load"].fn(screen)
    await handlers["edit"].fn(screen, screen.rows[0]["id"])
    assert screen.form["code"] == "LAB"
    await drained(handlers["save"].fn(screen, {"name": "Main laboratory", "code": "LAB"}))
    await handlers["load"].fn(screen)
    assert [(row["name"], row["version"]) for row in screen.rows] == [("Main laboratory", "2")]


async def test_a_form_opened_before_somebody_elses_change_shows_both_versions(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        department = make_department(session)
    handlers = DepartmentsState.event_handlers
    mine, theirs = (
        await opened(DepartmentsState, "administrator"),
        await opened(DepartmentsState, "administrator"),
    )
    for screen in (mine, theirs):
        await handlers["edit"].fn(screen, str(department.id))
    await drained(handlers["save"].fn(theirs, {"name": "Theirs", "code": "CARD"}))
    await drained(handlers["save"].fn(mine, {"name": "Mine", "code": "CARD"}))
    assert "saved this department on" in mine.others
    [differing] = mine.versions
    assert (differing["was"], differing["theirs"], differing["yours"]) == ("Cardiology", "Theirs", "Mine")
    assert mine.opened == str(department.id)


async def test_ids_and_versions_that_are_none_are_refused(connection: sa.Connection, opened: Open) -> None:
    screen = await opened(RoomsState, "administrator", "/hospital/rooms?at=forged&only=x")
    await RoomsState.event_handlers["load"].fn(screen)
    assert "damaged" in screen.list_problem
    for wrong in ("1 OR 1=1", "", "٣", "9" * 30):
        events = await drained(RoomsState.event_handlers["edit"].fn(screen, wrong))
        assert len(events) == 1
    assert screen.opened == ""


async def test_rooms_and_practitioners_offer_the_open_departments(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        department = make_department(session)
        make_room(session, department_id=department.id)
        make_practitioner(session, department_id=department.id)
    rooms = await opened(RoomsState, "administrator", f"/hospital/rooms?only={department.id}")
    await RoomsState.event_handlers["load"].fn(rooms)
    assert (len(rooms.rows), rooms.filter_label) == (1, "Cardiology")
    people = await opened(PractitionersState, "administrator", "/hospital/practitioners?only=here")
    await PractitionersState.event_handlers["load"].fn(people)
    await PractitionersState.event_handlers["add"].fn(people)
    assert [row["works_at"] for row in people.rows] == ["Cardiology"]
    assert [choice["label"] for choice in people.departments] == ["Cardiology"]


@pytest.mark.parametrize(
    ("screen", "read", "edit"),
    [
        (
            DepartmentsState,
            Permission.ORGANIZATION_DEPARTMENT_READ,
            Permission.ORGANIZATION_DEPARTMENT_EDIT,
        ),
        (RoomsState, Permission.ORGANIZATION_ROOM_READ, Permission.ORGANIZATION_ROOM_EDIT),
        (
            PractitionersState,
            Permission.ORGANIZATION_PRACTITIONER_READ,
            Permission.ORGANIZATION_PRACTITIONER_EDIT,
        ),
        (PayersState, Permission.ORGANIZATION_PAYER_READ, Permission.ORGANIZATION_PAYER_EDIT),
    ],
)
async def test_each_screens_handlers_want_its_own_permissions(
    screen: Any, read: Permission, edit: Permission
) -> None:
    def wanted(handler: str) -> object:
        return getattr(screen.event_handlers[handler].fn, GUARD_ATTRIBUTE)

    assert wanted("load") == read
    assert {wanted(name) for name in ("add", "edit", "save", "switch_off", "switch_on")} == {edit}


async def test_every_kind_of_entry_is_added_changed_closed_and_opened_again(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        department = make_department(session)
    forms: dict[Any, dict[str, str]] = {
        DepartmentsState: {"name": "Surgery", "code": "SURG"},
        RoomsState: {"name": "Room 9", "kind": "ward", "department_id": str(department.id)},
        PractitionersState: {"family_name": "Lind", "given_names": "Noa"},
        PayersState: {"name": "Kasse Nord", "kind": "public"},
    }
    for kind, form in forms.items():
        screen = await opened(kind, "administrator")
        handlers = kind.event_handlers
        await handlers["add"].fn(screen)
        await drained(handlers["save"].fn(screen, form))
        await handlers["load"].fn(screen)
        added = next(row for row in screen.rows if row["name"] != "Cardiology")
        await handlers["edit"].fn(screen, added["id"])
        await drained(handlers["save"].fn(screen, form | {"name": "Renamed", "family_name": "Renamed"}))
        await drained(handlers["switch_off"].fn(screen, added["id"], "2"))
        await handlers["load"].fn(screen)
        assert added["id"] not in [row["id"] for row in screen.rows]
        await drained(handlers["switch_on"].fn(screen, added["id"], "3"))
        await handlers["load"].fn(screen)
        after = next(row for row in screen.rows if row["id"] == added["id"])
        assert ("Renamed" in after["name"], after["version"], screen.problem) == (True, "4", "")


async def test_a_drawer_is_opened_again_as_it_was_empty_or_on_its_entry(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        department = make_department(session)
    screen = await opened(DepartmentsState, "administrator")
    await DepartmentsState.event_handlers["edit"].fn(screen, "new")
    assert (screen.opened, screen.form) == ("new", {})
    await DepartmentsState.event_handlers["edit"].fn(screen, str(department.id))
    assert (screen.opened, screen.form["name"]) == (str(department.id), department.name)
