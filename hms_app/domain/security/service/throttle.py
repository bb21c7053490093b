"""Counting guesses before they are checked, so that many at once are counted too.

Whoever counts keys in two steps takes those of a person first and those of many people after: two at once then never
wait for each other.
"""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from hms_app.core import clock
from hms_app.domain.security.errors import WaitBeforeNextTry
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.waiting import (
    FORGOTTEN_AFTER,
    SWEPT_AT_ONCE,
    Allowance,
    wait_seconds,
)
from hms_app.domain.security.tables import SignInThrottle

Key = tuple[Allowance, str]
_LOCKS: Final = sa.text(
    "SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) AS number"
)


def charge(session: Session, keys: Sequence[Key]) -> int:
    """Count one failure for every key; answers the seconds still to wait (then nothing was counted)."""
    now = clock.now()
    allowances = _held(session, keys)
    rows = _rows(session, allowances)
    wait = max(((row.blocked_until - now).total_seconds() for row in rows.values()), default=0)
    if wait > 0:
        return int(wait) + 1
    for subject, allowance in allowances.items():
        row = rows.get(subject) or _fresh(subject, now)
        row.failures = 1 if row.last_failed_at < now - FORGOTTEN_AFTER else row.failures + 1
        row.last_failed_at = now
        if seconds := wait_seconds(row.failures, allowance):
            row.blocked_until = now + dt.timedelta(seconds=seconds)
        session.add(row)
    session.flush()
    return 0


def count_guess(session: Session, key: Key) -> None:
    """Count a guess of its own transaction, which is committed before the guess is checked.

    Raises WaitBeforeNextTry while there is to be waited.
    """
    if wait := charge(session, [key]):
        raise WaitBeforeNextTry(wait)


def forgive(session: Session, keys: Sequence[Key]) -> None:
    """Forget the failures of these keys: the right answer was given."""
    subjects = _held(session, keys)
    session.exec(delete(SignInThrottle).where(col(SignInThrottle.subject).in_(subjects)))


def refund(session: Session, keys: Sequence[Key]) -> None:
    """Take back the one failure that `charge` counted in advance; what others did stays counted."""
    allowances = _held(session, keys)
    for subject, row in _rows(session, allowances).items():
        row.failures = max(0, row.failures - 1)
        if not wait_seconds(row.failures, allowances[subject]):
            row.blocked_until = clock.now() - FORGOTTEN_AFTER
        session.add(row)
    session.flush()


def failures_of(session: Session, key: Key) -> int:
    """How often in a row the key failed."""
    found = session.exec(
        select(SignInThrottle.failures).where(SignInThrottle.subject == _subject(key))
    ).first()
    return found or 0


def sweep(session: Session) -> None:
    """Take away some of what is forgotten; whatever somebody else holds is left to the next."""
    forgotten = (
        select(SignInThrottle.id)
        .where(SignInThrottle.last_failed_at < clock.now() - FORGOTTEN_AFTER)
        .order_by(col(SignInThrottle.last_failed_at))
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    if ids := session.exec(forgotten).all():
        session.exec(delete(SignInThrottle).where(col(SignInThrottle.id).in_(ids)))


def _subject(key: Key) -> str:
    allowance, value = key
    return f"{allowance.prefix}:{token_hash(value)}"


def _held(session: Session, keys: Sequence[Key]) -> dict[str, Allowance]:
    """The keys' subjects, held until the commit; everybody takes theirs in the same order."""
    allowances = {_subject(key): key[0] for key in keys}
    numbers = sorted(
        int.from_bytes(sha256(subject.encode()).digest()[:8], signed=True) for subject in allowances
    )
    session.connection().execute(_LOCKS, {"numbers": numbers})
    return allowances


def _rows(session: Session, subjects: dict[str, Allowance]) -> dict[str, SignInThrottle]:
    """What is counted of these subjects, safe from being swept meanwhile."""
    statement = (
        select(SignInThrottle).where(col(SignInThrottle.subject).in_(subjects)).order_by("subject")
    ).with_for_update()
    return {row.subject: row for row in session.exec(statement.execution_options(populate_existing=True))}


def _fresh(subject: str, now: dt.datetime) -> SignInThrottle:
    return SignInThrottle(
        subject=subject, failures=0, last_failed_at=now, blocked_until=now - FORGOTTEN_AFTER
    )
