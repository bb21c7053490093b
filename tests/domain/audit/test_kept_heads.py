"""Whoever owns the database can cut the trail or write it anew; the heads kept outside of it tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.cli.run import HeadKeeper
from hms_app.cli.verify import accept_restored
from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.audit import queries
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction, ChainHead
from hms_app.runtime.errors import StartRefused
from tests.databases import Databases

SYSTEM = Actor.system("a test")


@pytest.fixture
def owner(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Connection]:
    """Somebody who holds a hospital's database, though not its secrets; the application is bound to it."""
    monkeypatch.setenv("HMS_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    with databases.opened("kept") as opened:
        application, owner = db.make_engine(opened.app_url), db.make_engine(opened.owner_url)
        db.bind(application)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_refuse_change"))
            yield connection
        db.bind(None)
        application.dispose()
        owner.dispose()
    get_settings.cache_clear()


@pytest.fixture
def keeper(owner: sa.Connection) -> HeadKeeper:
    """What the launcher does every minute."""
    return HeadKeeper(get_settings(), str(db.bound().engine.url.render_as_string(hide_password=False)))


def write(count: int) -> ChainHead:
    for number in range(count):
        with db.transaction() as session:
            audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "thing", after={"number": number})
    with db.transaction() as session:
        return queries.chain_head(session)


def cut(owner: sa.Connection, after: int) -> None:
    """Take away the end, and let the head agree: no hash and no number is wrong."""
    owner.execute(sa.text("DELETE FROM audit_entry WHERE id > :after"), {"after": after})
    owner.execute(
        sa.text(
            "UPDATE audit_chain_head SET last_id = :after,"
            " last_hash = (SELECT hash FROM audit_entry WHERE id = :after)"
        ),
        {"after": after},
    )


def check() -> list[str]:
    with db.transaction() as session:
        assert queries.verify_chain(session).problems == [], "the chain by itself says nothing"
        return queries.check_kept_heads(session).problems


def test_a_trail_that_was_cut_and_headed_anew_is_found(owner: sa.Connection, keeper: HeadKeeper) -> None:
    end = write(6)
    keeper.keep()
    assert check() == []
    cut(owner, end.last_id - 2)
    (problem,) = check()
    assert problem.startswith(f"The trail was cut: audit entry {end.last_id}, kept on 20")


def test_a_trail_that_was_chained_anew_is_found(owner: sa.Connection, keeper: HeadKeeper) -> None:
    first = write(3)
    keeper.keep()
    write(5)
    keeper.keep()
    cut(owner, first.last_id)
    write(5)
    (problem,) = check()
    assert f"from one of the audit entries {first.last_id + 1} to {first.last_id + 5} on" in problem


def test_the_launcher_says_so_once_and_keeps_no_head_over_the_proof(
    owner: sa.Connection, keeper: HeadKeeper, caplog: pytest.LogCaptureFixture
) -> None:
    end = write(4)
    keeper.keep()
    cut(owner, end.last_id - 1)
    write(3)
    for _ in range(3):
        keeper.keep()
    assert len([one for one in caplog.records if "The trail was written anew" in one.message]) == 1
    assert keeper.problems == check() != []


def test_the_screen_of_the_trail_says_so_too(owner: sa.Connection, keeper: HeadKeeper) -> None:
    end = write(4)
    keeper.keep()
    cut(owner, end.last_id - 1)
    reader = Actor(1, "Reader", frozenset({Permission.AUDIT_CHAIN_VERIFY}), session_id=1)
    with db.transaction() as session:
        status = queries.chain_status(session, reader)
    assert not status.ok
    assert "The trail was cut" in status.problems[0]


def test_a_head_kept_elsewhere_finds_it_without_the_launchers(owner: sa.Connection) -> None:
    end = write(4)
    with db.transaction() as session:
        assert queries.check_head(session, end).ok
    cut(owner, end.last_id - 1)
    with db.transaction() as session:
        assert not queries.check_head(session, end).ok
    write(1)
    with db.transaction() as session:
        assert not queries.check_head(session, end).ok


def test_a_state_put_back_by_other_means_is_accepted_with_a_reason_and_stands_in_the_trail(
    owner: sa.Connection, keeper: HeadKeeper
) -> None:
    first = write(3)
    keeper.keep()
    write(3)
    keeper.keep()
    with pytest.raises(StartRefused, match="nothing to accept"):
        accept_restored("why not")
    cut(owner, first.last_id + 1)
    assert check() != []
    with pytest.raises(StartRefused, match="Say why"):
        accept_restored(" ")
    accept_restored("the disk failed")
    assert check() == []
    entry = owner.execute(sa.text("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1")).mappings().one()
    assert (entry["action"], entry["reason"]) == ("audit.trail.restored", "the disk failed")
    assert entry["after"]["held"] == str(first)
    keeper.keep()
    cut(owner, first.last_id - 1)
    assert "The trail was cut" in check()[0]


@pytest.mark.parametrize(
    "text", ["", "5", "5:abc", f"-5:{'0' * 64}", f"{'9' * 30}:{'0' * 64}", f"5:{'G' * 64}"]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a colon"):
        ChainHead.parse(text)


def test_a_head_is_read_as_it_is_printed(session: Session) -> None:
    head = ChainHead(12, "a" * 64)
    assert ChainHead.parse(f" {head}\n") == head
