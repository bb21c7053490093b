"""What tests of the trail share: an owner who may tamper, and looks at what stands in the trail."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hms_app.core import db


@pytest.fixture
def owner_connection(owner_engine: sa.Engine) -> Iterator[sa.Connection]:
    """The owner inside a transaction that is undone: whoever holds the database files can do as much."""
    with owner_engine.connect() as connection:
        outer = connection.begin()
        db.bind(connection)
        yield connection
        db.bind(None)
        outer.rollback()
