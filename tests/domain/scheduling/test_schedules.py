"""Schedules on a real database: who may change whose, what is refused, what is warned about, what the trail keeps."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.organization.service import close_practitioner, close_room
from hms_app.domain.records.errors import Conflict
from hms_app.domain.scheduling.queries.hours import get_time, list_owners
from hms_app.domain.scheduling.rules.week import write_week
from hms_app.domain.scheduling.service.schedules import add_schedule, change_schedule, close_schedule
from hms_app.domain.scheduling.service.services import close_service
from hms_app.domain.scheduling.values.schedules import Whose
from hms_app.domain.scheduling.values.words import ResourceKind, ScheduleMode
from tests.factories.organization import make_department, make_practitioner, make_room
from tests.factories.scheduling import make_service, schedule_form, trail_of

MONDAY = dt.date(2026, 11, 30)


@pytest.fixture
def ada(session: Session) -> Whose:
    """Dr Ada Okafor's time."""
    return Whose(ResourceKind.PRACTITIONER, make_practitioner(session).id)


def added(session: Session, actor: Actor, whose: Whose, **form: Any) -> Any:
    return add_schedule(session, actor, whose=whose, request=schedule_form(**form))


def test_a_schedule_has_the_hours_that_were_typed(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    room = make_room(session, department_id=make_department(session).id)
    service = make_service(session)
    row = added(
        session,
        everyone_allowed,
        ada,
        hours="Mon-Fri 8-12 and 13-17",
        slot_minutes="20",
        room_id=str(room.id),
        **{f"services_{service.id}": "on"},
    )
    assert write_week(row.windows) == "Mon-Fri 08:00-12:00, 13:00-17:00"
    assert (row.slot_minutes, row.room, row.mode) == (20, "Room 1", ScheduleMode.TIMED)
    assert [one["label"] for one in row.services] == ["Visit"]
    time = get_time(session, everyone_allowed, whose=ada, monday=MONDAY)
    assert (time.name, len(time.schedules), len(time.openings)) == ("Dr Ada Okafor", 1, 10)
    [entry] = trail_of(session, "scheduling.schedule")
    assert entry["after"]["windows"] == ["Mon-Fri 08:00-12:00, 13:00-17:00"]


def test_a_session_of_numbers_says_how_many_there_are(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedule_form(mode="tokens")
    assert set(refused.value.problems) == {"capacity"}
    row = added(session, everyone_allowed, ada, mode="tokens", capacity="30")
    assert (row.mode, row.capacity) == (ScheduleMode.TOKENS, 30)
    timed = change_schedule(
        session, everyone_allowed, schedule_id=row.id, version=1, request=schedule_form(capacity="30")
    )
    assert (timed.mode, timed.capacity) == (ScheduleMode.TIMED, 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": ""}, "hours"),
        ({"valid_from": ""}, "valid_from"),
        ({"valid_from": "tomorrow"}, "valid_from"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"slot_minutes": "4"}, "slot_minutes"),
    ],
)
def test_what_a_form_says_wrongly_stands_beside_its_field(wrong: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedule_form(**wrong)
    assert set(refused.value.problems) == {field}


def test_hours_that_cannot_be_read_are_refused_beside_their_field(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    with pytest.raises(DomainError, match="no day of the week") as refused:
        added(session, everyone_allowed, ada, hours="Mun 8-12")
    assert refused.value.field == "hours"


def test_a_practitioner_changes_just_their_own_schedule(
    session: Session, everyone_allowed: Actor, ada: Whose, actor_with: Callable[..., Actor]
) -> None:
    own = actor_with(Permission.SCHEDULING_SCHEDULE_EDIT_OWN, practitioner_id=ada.thing_id)
    mine = added(session, own, ada)
    assert (
        change_schedule(
            session, own, schedule_id=mine.id, version=1, request=schedule_form(hours="Tue 8-9")
        ).version
        == 2
    )
    ben = Whose(ResourceKind.PRACTITIONER, make_practitioner(session, given_names="Ben").id)
    room = Whose(ResourceKind.ROOM, ada.thing_id)
    bens = added(session, everyone_allowed, ben)
    for whose in (ben, room):
        with pytest.raises(NotPermitted):
            added(session, own, whose)
    with pytest.raises(NotPermitted):
        change_schedule(session, own, schedule_id=bens.id, version=1, request=schedule_form())
    with pytest.raises(NotPermitted):
        close_schedule(session, own, schedule_id=bens.id, version=1)


def test_somebody_who_is_no_practitioner_has_no_schedule_of_their_own(
    session: Session, ada: Whose, actor_with: Callable[..., Actor]
) -> None:
    nobody = actor_with(Permission.SCHEDULING_SCHEDULE_EDIT_OWN)
    for whose in (ada, Whose(ResourceKind.PRACTITIONER, 0)):
        with pytest.raises(NotPermitted):
            added(session, nobody, whose)


def test_who_may_change_everybodys_schedule_may_change_a_rooms(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    desk = actor_with(Permission.SCHEDULING_SCHEDULE_EDIT)
    room = make_room(session, department_id=make_department(session).id)
    row = added(session, desk, Whose(ResourceKind.ROOM, room.id), hours="daily 0-24")
    assert write_week(row.windows) == "Mon-Sun 00:00-24:00"


def test_schedules_that_fall_together_are_told_and_kept(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    added(session, everyone_allowed, ada, hours="Mon-Tue 8-12")
    apart = added(session, everyone_allowed, ada, hours="Mon 12-14; Wed 8-12")
    assert apart.meets == ()
    together = added(session, everyone_allowed, ada, hours="Tue 11-13; Thu 8-12")
    assert write_week(together.meets) == "Tue 11:00-13:00"
    earlier = added(
        session, everyone_allowed, ada, hours="Mon 8-12", valid_from="2025-01-01", valid_to="2025-12-31"
    )
    assert earlier.meets == ()


def test_whoever_saves_second_sees_the_hours_of_the_first(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    row = added(session, everyone_allowed, ada)
    change_schedule(
        session, everyone_allowed, schedule_id=row.id, version=1, request=schedule_form(hours="Sat 9-11")
    )
    with pytest.raises(Conflict) as refused:
        change_schedule(session, everyone_allowed, schedule_id=row.id, version=1, request=schedule_form())
    assert refused.value.theirs.form.fields["hours"] == "Sat 09:00-11:00"
    assert trail_of(session, "scheduling.schedule")[-1]["after"] == {"windows": ["Sat 09:00-11:00"]}


def test_a_schedule_that_is_taken_back_gives_no_hours(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    row = added(session, everyone_allowed, ada)
    close_schedule(session, everyone_allowed, schedule_id=row.id, version=1)
    time = get_time(session, everyone_allowed, whose=ada, monday=MONDAY)
    assert (time.schedules, time.openings) == ((), ())
    with pytest.raises(NotFound):
        close_schedule(session, everyone_allowed, schedule_id=4711, version=1)


def test_who_and_what_is_no_longer_in_use_gets_no_schedule(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    room = make_room(session, department_id=make_department(session).id)
    service = make_service(session)
    close_room(session, everyone_allowed, room_id=room.id, version=1)
    close_service(session, everyone_allowed, service_id=service.id, version=1)
    for wrong, field in (({"room_id": str(room.id)}, "room_id"), ({"services": str(service.id)}, "services")):
        with pytest.raises(DomainError) as refused:
            added(session, everyone_allowed, ada, **wrong)
        assert refused.value.field == field
    with pytest.raises(DomainError, match="room that is open"):
        added(session, everyone_allowed, Whose(ResourceKind.ROOM, room.id))
    close_practitioner(session, everyone_allowed, practitioner_id=ada.thing_id, version=1)
    with pytest.raises(DomainError, match="no longer works here"):
        added(session, everyone_allowed, ada)


def test_the_screen_offers_who_works_here_and_the_open_rooms(
    session: Session, everyone_allowed: Actor, ada: Whose
) -> None:
    make_room(session, department_id=make_department(session).id)
    owners = list_owners(session, everyone_allowed)
    assert [one["label"] for one in owners.practitioners] == ["Dr Ada Okafor"]
    assert [one["label"] for one in owners.rooms] == ["Room 1"]
    with pytest.raises(NotFound):
        get_time(session, everyone_allowed, whose=Whose(ResourceKind.PRACTITIONER, 4711), monday=MONDAY)
