"""Places that somebody signed in from before: a browser proves it by its cookie, an address by being the same.

They open nothing. Who comes from one only does not wait for what strangers did.
"""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from hms_app.core import clock
from hms_app.domain.security.rules.codes import new_token, token_hash
from hms_app.domain.security.rules.places import place_of
from hms_app.domain.security.rules.waiting import PLACE_KEPT, PLACES_KEPT, SWEPT_AT_ONCE
from hms_app.domain.security.tables import KnownPlace
from hms_app.domain.security.values import Place


def find_place(session: Session, user_id: int | None, *, ip_address: str, device_token: str | None) -> Place:
    """The place; the same question is asked, and takes as long, for somebody who is nobody here."""
    address, device = f"address:{place_of(ip_address)}", f"device:{token_hash(device_token or '')}"
    found = session.exec(
        select(KnownPlace.place).where(
            KnownPlace.user_id == (user_id or 0),
            col(KnownPlace.place).in_([address, device]),
            KnownPlace.seen_at > clock.now() - PLACE_KEPT,
        )
    ).all()
    return Place(address, device, address in found, device in found and bool(device_token))


def remember_place(session: Session, user_id: int, *, ip_address: str, device_token: str | None) -> str:
    """Know this address and this browser from now on; returns what the browser's cookie must hold.

    A browser keeps what it was given here, whoever signed in with it; what it brings from elsewhere is not taken.
    """
    token = device_token if device_token and _was_given(session, device_token) else new_token()
    now = clock.now()
    for place in sorted((f"address:{place_of(ip_address)}", f"device:{token_hash(token)}")):
        row = insert(KnownPlace).values(user_id=user_id, place=place, seen_at=now)
        session.connection().execute(
            row.on_conflict_do_update(constraint="uq_known_place_once", set_={"seen_at": now})
        )
    _forget_oldest(session, user_id)
    return token


def _was_given(session: Session, token: str) -> bool:
    place = f"device:{token_hash(token)}"
    return session.exec(select(KnownPlace.id).where(KnownPlace.place == place).limit(1)).first() is not None


def _forget_oldest(session: Session, user_id: int) -> None:
    """No more than some of each person, and of everybody none that is too old."""
    newest_first = (col(KnownPlace.seen_at).desc(), col(KnownPlace.id).desc())
    beyond = select(KnownPlace.id).where(KnownPlace.user_id == user_id).order_by(*newest_first)
    too_old = select(KnownPlace.id).where(KnownPlace.seen_at < clock.now() - PLACE_KEPT)
    ids = {
        *session.exec(beyond.offset(PLACES_KEPT).limit(SWEPT_AT_ONCE)),
        *session.exec(too_old.limit(SWEPT_AT_ONCE)),
    }
    if ids:
        session.exec(delete(KnownPlace).where(col(KnownPlace.id).in_(sorted(ids))))
