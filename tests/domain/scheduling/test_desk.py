"""What the desk and the board show of the day, in which order, and to whom."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.scheduling.queries.board import read_board
from hms_app.domain.scheduling.queries.choices import day_choices
from hms_app.domain.scheduling.queries.desk import read_desk
from hms_app.domain.scheduling.queries.gaps import free_gaps
from hms_app.domain.scheduling.queries.queues import get_queue, list_queues, own_queues, queue_choices
from hms_app.domain.scheduling.service import places
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import QueueEntry
from hms_app.domain.scheduling.values.queues import DelayInput, Desk, DeskFilters, WalkInInput
from hms_app.domain.scheduling.values.words import QueueStage, ResourceKind
from hms_app.domain.workflows.check_in import check_in, receive_walk_in, undo_check_in
from hms_app.domain.workflows.queue_steps import move_in_queue
from tests.factories.organization import SYSTEM, make_department, make_room
from tests.factories.patients import make_patient
from tests.factories.queues import Clinic, make_clinic, make_queue, make_service, put_appointment
from tests.factories.scheduling import put_schedule

EVERYBODY = DeskFilters()
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """A house with a practitioner and a service."""
    return make_clinic(session)


def ago(minutes: int) -> dt.datetime:
    return clock.now() - dt.timedelta(minutes=minutes)


def walk_in(session: Session, queue_id: int, **patient: object) -> int:
    key = make_patient(session, **patient).key  # type: ignore[arg-type]
    request = WalkInInput(patient_id=key, queue_id=queue_id)
    return receive_walk_in(session, SYSTEM, request=request).id


def waits_since(session: Session, place_id: int, minutes: int) -> None:
    session.execute(
        sa.update(QueueEntry)
        .where(QueueEntry.id == place_id)  # type: ignore[arg-type]
        .values(arrived_at=ago(minutes), sorted_at=ago(minutes))
    )
    session.expire_all()


def lanes(desk: Desk) -> list[list[str]]:
    return [[row.name for row in lane] for lane in (desk.expected, desk.waiting, desk.with_doctor, desk.over)]


def test_everybody_of_today_is_in_the_lane_where_they_are(session: Session, clinic: Clinic) -> None:
    for number, name in enumerate(("Early", "Late", "Waits", "Seen", "Undone", "Gone")):
        patient = make_patient(session, given_names=name, family_name="X")
        appointment = put_appointment(session, clinic, patient_id=patient.key, starts_at=ago(20 - number))
        if name in ("Waits", "Seen", "Undone", "Gone"):
            place = check_in(session, SYSTEM, appointment_id=appointment.key)
        if name == "Seen":
            move_in_queue(session, SYSTEM, place_id=place.id, stage=QueueStage.WITH_DOCTOR)
        if name == "Undone":
            undo_check_in(session, SYSTEM, appointment_id=appointment.key)
        if name == "Gone":
            move_in_queue(session, SYSTEM, place_id=place.id, stage=QueueStage.LEFT)
    put_appointment(session, clinic, starts_at=clock.now() + dt.timedelta(days=1))
    desk = read_desk(session, SYSTEM, filters=EVERYBODY)
    assert lanes(desk) == [["Early X", "Late X", "Undone X"], ["Waits X"], ["Seen X"], ["Gone X"]]
    assert all(row.is_late for row in desk.expected)
    assert desk.waiting[0].queue == "Dr Ada Okafor"


def test_waiting_minutes_are_marked_at_the_limits_of_the_service(session: Session, clinic: Clinic) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    for minutes in (5, 25, 45):
        waits_since(session, walk_in(session, queue.id), minutes)
    rows = read_desk(session, SYSTEM, filters=EVERYBODY).waiting
    assert [(row.waited, row.tone) for row in rows] == [(45, "danger"), (25, "warning"), (5, "")]
    assert [row.estimate for row in rows] == [0, 20, 40]


def test_the_estimate_knows_how_long_visits_took_and_who_is_inside(session: Session, clinic: Clinic) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    for number in range(1, 7):
        session.add(
            QueueEntry(
                queue_id=queue.id,
                patient_id=make_patient(session).key,
                service_id=clinic.service_id,
                day=SYSTEM.locale.today() - dt.timedelta(days=number),
                number=1,
                status="done",
                sorted_at=ago(60),
                arrived_at=ago(60),
                started_at=ago(50),
                finished_at=ago(40),
            )
        )
    inside = walk_in(session, queue.id)
    move_in_queue(session, SYSTEM, place_id=inside, stage=QueueStage.WITH_DOCTOR)
    first, second = walk_in(session, queue.id), walk_in(session, queue.id)
    rows = read_desk(session, SYSTEM, filters=EVERYBODY).waiting
    assert {row.place_id: row.estimate for row in rows} == {first: 10, second: 20}


def test_a_desk_is_narrowed_by_names_numbers_and_whom_they_come_for(session: Session, clinic: Clinic) -> None:
    queue = make_queue(session, service_id=clinic.service_id, prefix="B")
    walk_in(session, queue.id, given_names="Bo", mrn="70000077")
    other = make_service(session, name="X-ray", name_key="x ray")
    walk_in(session, make_queue(session, name="X-ray", service_id=other.key, prefix="X").id, given_names="Cy")
    for filters, names in (
        (DeskFilters(text="bo ber"), ["Bo Berg"]),
        (DeskFilters(text="70000077"), ["Bo Berg"]),
        (DeskFilters(text="X1"), ["Cy Berg"]),
        (DeskFilters(department_id=clinic.department_id), ["Bo Berg"]),
        (DeskFilters(practitioner_id=clinic.practitioner_id), []),
        (DeskFilters(queue_ids=(queue.id,)), ["Bo Berg"]),
    ):
        assert [row.name for row in read_desk(session, SYSTEM, filters=filters).waiting] == names


def test_who_may_not_know_of_a_patient_sees_a_number_and_no_name(
    session: Session, clinic: Clinic, actor_with: Callable[..., Actor]
) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    walk_in(session, queue.id, given_names="Secret", is_restricted=True)
    clerk = actor_with(Permission.SCHEDULING_APPOINTMENT_CHECK_IN, Permission.PATIENTS_PATIENT_READ)
    (row,) = read_desk(session, clerk, filters=EVERYBODY).waiting
    assert (row.name, row.mrn, row.birth_date, row.number) == ("Restricted record", "", "", "1")
    assert read_desk(session, clerk, filters=DeskFilters(text="secret")).waiting == ()


def test_seeing_the_desk_is_a_look_at_a_list(session: Session, clinic: Clinic) -> None:
    walk_in(session, make_queue(session, service_id=clinic.service_id).id)
    read_desk(session, SYSTEM, filters=EVERYBODY)
    assert audit.noted(session)[-1] == "patients.list.seen"


def test_a_desk_of_forty_is_read_in_a_few_statements(
    session: Session, connection: sa.Connection, clinic: Clinic
) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    for _ in range(20):
        walk_in(session, queue.id)
        put_appointment(session, clinic)
    session.expire_all()
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    desk = read_desk(session, SYSTEM, filters=EVERYBODY)
    assert (len(desk.waiting), len(desk.expected)) == (20, 20)
    assert len(statements) <= 7


def test_the_board_shows_numbers_and_rooms_and_nobodys_name(session: Session, clinic: Clinic) -> None:
    room = make_room(session, department_id=clinic.department_id, name="Room 7")
    queue = make_queue(session, practitioner_id=clinic.practitioner_id, prefix="A")
    for _ in range(3):
        walk_in(session, queue.id, given_names="Zeplin")
    seen = places.call_next(session, SYSTEM, queue_id=queue.id, room_id=room.id)
    move_in_queue(session, SYSTEM, place_id=seen.id, stage=QueueStage.WITH_DOCTOR)
    places.call_next(session, SYSTEM, queue_id=queue.id, room_id=room.id)
    places.announce_delay(
        session, SYSTEM, request=DelayInput(practitioner_id=clinic.practitioner_id, minutes=25)
    )
    for board in (
        read_board(session, SYSTEM, queue_id=queue.id),
        read_board(session, SYSTEM, department_id=clinic.department_id),
    ):
        assert [(call.label, call.room) for call in board.called] == [("A2", "Room 7")]
        assert [(call.label, call.room) for call in board.inside] == [("A1", "Room 7")]
        assert [call.label for call in board.waiting] == ["A3"]
        assert [(delay.practitioner, delay.minutes) for delay in board.delays] == [("Dr Ada Okafor", 25)]
        assert "Zeplin" not in repr(board)


def test_a_board_is_of_a_queue_or_department_that_exists(session: Session, clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        read_board(session, SYSTEM, queue_id=987654)
    with pytest.raises(NotFound):
        read_board(session, SYSTEM, department_id=987654)


def test_a_board_needs_only_its_own_right(
    session: Session, clinic: Clinic, actor_with: Callable[..., Actor]
) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    board = actor_with(Permission.SCHEDULING_QUEUE_READ)
    assert read_board(session, board, queue_id=queue.id).title == "Waiting room"
    with pytest.raises(NotPermitted):
        read_desk(session, board, filters=EVERYBODY)


def test_queues_are_found_by_name_and_say_how_many_wait(session: Session, clinic: Clinic) -> None:
    queue = make_queue(session, name="Hearts", service_id=clinic.service_id)
    make_queue(session, name="Other", department_id=make_department(session, code="ER", name="ER").id)
    walk_in(session, queue.id)
    (row,) = list_queues(session, SYSTEM, text="heart").rows
    assert (row.name, row.owner, row.waiting) == ("Hearts", "Consultation", 1)
    assert [choice["label"] for choice in queue_choices(session, SYSTEM)] == ["Hearts", "Other"]


def test_what_the_day_offers_to_choose_is_in_use(session: Session, clinic: Clinic) -> None:
    queue = make_queue(session, practitioner_id=clinic.practitioner_id)
    make_service(session, name="Closed", name_key="closed", is_active=False)
    offered = day_choices(session, SYSTEM)
    assert [one["label"] for one in offered.practitioners] == ["Dr Ada Okafor"]
    assert [one["label"] for one in offered.services] == ["Consultation"]
    assert [one["label"] for one in offered.queues] == [get_queue(session, SYSTEM, queue_id=queue.id).name]


def test_the_gaps_of_today_are_ones_own_hours_without_what_is_booked(
    session: Session, clinic: Clinic, actor_with: Callable[..., Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = dt.datetime(2026, 3, 2, 9, 0, tzinfo=zone)
    monkeypatch.setattr(clock, "now", lambda: now.astimezone(dt.UTC))
    resource_id = resource_of(session, ResourceKind.PRACTITIONER, clinic.practitioner_id)
    put_schedule(session, resource_id, ["1 08:00-12:00"])
    put_appointment(session, clinic, starts_at=now.replace(hour=10))
    put_appointment(session, clinic, starts_at=now.replace(hour=10, minute=35))
    locale = HospitalLocale("Europe/Berlin")
    doctor = actor_with(
        Permission.SCHEDULING_QUEUE_WORK, practitioner_id=clinic.practitioner_id, locale=locale
    )
    gaps = [(locale.time(gap.start), locale.time(gap.end)) for gap in free_gaps(session, doctor)]
    assert gaps == [("09:00", "10:00"), ("11:05", "12:00")]
    assert free_gaps(session, actor_with(Permission.SCHEDULING_QUEUE_WORK, locale=locale)) == []


def test_practitioners_call_from_their_own_queues(
    session: Session, clinic: Clinic, actor_with: Callable[..., Actor]
) -> None:
    department = make_queue(session, name="Department", department_id=clinic.department_id)
    own = make_queue(session, name="Own", practitioner_id=clinic.practitioner_id)
    make_queue(session, name="Other", department_id=make_department(session, code="ER", name="ER").id)
    doctor = actor_with(Permission.SCHEDULING_QUEUE_READ, practitioner_id=clinic.practitioner_id)
    assert own_queues(session, doctor) == [own.id, department.id]
    assert own_queues(session, actor_with(Permission.SCHEDULING_QUEUE_READ)) == []
