"""One event, one transaction: what commits, what is refused, what is tried again."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.errors import DomainError
from hms_app.domain.organization.tables import Payer
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
