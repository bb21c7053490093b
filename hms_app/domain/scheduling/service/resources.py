"""Resources: the row that a practitioner or a room is reserved by, and the lock that booking and leave share."""

from collections.abc import Iterable, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from hms_app.core.errors import NotFound
from hms_app.domain.organization.tables import Practitioner, Room
from hms_app.domain.scheduling.tables import Resource
from hms_app.domain.scheduling.values.words import ResourceKind

_THINGS: Final[Mapping[ResourceKind, tuple[str, type[Practitioner] | type[Room]]]] = {
    ResourceKind.PRACTITIONER: ("practitioner", Practitioner),
    ResourceKind.ROOM: ("room", Room),
}


def resource_of(session: Session, kind: ResourceKind, thing_id: int) -> int:
    """The id of the resource that a practitioner or room is, or a piece of equipment; raises NotFound.

    A practitioner or room gets its row when it is first asked for.
    """
    if kind is ResourceKind.EQUIPMENT:
        return _known(session, Resource.kind == kind.value, Resource.id == thing_id, what="equipment")
    what, table = _THINGS[kind]
    column = getattr(Resource, f"{what}_id")
    found = session.exec(select(Resource.id).where(column == thing_id)).first()
    if found is None:
        if session.get(table, thing_id) is None:
            raise NotFound(what)
        session.execute(
            insert(Resource).values({"kind": kind.value, f"{what}_id": thing_id}).on_conflict_do_nothing()
        )
    return found or _known(session, column == thing_id, what=what)


def lock_resources(session: Session, resource_ids: Iterable[int]) -> None:
    """Hold the rows of resources until the commit, in the order of their ids, so that nobody waits in a circle."""
    wanted = sorted(set(resource_ids))
    statement = select(Resource.id).where(col(Resource.id).in_(wanted)).order_by(col(Resource.id))
    session.exec(statement.with_for_update()).all()


def lock_all_resources(session: Session) -> None:
    """Hold every resource until the commit: whoever closes the house waits for bookings under way."""
    session.exec(select(Resource.id).order_by(col(Resource.id)).with_for_update()).all()


def _known(session: Session, *conditions: sa.ColumnExpressionArgument[bool] | bool, what: str) -> int:
    found = session.exec(select(Resource.id).where(*conditions)).first()
    if found is None:
        raise NotFound(what)
    return found
