"""The organization's use cases on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.files.errors import PictureGone
from hms_app.domain.files.values import PictureUse
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.errors import AlreadyFounded, DepartmentClosed, DepartmentInUse
from hms_app.domain.organization.values import (
    DepartmentInput,
    HospitalInput,
    PayerInput,
    PractitionerInput,
    RoomInput,
)
from hms_app.domain.records.errors import Conflict
from tests.factories.files import chosen
from tests.factories.organization import (
    make_department,
    make_hospital,
    make_payer,
    make_practitioner,
    make_room,
)


def test_founding_the_hospital_makes_it_once(session: Session) -> None:
    assert not queries.is_founded(session)
    make_hospital(session)
    assert queries.is_founded(session)
    with pytest.raises(AlreadyFounded):
        make_hospital(session)


def test_founding_is_in_the_audit_trail(session: Session) -> None:
    make_hospital(session)
    assert audit.noted(session) == ["organization.hospital.founded"]


def test_settings_are_changed_under_their_version(session: Session, everyone_allowed: Actor) -> None:
    make_hospital(session)
    request = HospitalInput.from_form(
        {"name": "St Anne", "currency": "chf", "zone_name": "Europe/Zurich", "language": "de"}
    )
    changed = service.change_settings(session, everyone_allowed, version=1, request=request)
    assert (changed.name, changed.currency, changed.version) == ("St Anne", "CHF", 2)
    with pytest.raises(Conflict):
        service.change_settings(session, everyone_allowed, version=1, request=request)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        HospitalInput.from_form(
            {"name": "", "currency": "XXXX", "zone_name": "Mars/Base", "email": "nobody", "phone": "call me"}
        )
    assert set(refused.value.problems) == {"name", "currency", "zone_name", "email", "phone"}


def test_what_is_not_permitted_is_refused(session: Session, actor_with: Callable[..., Actor]) -> None:
    reader = actor_with(Permission.ORGANIZATION_DEPARTMENT_READ)
    with pytest.raises(NotPermitted):
        service.add_department(session, reader, request=DepartmentInput(name="Lab", code="LAB"))
    with pytest.raises(NotPermitted):
        queries.list_payers(session, reader)
    with pytest.raises(NotPermitted):
        service.change_logo(session, reader, picture=None)


def test_a_department_code_is_unique(connection: sa.Connection) -> None:
    with db.transaction() as session:
        make_department(session)
    with (
        pytest.raises(DomainError, match="Another department has this code") as refused,
        db.transaction() as session,
    ):
        make_department(session, name="Card games", code="card")
    assert refused.value.field == "code"


def test_a_room_name_is_unique_in_its_department(connection: sa.Connection) -> None:
    with db.transaction() as session:
        first, second = make_department(session), make_department(session, name="Surgery", code="SURG")
        make_room(session, department_id=first.id)
        make_room(session, department_id=second.id)
    with pytest.raises(DomainError, match="already has a room"), db.transaction() as session:
        make_room(session, department_id=first.id, name="room  1")


def test_a_registration_number_is_unique(connection: sa.Connection) -> None:
    with db.transaction() as session:
        make_practitioner(session, registration_number="ab-1")
        make_practitioner(session)
        make_practitioner(session)
    with pytest.raises(DomainError, match="registration number"), db.transaction() as session:
        make_practitioner(session, registration_number="AB-1")


def test_a_payer_name_is_unique_among_those_added_here(connection: sa.Connection) -> None:
    with db.transaction() as session:
        make_payer(session)
    with pytest.raises(DomainError, match="already a payer"), db.transaction() as session:
        make_payer(session, name="KASSE NORD")


def test_a_department_in_use_is_not_closed(session: Session, everyone_allowed: Actor) -> None:
    department = make_department(session)
    room = make_room(session, department_id=department.id)
    with pytest.raises(DepartmentInUse, match="1 open room"):
        service.close_department(session, everyone_allowed, department_id=department.id, version=1)
    service.close_room(session, everyone_allowed, room_id=room.id, version=1)
    service.close_department(session, everyone_allowed, department_id=department.id, version=1)
    assert queries.list_departments(session, everyone_allowed).rows == []
    shown = queries.list_departments(session, everyone_allowed, shows_closed=True).rows
    assert [(row.name, row.is_active) for row in shown] == [("Cardiology", False)]


def test_a_closed_department_takes_nobody_in(session: Session, everyone_allowed: Actor) -> None:
    department = make_department(session)
    room = make_room(session, department_id=department.id)
    service.close_room(session, everyone_allowed, room_id=room.id, version=1)
    service.close_department(session, everyone_allowed, department_id=department.id, version=1)
    with pytest.raises(DepartmentClosed):
        make_room(session, department_id=department.id, name="Room 2")
    with pytest.raises(DepartmentClosed):
        make_practitioner(session, department_id=department.id)
    with pytest.raises(DepartmentClosed):
        service.reopen_room(session, everyone_allowed, room_id=room.id, version=2)
    service.reopen_department(session, everyone_allowed, department_id=department.id, version=2)
    service.reopen_room(session, everyone_allowed, room_id=room.id, version=2)


def test_each_change_writes_what_was_and_what_is(session: Session, everyone_allowed: Actor) -> None:
    room = make_room(session, department_id=make_department(session).id)
    practitioner = make_practitioner(session)
    payer = make_payer(session)
    start = len(audit.noted(session))
    service.change_room(
        session,
        everyone_allowed,
        room_id=room.id,
        version=1,
        request=RoomInput.from_form({**asdict(room), "name": "Room 7"}),
    )
    service.change_practitioner(
        session,
        everyone_allowed,
        practitioner_id=practitioner.id,
        version=1,
        request=PractitionerInput.from_form({**asdict(practitioner), "specialty": "Cardiology"}),
    )
    service.change_payer(
        session,
        everyone_allowed,
        payer_id=payer.id,
        version=1,
        request=PayerInput.from_form({**asdict(payer), "phone": "+49 30 1"}),
    )
    assert audit.noted(session)[start:] == [
        "organization.room.changed",
        "organization.practitioner.changed",
        "organization.payer.changed",
    ]


def test_saving_without_a_change_changes_nothing(session: Session, everyone_allowed: Actor) -> None:
    payer = make_payer(session)
    noted = audit.noted(session)
    same = service.change_payer(
        session,
        everyone_allowed,
        payer_id=payer.id,
        version=1,
        request=PayerInput.from_form(asdict(payer)),
    )
    assert same.version == 1
    assert audit.noted(session) == noted


def test_a_logo_that_nobody_sent_or_that_is_a_photo_is_refused(
    session: Session, everyone_allowed: Actor
) -> None:
    make_hospital(session)
    for name in ("0" * 48, chosen(everyone_allowed, PictureUse.PHOTO)):
        with pytest.raises(PictureGone):
            service.change_logo(session, everyone_allowed, picture=name)


@pytest.mark.usefixtures("committing")
def test_of_two_changes_at_once_the_second_is_refused() -> None:
    with db.transaction() as session:
        department = make_department(session, name="Raced", code="RACE")

    def rename(name: str) -> str:
        def work(session: Session) -> str:
            request = DepartmentInput(name=name, code="RACE")
            service.change_department(
                session,
                Actor.system("race"),
                department_id=department.id,
                version=1,
                request=request,
            )
            return name

        try:
            return db.in_transaction(work)
        except Conflict:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(rename, [f"Name {number}" for number in range(8)]))
    assert sorted(outcomes).count("refused") == 7
