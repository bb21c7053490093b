"""A hospital for commands that are called in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.domain.security import service as security
from hms_app.domain.security.values import AdministratorInput
from hms_app.runtime.database import Database
from tests.databases import Databases
from tests.factories.security import PASSWORD


@pytest.fixture
def hospital(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A hospital with its first administrator, found by the settings of the environment."""
    with databases.opened("commands") as opened:
        monkeypatch.setenv("HMS_DATABASE_URL", opened.owner_url)
        monkeypatch.setenv("HMS_APP_DATABASE_URL", opened.app_url)
        monkeypatch.setenv("HMS_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("HMS_PORT", "4711")
        get_settings.cache_clear()
        engine = db.make_engine(opened.app_url, pool_size=1)
        db.bind(engine)
        with db.transaction() as session:
            request = AdministratorInput(name="Ada", email="Ada@example.org", password=PASSWORD)
            security.make_first_administrator(session, request=request)
        engine.dispose()
        yield opened
        db.bind(None)
    get_settings.cache_clear()
