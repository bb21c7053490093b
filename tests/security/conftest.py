"""The event path runs in threads, so these tests have a database of their own and really commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from starlette.types import ASGIApp

from hms_app.core import db
from hms_app.domain.security.rules.codes import token_hash
from tests.databases import Databases
from tests.security.house import House, furnish
from tests.security.people import signed_in
from tests.whole_application import whole_application


@pytest.fixture(scope="module")
def matrix_engine(databases: Databases) -> Iterator[sa.Engine]:
    """The application's connections to a hospital that only the tests of one file use."""
    with databases.opened("security_matrix") as opened:
        engine = db.make_engine(opened.app_url)
        yield engine
        engine.dispose()


@pytest.fixture
def bound_engine(matrix_engine: sa.Engine) -> Iterator[sa.Engine]:
    """The same, bound as the running application binds it, in a hospital that is set up."""
    db.bind(matrix_engine)
    with Session(matrix_engine) as session:
        session.execute(
            sa.text(
                "INSERT INTO hospital (id, name, currency, zone_name, language, founded_at)"
                " VALUES (1, 'Matrix', 'EUR', 'UTC', 'en', now()) ON CONFLICT DO NOTHING"
            )
        )
        session.commit()
    yield matrix_engine
    db.bind(None)


@pytest.fixture
def session(bound_engine: sa.Engine) -> Iterator[Session]:
    """A session that commits for good."""
    with Session(bound_engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the built screens are."""
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="session")
def application(web: Path) -> Iterator[ASGIApp]:
    """The whole application, as the server runs it."""
    with whole_application(web) as made:
        yield made


@pytest.fixture(scope="module")
def furnished(matrix_engine: sa.Engine) -> House:
    """The same hospital with something in every list."""
    db.bind(matrix_engine)
    with Session(matrix_engine, expire_on_commit=False) as session:
        made = furnish(session)
    db.bind(None)
    return made


@pytest.fixture
def house(furnished: House, session: Session) -> House:
    """The same, with its database bound and the password confirmed just now, however long the tests before took."""
    session.execute(
        sa.text(
            "UPDATE user_session SET reauthenticated_at = now(), last_seen_at = now() WHERE token_hash = :hash"
        ),
        {"hash": token_hash(furnished.everything)},
    )
    session.commit()
    return furnished


@pytest.fixture
def victim(session: Session) -> str:
    """The key of somebody to whom things are done."""
    token = signed_in(session, role="nurse", name="Vic Tim")
    found = sa.text("SELECT user_id FROM user_session WHERE token_hash = :hash")
    return str(session.execute(found, {"hash": token_hash(token)}).scalar_one())
