"""One event, one transaction: what commits, what is refused, what is tried again."""

from collections.abc import Callable
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.tables import Payer
from hms_app.domain.organization.values import OrganizationAction
from tests.factories.organization import make_payer


def test_a_write_without_an_audit_entry_is_never_committed(connection: sa.Connection) -> None:
    with pytest.raises(db.UnauditedWrite), db.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO role (code, name, description, is_builtin, version) "
                "VALUES ('x', 'X', '', false, 1)"
            )
        )


def test_the_same_write_by_a_core_statement_is_refused_too(connection: sa.Connection) -> None:
    from hms_app.domain.security.tables import Role

    with pytest.raises(db.UnauditedWrite), db.transaction() as session:
        session.execute(sa.delete(Role).where(Role.code == "nobody"))  # type: ignore[arg-type]


def test_an_object_that_was_changed_is_refused_and_one_that_was_set_to_what_it_was_is_not(
    connection: sa.Connection, session: Session
) -> None:
    make_payer(session, name="Kasse Nord")
    session.commit()
    with db.transaction() as own:
        payer = own.exec(select(Payer).where(Payer.name == "Kasse Nord")).one()
        payer.name = "Kasse Nord"
    with pytest.raises(db.UnauditedWrite), db.transaction() as own:
        payer = own.exec(select(Payer).where(Payer.name == "Kasse Nord")).one()
        payer.name = "Kasse Süd"


def test_a_refusal_rolls_everything_back(connection: sa.Connection) -> None:
    with pytest.raises(DomainError), db.transaction() as session:
        session.execute(sa.text("CREATE TEMP TABLE half_done (id int)"))
        raise DomainError("No.")
    with db.transaction() as session:
        assert session.execute(sa.text("SELECT to_regclass('half_done')")).scalar() is None


def _savepoint(session: Session, *, is_undone: bool, notes: bool) -> None:
    with suppress(DomainError), session.begin_nested():
        name = f"Kasse {is_undone} {notes}"
        session.add(Payer(name=name, name_key=name, kind="public"))
        session.flush()
        if notes:
            audit.record(session, Actor.nobody(), OrganizationAction.PAYER_ADDED, Payer)
        if is_undone:
            raise DomainError("No.")


def _entries(session: Session) -> int:
    return session.execute(sa.text("SELECT count(*) FROM audit_entry")).scalar_one()


def test_what_a_savepoint_undid_was_no_write(connection: sa.Connection) -> None:
    with db.transaction() as session:
        _savepoint(session, is_undone=True, notes=False)
    with pytest.raises(db.UnauditedWrite), db.transaction() as session:
        _savepoint(session, is_undone=False, notes=False)


def test_what_a_savepoint_noted_is_undone_with_it_and_with_nothing_else(connection: sa.Connection) -> None:
    with db.transaction() as session:
        before = _entries(session)
        _savepoint(session, is_undone=False, notes=True)
        _savepoint(session, is_undone=True, notes=True)
    with db.transaction() as session:
        assert _entries(session) == before + 1


def test_an_entry_that_was_undone_covers_no_write(connection: sa.Connection) -> None:
    with pytest.raises(db.UnauditedWrite), db.transaction() as session:
        _savepoint(session, is_undone=True, notes=True)
        _savepoint(session, is_undone=False, notes=False)


def test_savepoints_within_one_that_is_undone_are_undone_too(connection: sa.Connection) -> None:
    with db.transaction() as session:
        before = _entries(session)
        with suppress(DomainError), session.begin_nested():
            _savepoint(session, is_undone=False, notes=True)
            raise DomainError("No.")
    with db.transaction() as session:
        assert _entries(session) == before


def _failing_first(times: int, state: str) -> Callable[[Session], str]:
    left = [times]

    def work(session: Session) -> str:
        if left[0]:
            left[0] -= 1
            session.execute(sa.text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))
        return "done"

    return work


def test_a_deadlock_is_tried_again(connection: sa.Connection) -> None:
    assert db.in_transaction(_failing_first(2, "40P01")) == "done"


def test_a_deadlock_is_not_tried_for_ever(connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        db.in_transaction(_failing_first(db.ATTEMPTS, "40P01"))


def test_other_failures_are_not_tried_again(connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        db.in_transaction(_failing_first(1, "22012"))
