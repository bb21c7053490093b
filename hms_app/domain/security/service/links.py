"""Which patient's own record a sign-in opens: turned by use cases that have checked who may, and what was proven."""

from typing import Any

from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.domain.audit import service as audit
from hms_app.domain.records import service as records
from hms_app.domain.security.rules.waiting import RECORD
from hms_app.domain.security.service import throttle
from hms_app.domain.security.service.notices import notify
from hms_app.domain.security.service.sessions import end_sessions
from hms_app.domain.security.service.users import USERS
from hms_app.domain.security.tables import AppUser
from hms_app.domain.security.values import SecurityAction

_TURNED = "Your sign-in opens another record now"
_CLOSED = "Your sign-in no longer opens a record"
_BESIDE = "Who can open your record has changed"
_ASK = "If you do not know why, ask at the reception."


def locked_sign_in(session: Session, actor: Actor, user_id: int, *, version: int) -> AppUser:
    """The user, held until the commit; raises NotFound and Conflict."""
    return records.locked_row(session, actor, USERS, user_id, version=version)


def count_link_try(session: Session, actor: Actor) -> int:
    """Count a try to name a record; answers the seconds still to wait (then nothing was counted)."""
    return throttle.charge(session, [(RECORD, str(actor.user_id))])


def forgive_link_tries(session: Session, actor: Actor) -> None:
    """Forget the tries: the record was named rightly."""
    throttle.forgive(session, [(RECORD, str(actor.user_id))])


def turn_sign_in(session: Session, actor: Actor, user: AppUser, patient_id: int | None) -> int | None:
    """Let a sign-in open another patient's record, or none; returns whose it opened before.

    Its sessions end. Both patients have an entry, and everybody who signs in for one of them a notice.
    """
    before = user.patient_id
    user.patient_id, user.version = patient_id, user.version + 1
    session.add(user)
    session.flush()
    end_sessions(session, user.key)
    turned: dict[str, Any] = {"before": {"patient_id": before}, "after": {"patient_id": patient_id}}
    for whose, action in (
        (before, SecurityAction.SIGN_IN_UNLINKED),
        (patient_id, SecurityAction.SIGN_IN_LINKED),
    ):
        if whose is not None:
            audit.record(session, actor, action, user, patient_id=whose, **turned)
            _notify_others(session, whose, but=user.key)
    notify(session, user.key, _TURNED if patient_id else _CLOSED, _ASK)
    return before


def _notify_others(session: Session, patient_id: int, *, but: int) -> None:
    others = select(AppUser.id).where(AppUser.patient_id == patient_id, col(AppUser.id) != but)
    for user_id in session.exec(others):
        notify(session, int(user_id or 0), _BESIDE, _ASK, link="/my-record")
