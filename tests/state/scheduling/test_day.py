"""The desk, my day and the board without a browser."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.domain.scheduling.tables import QueueEntry
from hms_app.domain.scheduling.values.queues import WalkInInput
from hms_app.domain.workflows.check_in import receive_walk_in
from hms_app.state.scheduling.board import BoardsState, BoardState
from hms_app.state.scheduling.desk import DeskState
from hms_app.state.scheduling.my_day import MyDayState
from hms_app.state.scheduling.queues import QueuesState
from tests.factories.organization import SYSTEM, make_room
from tests.factories.patients import make_patient
from tests.factories.queues import Clinic, make_clinic, make_queue, put_appointment
from tests.state.organization.conftest import Open, drained


@pytest.fixture
def clinic(connection: sa.Connection) -> Clinic:
    """A house with a practitioner and a service."""
    with db.transaction() as session:
        return make_clinic(session)


def rows() -> Session:
    """A session for rows that no use case makes here."""
    return Session(db.bound(), join_transaction_mode="create_savepoint")


def booked(clinic: Clinic, name: str) -> str:
    """A patient who is expected now; the record number."""
    with rows() as session:
        patient = make_patient(session, given_names=name)
        put_appointment(session, clinic, patient_id=patient.key, practitioner_id=None)
        session.commit()
        return patient.mrn


def walked_in(queue_id: int, name: str = "Bo") -> int:
    with db.transaction() as session:
        request = WalkInInput(patient_id=make_patient(session, given_names=name).key, queue_id=queue_id)
        return receive_walk_in(session, SYSTEM, request=request).id


def queue_of(clinic: Clinic) -> int:
    with db.transaction() as session:
        return make_queue(session, service_id=clinic.service_id, prefix="A").id


async def sent(state: Any, handler: str, *arguments: Any) -> list[Any]:
    return await drained(type(state).event_handlers[handler].fn(state, *arguments))


def names(rows: list[Any]) -> list[str]:
    return [row["name"] for row in rows]


async def test_a_row_moves_through_the_lanes_by_its_next_act(clinic: Clinic, opened: Open) -> None:
    booked(clinic, "Ann")
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    for lane, label in (
        ("expected", "Check in"),
        ("waiting", "Call"),
        ("waiting", "Start consultation"),
        ("with_doctor", "Finish"),
    ):
        (row,) = getattr(desk, lane)
        assert (row["name"], row["next_label"]) == ("Ann Berg", label)
        await sent(desk, "act", row["id"], row["next"])
    assert (names(desk.over), desk.with_doctor, desk.problem) == (["Ann Berg"], [], "")


async def test_a_scanned_card_checks_its_patient_in_and_says_the_number(clinic: Clinic, opened: Open) -> None:
    mrn = booked(clinic, "Ann")
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    await sent(desk, "scan", {"scan": f" {mrn} "})
    assert desk.scanned["tone"] == "success"
    assert "checked in, number C1" in desk.scanned["text"]
    assert names(desk.waiting) == ["Ann Berg"]
    await sent(desk, "scan", {"scan": mrn})
    assert (desk.scanned["tone"], "is here already, number C1" in desk.scanned["text"]) == ("info", True)
    await sent(desk, "scan", {"scan": "99999999"})
    assert desk.scanned["tone"] == "warning"


async def test_typing_narrows_the_desk_to_whom_is_meant(clinic: Clinic, opened: Open) -> None:
    for name in ("Ann", "Cleo"):
        booked(clinic, name)
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    await sent(desk, "search", "cleo")
    assert names(desk.expected) == ["Cleo Berg"]
    await sent(desk, "narrow", "department", "987654")
    await sent(desk, "search", "")
    assert desk.expected == []


async def test_leaving_asks_why_and_keeps_the_answer(clinic: Clinic, opened: Open) -> None:
    walked_in(queue_of(clinic))
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    await sent(desk, "act", desk.waiting[0]["id"], "stage:left")
    assert (desk.opened, desk.asked_name) == ("stage:left", "Bo Berg")
    await sent(desk, "answer", {"reason": "Could not wait"})
    assert (desk.opened, names(desk.over)) == ("", ["Bo Berg"])


async def test_urgent_wants_a_reason_beside_its_field(clinic: Clinic, opened: Open) -> None:
    queue_id = queue_of(clinic)
    walked_in(queue_id, "First")
    walked_in(queue_id, "Second")
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    await sent(desk, "act", desk.waiting[1]["id"], "urgent")
    await sent(desk, "answer", {"reason": " "})
    assert desk.opened == "urgent"
    assert desk.problem
    await sent(desk, "answer", {"reason": "Chest pain"})
    assert [(row["name"], row["urgent"]) for row in desk.waiting] == [
        ("Second Berg", "Chest pain"),
        ("First Berg", ""),
    ]


async def test_a_walk_in_is_found_and_gets_a_number(clinic: Clinic, opened: Open) -> None:
    with rows() as session:
        patient_id = make_patient(session, given_names="Wanda").key
        session.commit()
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    await sent(desk, "open_walk_in")
    await sent(desk, "find", "wanda")
    assert [choice["value"] for choice in desk.found] == [str(patient_id)]
    await sent(desk, "receive", {"service_id": str(clinic.service_id)})
    assert set(desk.problems) == {"patient_id"}
    await sent(desk, "receive", {"patient_id": str(patient_id), "service_id": str(clinic.service_id)})
    assert (desk.opened, names(desk.waiting)) == ("", ["Wanda Berg"])


async def test_who_was_just_registered_is_named_in_the_walk_in_form(clinic: Clinic, opened: Open) -> None:
    with rows() as session:
        patient_id = make_patient(session, given_names="Wanda").key
        session.commit()
    desk = await opened(DeskState, "receptionist", f"/desk?patient={patient_id}")
    await sent(desk, "load")
    assert (desk.opened, desk.chosen, desk.chosen_name) == ("walk-in", str(patient_id), "Wanda Berg")
    await sent(desk, "open_walk_in")
    assert (desk.chosen, desk.chosen_name) == ("", "")


async def test_running_late_is_said_on_desk_and_board(clinic: Clinic, opened: Open) -> None:
    with db.transaction() as session:
        queue = make_queue(session, practitioner_id=clinic.practitioner_id)
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    await sent(desk, "open_delay")
    await sent(desk, "announce", {"practitioner_id": str(clinic.practitioner_id), "minutes": "soon"})
    assert set(desk.problems) == {"minutes"}
    await sent(desk, "announce", {"practitioner_id": str(clinic.practitioner_id), "minutes": "20"})
    assert [delay["text"] for delay in desk.delays] == ["Dr Ada Okafor runs 20 minutes late"]
    board = await opened(BoardState, "nurse", f"/board/queue/{queue.id}")
    await sent(board, "load")
    assert board.delays == ["Dr Ada Okafor: about 20 minutes late"]


async def test_my_day_calls_the_next_into_my_room(clinic: Clinic, opened: Open) -> None:
    queue_id = queue_of(clinic)
    walked_in(queue_id, "First")
    walked_in(queue_id, "Second")
    with db.transaction() as session:
        room = make_room(session, department_id=clinic.department_id)
    mine = await opened(MyDayState, "nurse", "/my-day")
    await sent(mine, "load")
    assert (mine.waiting, mine.has_own) == ([], False)
    await sent(mine, "choose_queue", str(queue_id))
    await sent(mine, "choose_room", str(room.id))
    await sent(mine, "call")
    assert [(row["name"], row["status"], row["detail"]) for row in mine.waiting] == [
        ("First Berg", "Called", "Room 1 · Consultation"),
        ("Second Berg", "", "Consultation"),
    ]
    await sent(mine, "act", mine.waiting[0]["id"], "absent")
    assert names(mine.waiting) == ["Second Berg", "First Berg"]


async def test_a_doctor_sees_as_theirs_only_whom_they_see(clinic: Clinic, opened: Open) -> None:
    with db.transaction() as session:
        queue_id = make_queue(session, name="All", department_id=clinic.department_id).id
    for name, practitioner in (("Mine", clinic.practitioner_id), ("Other", None)):
        place_id = walked_in(queue_id, name)
        with rows() as session:
            entry = session.get(QueueEntry, place_id)
            assert entry is not None
            entry.status, entry.practitioner_id = "called", practitioner
            session.commit()
            entry.status = "with_doctor"
            session.commit()
    mine = await opened(MyDayState, "doctor", "/my-day")
    await sent(mine, "load")
    await sent(mine, "choose_queue", str(queue_id))
    assert sorted(names(mine.with_doctor)) == ["Mine Berg", "Other Berg"]
    mine._seen_by = clinic.practitioner_id
    await sent(mine, "refresh")
    assert names(mine.with_doctor) == ["Mine Berg"]


async def test_a_board_shows_no_name_and_no_state_of_it_could(clinic: Clinic, opened: Open) -> None:
    queue_id = queue_of(clinic)
    walked_in(queue_id, "Zeplin")
    board = await opened(BoardState, "nurse", f"/board/department/{clinic.department_id}")
    await sent(board, "load")
    assert [call["label"] for call in board.waiting] == ["A1"]
    assert "Zeplin" not in repr(board.dict())
    boards = await opened(BoardsState, "nurse", "/board")
    await sent(boards, "load")
    assert [choice["label"] for choice in boards.queues] == ["Waiting room"]


async def test_a_board_that_is_not_there_says_so(clinic: Clinic, opened: Open) -> None:
    board = await opened(BoardState, "nurse", "/board/queue/987654")
    await sent(board, "load")
    assert "no such queue" in board.problem


async def test_who_may_not_work_at_the_desk_gets_nothing(clinic: Clinic, opened: Open) -> None:
    booked(clinic, "Ann")
    desk = await opened(DeskState, "cashier", "/desk")
    await sent(desk, "load")
    assert desk.expected == []
    assert "does not allow" in desk.problem


async def test_an_act_that_no_row_offers_is_refused(clinic: Clinic, opened: Open) -> None:
    place_id = walked_in(queue_of(clinic))
    desk = await opened(DeskState, "receptionist", "/desk")
    await sent(desk, "load")
    for row, act in (
        ("q999999", "call"),
        (f"q{place_id}", "stage:nowhere"),
        (f"q{place_id}", "undo_check_in"),
        ("x1", "call"),
        ("a0", "check_in"),
        ("a0", "call"),
    ):
        await sent(desk, "act", row, act)
    with db.transaction() as session:
        entry = session.get(QueueEntry, place_id)
        assert entry is not None
        assert entry.status == "ready"


async def test_a_queue_is_added_and_changed_in_the_drawer(clinic: Clinic, opened: Open) -> None:
    screen = await opened(QueuesState, "manager", "/queues")
    await sent(screen, "load")
    await sent(screen, "add")
    form = {"name": "Hearts", "kind": "service", "ordering": "arrival", "prefix": "h"}
    await sent(screen, "save", form)
    assert set(screen.problems) == {"service_id"}
    await sent(screen, "save", {**form, "service_id": str(clinic.service_id)})
    assert (screen.opened, screen.problem) == ("", "")
    assert [(row["name"], row["owner"], row["prefix"]) for row in screen.rows] == [
        ("Hearts", "Consultation", "H")
    ]
