"""Messages to one user, behind the bell."""

from sqlmodel import Session, col, update

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import Notice


def notify(session: Session, user_id: int, title: str, body: str = "", *, link: str = "") -> None:
    """Leave a notice for a user; `link` is a route of this application. No patient's name in it."""
    session.add(Notice(user_id=user_id, title=title, body=body, link=link))


@use_case(SIGNED_IN)
def mark_notices_read(session: Session, actor: Actor, *, up_to_id: int | None = None) -> None:
    """Mark one's own notices as read, up to the one that was on screen."""
    statement = (
        update(Notice)
        .where(col(Notice.user_id) == actor.user_id, col(Notice.read_at).is_(None))
        .values(read_at=clock.now())
    )
    if up_to_id is not None:
        statement = statement.where(col(Notice.id) <= up_to_id)
    session.exec(statement)
