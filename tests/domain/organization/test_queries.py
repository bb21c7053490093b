"""Lists of the organization: order, search, paging."""

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.organization import queries
from hms_app.domain.organization.values import RoomKind
from hms_app.state.organization.rows import hospital_texts
from tests.factories.organization import make_department, make_hospital, make_practitioner, make_room


def test_pages_neither_skip_nor_repeat(session: Session, everyone_allowed: Actor) -> None:
    made = {make_practitioner(session, family_name=f"Name {number % 7}").id for number in range(120)}
    seen: list[int] = []
    place: str | None = None
    pages = 0
    while True:
        page = queries.list_practitioners(session, everyone_allowed, at=place)
        seen += [row.id for row in page.rows]
        pages += 1
        if page.next_bookmark is None:
            break
        place = page.next_bookmark
    assert (pages, len(seen), set(seen)) == (3, 120, made)
    assert page.previous_bookmark
    back = queries.list_practitioners(session, everyone_allowed, at=page.previous_bookmark)
    assert [row.id for row in back.rows] == seen[50:100]
    assert back.next_bookmark and back.previous_bookmark
    first = queries.list_practitioners(session, everyone_allowed, at=back.previous_bookmark)
    assert [row.id for row in first.rows] == seen[:50]
    assert first.previous_bookmark is None


def test_search_ignores_accents_case_and_order(session: Session, everyone_allowed: Actor) -> None:
    make_practitioner(session, given_names="José", family_name="Müller-Lüdenscheidt", specialty="Neurology")
    make_practitioner(session)
    for text in ("muller jose", "JOSÉ", "neuro müll", "ludenscheidt"):
        page = queries.list_practitioners(session, everyone_allowed, text=text)
        assert [row.family_name for row in page.rows] == ["Müller-Lüdenscheidt"], text
    assert queries.list_practitioners(session, everyone_allowed, text="100%_").rows == []


def test_rooms_are_found_by_their_department(session: Session, everyone_allowed: Actor) -> None:
    department = make_department(session)
    make_room(session, department_id=department.id)
    page = queries.list_rooms(session, everyone_allowed, text="cardio")
    assert [(row.name, row.department, row.kind) for row in page.rows] == [
        ("Room 1", "Cardiology", RoomKind.CONSULTATION)
    ]
    shown = queries.get_department(session, everyone_allowed, department_id=department.id)
    assert (shown.rooms, shown.practitioners) == (1, 0)


def test_settings_show_how_dates_and_money_are_written(session: Session, everyone_allowed: Actor) -> None:
    make_hospital(session, language="de")
    shown = hospital_texts(queries.get_hospital(session, everyone_allowed))
    assert shown["example"].endswith("1.234,50 EUR")


def test_the_checks_find_a_wrong_search_name(session: Session) -> None:
    from sqlalchemy import text

    make_department(session)
    assert all(check(session).ok for check in queries.CHECKS)
    session.connection().execute(text("UPDATE department SET name_key = 'wrong'"))
    session.expire_all()
    assert not queries.check_search_names(session).ok
