"""What can be booked: services and equipment on a real database."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound
from hms_app.domain.organization.errors import DepartmentClosed
from hms_app.domain.organization.service import close_department
from hms_app.domain.records.errors import Conflict
from hms_app.domain.scheduling.queries.equipment import get_equipment, list_equipment
from hms_app.domain.scheduling.queries.offerings import offerings_of, resource_names
from hms_app.domain.scheduling.queries.services import (
    find_services,
    get_service,
    list_services,
    service_choices,
)
from hms_app.domain.scheduling.service import services as service
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.values.services import EquipmentInput, ServiceInput
from hms_app.domain.scheduling.values.words import ResourceKind, ServiceColour
from tests.factories.organization import make_department, make_practitioner, make_room
from tests.factories.scheduling import make_equipment, make_resource, make_service, trail_of

PRACTITIONER, ROOM, EQUIPMENT = ResourceKind


def names(offerings: Any) -> list[str]:
    return [offering.name for offering in offerings]


def test_a_service_has_all_that_its_form_says(session: Session, everyone_allowed: Actor) -> None:
    department = make_department(session)
    ada, room = make_practitioner(session), make_room(session, department_id=department.id)
    scanner = make_equipment(session)
    made = make_service(
        session,
        name="Echo",
        department_id=department.id,
        colour="4",
        duration_minutes="45",
        preparation_minutes="5",
        cleanup_minutes="10",
        needs_room="on",
        needs_equipment="on",
        is_bookable_online="on",
        needs_approval="on",
        notice_hours="12",
        most_open="2",
        **{f"practitioners_{ada.id}": "on", f"rooms_{room.id}": "on", f"equipment_{scanner.id}": "on"},
    )
    row = get_service(session, everyone_allowed, service_id=made.id)
    assert (row.name, row.department, row.colour) == ("Echo", "Cardiology", ServiceColour.FOUR)
    assert (row.duration_minutes, row.preparation_minutes, row.cleanup_minutes) == (45, 5, 10)
    assert (row.needs_practitioner, row.needs_room, row.needs_equipment) == (True, True, True)
    assert (row.is_bookable_online, row.needs_approval) == (True, True)
    assert (row.notice_minutes, row.ahead_days, row.latest_change_hours, row.most_open) == (720, 180, 24, 2)
    assert names(row.chosen(PRACTITIONER)) == ["Dr Ada Okafor"]
    assert names(row.chosen(ROOM)) == ["Room 1"]
    assert names(row.chosen(EQUIPMENT)) == ["Ultrasound 1"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"duration_minutes": "0"}, "duration_minutes"),
        ({"duration_minutes": "half an hour"}, "duration_minutes"),
        ({"duration_minutes": "1441"}, "duration_minutes"),
        ({"cleanup_minutes": "-5"}, "cleanup_minutes"),
        ({"ahead_days": "0"}, "ahead_days"),
        ({"colour": "9"}, "colour"),
        ({"needs_practitioner": ""}, "needs_equipment"),
        ({"needs_equipment": "on"}, "equipment"),
        ({"wait_warning_minutes": "30", "wait_danger_minutes": "20"}, "wait_danger_minutes"),
        ({"name": ""}, "name"),
    ],
)
def test_what_a_form_says_wrongly_stands_beside_its_field(wrong: dict[str, str], field: str) -> None:
    right = {"name": "Visit", "duration_minutes": "30", "needs_practitioner": "on"}
    with pytest.raises(InvalidInput) as refused:
        ServiceInput.from_form({**right, **wrong})
    assert set(refused.value.problems) == {field}


def test_two_open_services_never_have_the_same_name(connection: sa.Connection) -> None:
    with db.transaction() as session:
        first = make_service(session, name="First visit")
    with (
        pytest.raises(DomainError, match="open service of this name") as refused,
        db.transaction() as session,
    ):
        make_service(session, name="FIRST  visit")
    assert refused.value.field == "name"
    with db.transaction() as session:
        service.close_service(session, Actor.system("tests"), service_id=first.id, version=1)
        make_service(session, name="First visit")


def test_of_many_who_add_the_same_service_at_once_one_does(committing: sa.Engine) -> None:
    def add(_: int) -> str:
        try:
            return db.in_transaction(lambda session: make_service(session, name="Rush").name)
        except DomainError as refusal:
            return str(refusal)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, range(8)))
    assert sorted(answers).count("Rush") == 1
    assert set(answers) == {"Rush", "There is already an open service of this name."}


def test_a_change_keeps_what_was_and_what_is_in_the_trail(session: Session, everyone_allowed: Actor) -> None:
    ada, ben = make_practitioner(session), make_practitioner(session, given_names="Ben")
    made = make_service(session, name="Visit", practitioners=str(ada.id))
    request = ServiceInput.from_form(
        {"name": "Visit", "duration_minutes": "20", "needs_practitioner": "on", "practitioners": str(ben.id)}
    )
    row = service.change_service(session, everyone_allowed, service_id=made.id, version=1, request=request)
    assert (row.version, row.duration_minutes, names(row.offerings)) == (2, 20, ["Dr Ben Okafor"])
    added, changed = trail_of(session, "scheduling.service")
    assert added["after"]["practitioners"] == ["Dr Ada Okafor"]
    assert changed["before"] == {"duration_minutes": 30, "practitioners": ["Dr Ada Okafor"]}
    assert changed["after"] == {"duration_minutes": 20, "practitioners": ["Dr Ben Okafor"]}


def test_who_saves_second_sees_whom_the_first_named(session: Session, everyone_allowed: Actor) -> None:
    ada = make_practitioner(session)
    made = make_service(session)
    form = {"name": "Visit", "duration_minutes": "20", "needs_practitioner": "on"}
    theirs = ServiceInput.from_form({**form, "practitioners": str(ada.id)})
    service.change_service(session, everyone_allowed, service_id=made.id, version=1, request=theirs)
    with pytest.raises(Conflict) as refused:
        service.change_service(
            session, everyone_allowed, service_id=made.id, version=1, request=ServiceInput.from_form(form)
        )
    fields = refused.value.theirs.form.fields
    assert (fields["practitioners"], fields["practitioners-text"]) == (str(ada.id), "Dr Ada Okafor")
    assert (fields["needs_practitioner"], fields["needs_room"]) == ("on", "")


def test_a_closed_service_is_not_offered_and_can_be_opened_again(
    session: Session, everyone_allowed: Actor
) -> None:
    made = make_service(session)
    service.close_service(session, everyone_allowed, service_id=made.id, version=1)
    assert find_services(session, everyone_allowed, text="visit") == []
    assert list_services(session, everyone_allowed).rows == []
    [closed] = list_services(session, everyone_allowed, shows_closed=True).rows
    assert not closed.is_active
    service.reopen_service(session, everyone_allowed, service_id=made.id, version=2)
    assert [choice["label"] for choice in service_choices(session, everyone_allowed)] == ["Visit"]


def test_a_service_belongs_to_an_open_department(session: Session, everyone_allowed: Actor) -> None:
    department = make_department(session)
    made = make_service(session, department_id=department.id)
    service.close_service(session, everyone_allowed, service_id=made.id, version=1)
    close_department(session, everyone_allowed, department_id=department.id, version=1)
    with pytest.raises(DepartmentClosed):
        make_service(session, name="Another", department_id=department.id)
    with pytest.raises(DepartmentClosed):
        service.reopen_service(session, everyone_allowed, service_id=made.id, version=2)


def test_services_are_found_by_any_word_of_their_name_or_department(
    session: Session, everyone_allowed: Actor
) -> None:
    department = make_department(session)
    make_service(session, name="Röntgen Thorax", department_id=department.id)
    make_service(session, name="Visit")
    for text in ("rontgen", "thor cardio", "Cardiology"):
        assert [row.name for row in list_services(session, everyone_allowed, text=text).rows] == [
            "Röntgen Thorax"
        ]
    only = list_services(session, everyone_allowed, department_id=department.id)
    assert ([row.name for row in only.rows], only.count_label) == (["Röntgen Thorax"], "1")
    [choice] = find_services(session, everyone_allowed, text="thorax")
    assert choice["detail"] == "30 min, Cardiology"


def test_what_is_not_there_is_refused_beside_its_field(session: Session) -> None:
    with pytest.raises(DomainError) as refused:
        make_service(session, rooms="4711")
    assert refused.value.field == "rooms"
    room_as_equipment = resource_of(
        session, ROOM, make_room(session, department_id=make_department(session).id).id
    )
    with pytest.raises(DomainError) as refused:
        make_service(session, name="Scan", needs_equipment="on", equipment=str(room_as_equipment))
    assert refused.value.field == "equipment"


def test_equipment_is_added_changed_closed_and_opened_again(
    session: Session, everyone_allowed: Actor
) -> None:
    made = make_equipment(session)
    key = {"equipment_id": made.id}
    renamed = EquipmentInput(name="Ultrasound A")
    assert (
        service.change_equipment(session, everyone_allowed, version=1, request=renamed, **key).name
        == "Ultrasound A"
    )
    service.close_equipment(session, everyone_allowed, version=2, **key)
    assert list_equipment(session, everyone_allowed).rows == []
    service.reopen_equipment(session, everyone_allowed, version=3, **key)
    [row] = list_equipment(session, everyone_allowed, text="ultra").rows
    assert (row.name, row.is_active, row.services) == ("Ultrasound A", True, 0)
    assert [entry["action"].split(".")[-1] for entry in trail_of(session, "scheduling.equipment")] == [
        "added",
        "changed",
        "closed",
        "reopened",
    ]


def test_a_practitioners_resource_is_no_equipment(session: Session, everyone_allowed: Actor) -> None:
    ada = make_resource(session)
    with pytest.raises(NotFound):
        service.close_equipment(session, everyone_allowed, equipment_id=ada, version=1)
    with pytest.raises(NotFound):
        get_equipment(session, everyone_allowed, equipment_id=ada)


def test_two_pieces_of_equipment_never_have_the_same_name(connection: sa.Connection) -> None:
    with db.transaction() as session:
        make_equipment(session)
    with pytest.raises(DomainError, match="equipment of this name"), db.transaction() as session:
        make_equipment(session, name="ULTRASOUND  1")


def test_whom_and_what_services_name_is_read_for_all_at_once(session: Session) -> None:
    scanner = make_equipment(session)
    scan, visit = (
        make_service(session, name="Scan", needs_equipment="on", equipment=str(scanner.id)),
        make_service(session),
    )
    assert {key: names(some) for key, some in offerings_of(session, [scan.id, visit.id]).items()} == {
        scan.id: ["Ultrasound 1"]
    }
    assert resource_names(session, [scanner.id]) == {scanner.id: "Ultrasound 1"}
