"""Counting guesses before they are checked, so that many at once are counted too."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select, update

from hms_app.core import clock
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.waiting import FORGOTTEN_AFTER, Allowance, wait_seconds
from hms_app.domain.security.tables import SignInThrottle

Key = tuple[Allowance, str]


def charge(session: Session, keys: Sequence[Key]) -> int:
    """Count one failure for every key; answers the seconds still to wait (then nothing was counted)."""
    now = clock.now()
    now = clock.now()
    rows = [(allowance, _locked(session, subject, now)) for subject, allowance in _subjects(keys)]
    wait = max((row.blocked_until - now).total_seconds() for _, row in rows)
    if wait > 0:
        return int(wait) + 1
    for allowance, row in rows:
        failures = 1 if row.last_failed_at < now - FORGOTTEN_AFTER else row.failures + 1
        row.failures = failures
        row.last_failed_at = now
        if wait := wait_seconds(failures, allowance):
            row.blocked_until = now + dt.timedelta(seconds=wait)
    session.flush()
    return 0


def forgive(session: Session, keys: Sequence[Key]) -> None:
    """Forget the failures of these keys: the right answer was given."""
    subjects = [subject for subject, _ in _subjects(keys)]
    session.exec(delete(SignInThrottle).where(col(SignInThrottle.subject).in_(subjects)))


def refund(session: Session, key: Key) -> None:
    """Take back the one failure that `charge` counted in advance."""
    ((subject, _),) = _subjects([key])
    session.exec(
        update(SignInThrottle)
        .where(col(SignInThrottle.subject) == subject, col(SignInThrottle.failures) > 0)
        .values(failures=col(SignInThrottle.failures) - 1, blocked_until=clock.now() - FORGOTTEN_AFTER)
    )


def failures_of(session: Session, key: Key) -> int:
    """How often in a row the key failed."""
    ((subject, _),) = _subjects([key])
    found = session.exec(select(SignInThrottle.failures).where(SignInThrottle.subject == subject)).first()
    return found or 0


def _subjects(keys: Sequence[Key]) -> list[tuple[str, Allowance]]:
    named = [(f"{allowance.prefix}:{token_hash(value.lower())}", allowance) for allowance, value in keys]
    return sorted(named, key=lambda item: item[0])


def _locked(session: Session, subject: str, now: dt.datetime) -> SignInThrottle:
    fresh = {"subject": subject, "failures": 0, "last_failed_at": now, "blocked_until": now - FORGOTTEN_AFTER}
    session.connection().execute(insert(SignInThrottle).values(fresh).on_conflict_do_nothing())
    statement = select(SignInThrottle).where(SignInThrottle.subject == subject).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()
