"""A command happens once, however often its form is sent: the key that the form brings is kept with what came of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.domain.records.errors import SentBySomebodyElse, SentWithOtherContent
from hms_app.domain.records.rules import command_digest
from hms_app.domain.records.tables import Command

Result = TypeVar("Result")

KEPT_FOR: Final = dt.timedelta(days=30)
"""How long a form that was sent may be sent again."""
_AT_ONCE: Final = 5_000


def once(
    session: Session,
    actor: Actor,
    *,
    key: str,
    command: str,
    content: Any,
    do: Callable[[], int],
    read: Callable[[int], Result],
) -> Result:
    """Do the command that `key` stands for, unless it was done: what comes of it is the same each time.

    `command` is the use case's name, such as "patients.register_patient", and `content` all that it was asked with.
    `do` answers the id of the row that came of it; `read` makes the answer from that id, with the actor's rights of
    now. While somebody does the same command, this waits until that is committed. What is undone leaves the key free.
    Raises SentWithOtherContent and SentBySomebodyElse for a key that was used for anything else.
    """
    digest = command_digest(key, command, content)
    if not _claim(session, actor, key, command, digest):
        return read(_done_before(session, actor, key, digest))
    result_id = do()
    session.execute(sa.update(Command).where(col(Command.key) == key).values(result_id=result_id))
    return read(result_id)


def forget_commands(session: Session) -> int:
    """Forget some thousands of the keys that nobody sends any more; returns how many."""
    old = sa.select(col(Command.key)).where(col(Command.at) < clock.now() - KEPT_FOR).limit(_AT_ONCE)
    forgotten = session.execute(sa.delete(Command).where(col(Command.key).in_(old)))
    return int(forgotten.rowcount)  # type: ignore[attr-defined]


def _claim(session: Session, actor: Actor, key: str, command: str, digest: str) -> bool:
    """Whether the key is the actor's to use; waits for whoever is using it."""
    claimed = session.execute(
        insert(Command)
        .values(key=key, command=command, user_id=actor.user_id, digest=digest, at=clock.now())
        .on_conflict_do_nothing()
        .returning(col(Command.key))
    )
    return claimed.first() is not None


def _done_before(session: Session, actor: Actor, key: str, digest: str) -> int:
    """What came of the command when it was done."""
    held = session.execute(
        sa.select(col(Command.user_id), col(Command.digest), col(Command.result_id)).where(
            col(Command.key) == key
        )
    ).one()
    if held.user_id != actor.user_id:
        raise SentBySomebodyElse
    if held.digest != digest:
        raise SentWithOtherContent
    return int(held.result_id)
