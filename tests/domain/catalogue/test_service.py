"""The catalogue's use cases on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.catalogue import queries, service
from hms_app.domain.catalogue.tables import CatalogueItem
from hms_app.domain.catalogue.values import CatalogueAction, CatalogueCategory, CatalogueItemInput
from hms_app.domain.records.errors import Conflict
from tests.factories.catalogue import make_item

GLUCOSE = {"code": "LAB-GLU", "name": "Glucose in plasma", "category": "laboratory"}


def _request(**changed: str) -> CatalogueItemInput:
    return CatalogueItemInput.from_form({**GLUCOSE, **changed})


@pytest.fixture
def keeper(actor_with: Callable[..., Actor]) -> Actor:
    """Somebody who looks after the catalogue."""
    return actor_with(Permission.CATALOGUE_ITEM_READ, Permission.CATALOGUE_ITEM_EDIT)


def test_an_item_is_added_changed_closed_and_offered_again(session: Session, keeper: Actor) -> None:
    added = service.add_item(session, keeper, request=_request())
    assert (added.code, added.category, added.is_active) == (
        "LAB-GLU",
        CatalogueCategory.LABORATORY,
        True,
    )
    which = {"catalogue_item_id": added.id}
    changed = service.change_item(session, keeper, **which, version=1, request=_request(name="Glucose"))
    assert (changed.name, changed.version) == ("Glucose", 2)
    service.close_item(session, keeper, **which, version=2)
    assert not queries.get_item(session, keeper, **which).is_active
    service.reopen_item(session, keeper, **which, version=3)
    assert queries.get_item(session, keeper, **which).is_active


def test_each_change_is_in_the_trail_with_what_was_and_what_is(connection: sa.Connection) -> None:
    keeper = Actor.system("tests")
    with db.transaction() as session:
        which = {"catalogue_item_id": service.add_item(session, keeper, request=_request()).id}
        service.change_item(session, keeper, **which, version=1, request=_request(category="service"))
        service.close_item(session, keeper, **which, version=2)
        service.reopen_item(session, keeper, **which, version=3)
        assert audit.noted(session) == [action.value for action in CatalogueAction]
    with db.transaction() as session:
        entry = session.exec(
            select(AuditEntry).where(col(AuditEntry.action) == CatalogueAction.ITEM_CHANGED.value)
        ).one()
        assert (entry.before or {})["category"] == "laboratory"
        assert (entry.after or {})["category"] == "service"


def test_saving_without_a_change_changes_nothing(session: Session, keeper: Actor) -> None:
    added = service.add_item(session, keeper, request=_request())
    noted = audit.noted(session)
    same = service.change_item(session, keeper, catalogue_item_id=added.id, version=1, request=_request())
    assert (same.version, audit.noted(session)) == (1, noted)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        CatalogueItemInput.from_form({"code": "LAB GLU", "name": " ", "category": "weather"})
    assert set(refused.value.problems) == {"code", "name", "category"}


@pytest.mark.parametrize("code", ["lab-glu", "LAB-GLU", "Lab-Glu"])
def test_a_code_names_one_item_however_it_is_capitalized(connection: sa.Connection, code: str) -> None:
    with db.transaction() as session:
        make_item(session, code="LAB-GLU")
    with pytest.raises(DomainError, match="Another item has this code") as refused:
        with db.transaction() as session:
            make_item(session, code=code)
    assert refused.value.field == "code"


def test_a_code_cannot_be_taken_over_by_a_change(connection: sa.Connection) -> None:
    with db.transaction() as session:
        make_item(session, code="LAB-GLU")
        other = make_item(session, code="LAB-HB")
    with pytest.raises(DomainError, match="Another item has this code"), db.transaction() as session:
        service.change_item(
            session,
            Actor.system("tests"),
            catalogue_item_id=other.id,
            version=1,
            request=_request(code="lab-glu"),
        )


@pytest.mark.usefixtures("committing")
def test_of_many_who_take_one_code_at_once_one_gets_it() -> None:
    start = Barrier(8)

    def add(number: int) -> str:
        def work(session: Session) -> str:
            start.wait(timeout=10)
            code = "raced" if number % 2 else "RACED"
            return make_item(session, code=code, name=f"Raced {number}").name

        try:
            return db.in_transaction(work)
        except DomainError as refusal:
            return str(refusal)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(add, range(8)))
    assert outcomes.count("Another item has this code.") == 7


@pytest.mark.usefixtures("committing")
def test_of_many_who_change_one_item_at_once_one_wins_and_the_others_see_it() -> None:
    with db.transaction() as session:
        item = make_item(session, code="RACED")
    start = Barrier(8)

    def rename(number: int) -> str:
        def work(session: Session) -> str:
            start.wait(timeout=10)
            service.change_item(
                session,
                Actor.system("race"),
                catalogue_item_id=item.id,
                version=1,
                request=_request(code="RACED", name=f"Name {number}"),
            )
            return f"Name {number}"

        try:
            return f"won {db.in_transaction(work)}"
        except Conflict as conflict:
            return str(conflict.theirs.form.fields["name"])

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(rename, range(8)))
    (won,) = (outcome.removeprefix("won ") for outcome in outcomes if outcome.startswith("won "))
    assert outcomes.count(won) == 7


def test_who_may_only_look_changes_nothing(session: Session, actor_with: Callable[..., Actor]) -> None:
    item = make_item(session)
    reader = actor_with(Permission.CATALOGUE_ITEM_READ)
    which = {"catalogue_item_id": item.id, "version": 1}
    for refused in (
        lambda: service.add_item(session, reader, request=_request()),
        lambda: service.change_item(session, reader, **which, request=_request()),
        lambda: service.close_item(session, reader, **which),
        lambda: service.reopen_item(session, reader, **which),
    ):
        with pytest.raises(NotPermitted):
            refused()
    stranger = actor_with()
    for hidden in (
        lambda: queries.list_items(session, stranger),
        lambda: queries.find_items(session, stranger, text="first"),
        lambda: queries.get_item(session, stranger, catalogue_item_id=item.id),
        lambda: queries.get_item_by_code(session, stranger, code=item.code),
    ):
        with pytest.raises(NotPermitted):
            hidden()


def test_an_item_that_is_not_there_is_told(session: Session, keeper: Actor) -> None:
    with pytest.raises(NotFound):
        service.close_item(session, keeper, catalogue_item_id=999_999_999, version=1)
    with pytest.raises(NotFound):
        queries.get_item(session, keeper, catalogue_item_id=999_999_999)


@pytest.mark.parametrize(
    "values",
    [
        {"code": "A B", "name": "x", "category": "service"},
        {"code": "", "name": "x", "category": "service"},
        {"code": "AB", "name": "  ", "category": "service"},
        {"code": "AB", "name": "x", "category": "weather"},
    ],
)
def test_the_database_itself_refuses_what_is_no_item(session: Session, values: dict[str, str]) -> None:
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.insert(CatalogueItem).values(**values, name_key="x"))
