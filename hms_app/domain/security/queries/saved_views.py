"""The lists as each person likes them."""

from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import SavedView
from hms_app.domain.security.values import SavedViewRow


@use_case(SIGNED_IN)
def list_saved_views(session: Session, actor: Actor, *, screen: str) -> list[SavedViewRow]:
    """One's own views of a screen, by name."""
    mine = select(SavedView).where(SavedView.user_id == actor.user_id, SavedView.screen == screen)
    return [saved_view_row(view) for view in session.exec(mine.order_by(col(SavedView.name))).all()]


def saved_view_row(view: SavedView) -> SavedViewRow:
    """A view."""
    return SavedViewRow(id=view.key, name=view.name, query=view.query)
