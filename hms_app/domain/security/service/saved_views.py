"""The lists as each person likes them."""

from typing import Final

from sqlmodel import Session, col, delete, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotSignedIn
from hms_app.core.permissions import SIGNED_IN
from hms_app.core.use_case import use_case
from hms_app.domain.security.queries.saved_views import list_saved_views, saved_view_row
from hms_app.domain.security.tables import SavedView
from hms_app.domain.security.values import SavedViewInput, SavedViewRow

MOST_VIEWS: Final = 20
"""Views a person keeps of one screen: a menu longer than this is not read."""


@use_case(SIGNED_IN)
def save_view(session: Session, actor: Actor, *, request: SavedViewInput) -> SavedViewRow:
    """Keep how a list is filtered, sorted and laid out, under a name; the same name again replaces it."""
    if actor.user_id is None:
        raise NotSignedIn
    known = session.exec(
        select(SavedView).where(
            SavedView.user_id == actor.user_id,
            SavedView.screen == request.screen,
            SavedView.name == request.name,
        )
    ).first()
    if known is None and len(list_saved_views(session, actor, screen=request.screen)) >= MOST_VIEWS:
        raise DomainError(f"You keep {MOST_VIEWS} views of this list. Remove one first.", field="name")
    view = known or SavedView(
        user_id=actor.user_id, screen=request.screen, name=request.name, query=request.query
    )
    view.query = request.query
    session.add(view)
    session.flush()
    return saved_view_row(view)


@use_case(SIGNED_IN)
def forget_view(session: Session, actor: Actor, *, view_id: int) -> None:
    """Remove one of one's own views; raises NotFound for another's."""
    gone = session.exec(
        delete(SavedView)
        .where(col(SavedView.id) == view_id, col(SavedView.user_id) == actor.user_id)
        .returning(col(SavedView.id))
    ).first()
    if gone is None:
        raise NotFound("view")
