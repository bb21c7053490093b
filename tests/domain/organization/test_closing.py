"""Closing and opening again what the hospital has, reading one of it, and what forms offer to choose from."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotSignedIn
from hms_app.domain.audit import service as audit
from hms_app.domain.files.values import PictureUse
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.errors import DepartmentClosed, NotFounded
from hms_app.domain.records.errors import Conflict
from tests.factories.files import chosen
from tests.factories.organization import (
    make_department,
    make_hospital,
    make_payer,
    make_practitioner,
    make_room,
)
from tests.factories.security import make_user


def _room(session: Session) -> Any:
    return make_room(session, department_id=make_department(session).id)


KINDS: Final[dict[str, Callable[[Session], Any]]] = {
    "department": make_department,
    "room": _room,
    "practitioner": make_practitioner,
    "payer": make_payer,
}
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))
CLOSE: Final[dict[str, Callable[..., None]]] = {
    "department": service.close_department,
    "room": service.close_room,
    "practitioner": service.close_practitioner,
    "payer": service.close_payer,
}
REOPEN: Final[dict[str, Callable[..., None]]] = {
    "department": service.reopen_department,
    "room": service.reopen_room,
    "practitioner": service.reopen_practitioner,
    "payer": service.reopen_payer,
}
GET: Final[dict[str, Callable[..., Any]]] = {
    "department": queries.get_department,
    "room": queries.get_room,
    "practitioner": queries.get_practitioner,
    "payer": queries.get_payer,
}


@every_kind
def test_what_is_closed_and_opened_again_is_in_use_as_before_and_both_are_in_the_trail(
    session: Session, everyone_allowed: Actor, kind: str
) -> None:
    made = KINDS[kind](session)
    named = {f"{kind}_id": made.id}
    before = len(audit.noted(session))
    CLOSE[kind](session, everyone_allowed, version=1, **named)
    closed = GET[kind](session, everyone_allowed, **named)
    assert (closed.is_active, closed.version) == (False, 2)
    REOPEN[kind](session, everyone_allowed, version=2, **named)
    opened = GET[kind](session, everyone_allowed, **named)
    assert (opened.is_active, opened.version) == (True, 3)
    assert audit.noted(session)[before:] == [f"organization.{kind}.closed", f"organization.{kind}.reopened"]


@every_kind
@pytest.mark.parametrize("acts", [CLOSE, REOPEN], ids=["close", "reopen"])
def test_what_somebody_changed_meanwhile_is_neither_closed_nor_opened(
    session: Session, everyone_allowed: Actor, kind: str, acts: dict[str, Callable[..., None]]
) -> None:
    made = KINDS[kind](session)
    before = audit.noted(session)
    with pytest.raises(Conflict):
        acts[kind](session, everyone_allowed, version=7, **{f"{kind}_id": made.id})
    assert GET[kind](session, everyone_allowed, **{f"{kind}_id": made.id}) == made
    assert audit.noted(session) == before


@every_kind
def test_what_is_not_there_is_not_found(session: Session, everyone_allowed: Actor, kind: str) -> None:
    for act in (CLOSE[kind], REOPEN[kind]):
        with pytest.raises(NotFound, match=f"no such {kind}"):
            act(session, everyone_allowed, version=1, **{f"{kind}_id": 404})
    with pytest.raises(NotFound, match=f"no such {kind}"):
        GET[kind](session, everyone_allowed, **{f"{kind}_id": 404})


def test_a_practitioner_does_not_come_back_to_a_closed_department(
    session: Session, everyone_allowed: Actor
) -> None:
    department = make_department(session)
    practitioner = make_practitioner(session, department_id=department.id)
    service.close_practitioner(session, everyone_allowed, practitioner_id=practitioner.id, version=1)
    service.close_department(session, everyone_allowed, department_id=department.id, version=1)
    with pytest.raises(DepartmentClosed):
        service.reopen_practitioner(session, everyone_allowed, practitioner_id=practitioner.id, version=2)
    shown = queries.get_practitioner(session, everyone_allowed, practitioner_id=practitioner.id)
    assert not shown.is_active


def test_one_of_it_is_shown_as_it_was_made(session: Session, everyone_allowed: Actor) -> None:
    department = make_department(session)
    room = make_room(session, department_id=department.id)
    assert queries.get_room(session, everyone_allowed, room_id=room.id) == room
    assert (room.name, room.department) == ("Room 1", "Cardiology")
    practitioner = make_practitioner(session, department_id=department.id, registration_number="ab-1")
    shown = queries.get_practitioner(session, everyone_allowed, practitioner_id=practitioner.id)
    assert (shown, shown.registration_number, shown.department) == (practitioner, "AB-1", "Cardiology")
    payer = make_payer(session, city="Bonn")
    assert queries.get_payer(session, everyone_allowed, payer_id=payer.id).city == "Bonn"


def test_open_departments_are_offered_by_name(session: Session, everyone_allowed: Actor) -> None:
    surgery, cardiology = make_department(session, name="surgery", code="SURG"), make_department(session)
    closed = make_department(session, name="Annex", code="ANX")
    service.close_department(session, everyone_allowed, department_id=closed.id, version=1)
    assert queries.department_choices(session, everyone_allowed) == [
        {"value": str(cardiology.id), "label": "Cardiology", "detail": ""},
        {"value": str(surgery.id), "label": "surgery", "detail": ""},
    ]


def test_open_payers_are_offered_by_name(session: Session, everyone_allowed: Actor) -> None:
    south, north = make_payer(session, name="Kasse Süd"), make_payer(session)
    closed = make_payer(session, name="Alte Kasse")
    service.close_payer(session, everyone_allowed, payer_id=closed.id, version=1)
    assert queries.payer_choices(session, everyone_allowed) == [
        {"value": str(north.id), "label": "Kasse Nord", "detail": ""},
        {"value": str(south.id), "label": "Kasse Süd", "detail": ""},
    ]


def test_users_who_are_no_practitioner_yet_are_found_by_name_or_address(
    session: Session, everyone_allowed: Actor
) -> None:
    ada, bea = (
        make_user(session, name="Ada Okafor"),
        make_user(session, name="Bea", email="okafor@example.org"),
    )
    taken = make_user(session, name="Cleo Okafor")
    make_practitioner(session, user_id=taken.key)
    found = queries.user_choices(session, everyone_allowed, text=" OKAFOR ")
    assert [(one["value"], one["label"], one["detail"]) for one in found] == [
        (str(ada.key), "Ada Okafor", ada.email),
        (str(bea.key), "Bea", "okafor@example.org"),
    ]
    assert len(queries.user_choices(session, everyone_allowed, text="okafor", limit=1)) == 1
    assert queries.user_choices(session, everyone_allowed, text="%") == []


def test_the_logo_is_found_once_there_is_one(
    session: Session, everyone_allowed: Actor, files_dir: object
) -> None:
    assert queries.find_logo_file(session, Actor.nobody()) is None
    make_hospital(session)
    assert queries.find_logo_file(session, Actor.nobody()) is None
    service.change_logo(session, everyone_allowed, picture=chosen(everyone_allowed, PictureUse.LOGO))
    found = queries.find_logo_file(session, Actor.nobody())
    assert found
    assert queries.get_letterhead(session, everyone_allowed).logo_file == found


def test_papers_carry_the_hospitals_name_and_address_as_its_country_writes_it(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    reader = actor_with()
    with pytest.raises(NotFounded):
        queries.get_letterhead(session, reader)
    make_hospital(
        session,
        address_line="Hauptstr. 1",
        postal_code="10115",
        city="Berlin",
        country="DE",
        phone="030 901820",
        email="desk@example.org",
    )
    head = queries.get_letterhead(session, reader)
    assert (head.name, head.phone, head.email, head.logo_file) == (
        "St Mary",
        "030 901820",
        "desk@example.org",
        None,
    )
    assert head.address_lines == ("Hauptstr. 1", "10115 Berlin", "Germany")
    with pytest.raises(NotSignedIn):
        queries.get_letterhead(session, Actor.nobody())
