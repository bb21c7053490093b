"""A database goes into a file and comes back, on every server we run on."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from hms_app.runtime.connection import connect, libpq
from hms_app.runtime.dumps import dump, load
from hms_app.runtime.errors import StartRefused

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
ROWS = ("SET transaction_timeout = 0;", "two\nlines\tand a \\.", "Zoë")


def second(url: str) -> str:
    return make_url(url).set(database="second").render_as_string(hide_password=False)


@pytest.fixture
def written(outside: str, tmp_path: Path) -> Path:
    """A dump of a small table; the database it goes back into is empty."""
    file = tmp_path / "database.dump"
    with connect(second(outside)) as connection:
        connection.execute("DROP TABLE IF EXISTS word")
    with connect(outside) as connection:
        connection.execute("DROP TABLE IF EXISTS word")
        connection.execute("CREATE TABLE word (word text NOT NULL)")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO word VALUES (%s)", [(word,) for word in ROWS])
    dump(outside, file)
    return file


def test_a_dump_comes_back_as_it_was(outside: str, written: Path) -> None:
    load(second(outside), written)
    with connect(second(outside)) as connection:
        assert {row[0] for row in connection.execute("SELECT word FROM word")} == set(ROWS)


def test_half_a_dump_brings_nothing(outside: str, written: Path) -> None:
    written.write_bytes(written.read_bytes()[:-200])
    with pytest.raises(StartRefused, match="pg_restore failed"):
        load(second(outside), written)
    with connect(second(outside)) as connection:
        assert connection.execute(TABLES).fetchone() == (0,)


def test_what_the_server_refuses_brings_nothing(outside: str, written: Path) -> None:
    with connect(second(outside)) as connection:
        connection.execute("CREATE TABLE word (other int)")
        with pytest.raises(StartRefused, match=r'psql failed: .*relation "word" already exists'):
            load(second(outside), written)
        assert connection.execute("SELECT count(*) FROM word").fetchone() == (0,)


def test_no_password_stands_in_the_process_list(outside: str) -> None:
    assert "password" not in libpq(outside)
