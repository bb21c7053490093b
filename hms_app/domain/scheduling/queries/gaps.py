"""What is left of today in which a practitioner has nobody."""

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.scheduling.queries.schedules import plans_of
from hms_app.domain.scheduling.rules.hours import openings
from hms_app.domain.scheduling.rules.spans import Span, joined, without
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.tables import Reservation, Resource

SHORTEST_GAP: Final = dt.timedelta(minutes=10)
"""Less than this is no gap that anybody can use."""


@use_case(Permission.SCHEDULING_QUEUE_WORK)
def free_gaps(session: Session, actor: Actor) -> list[Span]:
    """The rest of one's own hours today that nothing takes, in order; none for who is no practitioner."""
    if actor.practitioner_id is None:
        return []
    resource_id = session.exec(
        select(Resource.id).where(Resource.practitioner_id == actor.practitioner_id)
    ).first()
    if resource_id is None:
        return []
    today = actor.locale.today()
    begins, ends = day_edges(today, actor.locale.zone)
    rest = Span(max(begins, clock.now()), ends)
    plan = plans_of(session, [resource_id], today, today)[resource_id]
    hours = joined(opening.span for opening in openings(plan, actor.locale.zone, rest))
    taken = _taken(session, resource_id, rest)
    gaps = [gap for span in hours for gap in without(span, taken)]
    return [gap for gap in gaps if gap.end - gap.start >= SHORTEST_GAP]


def _taken(session: Session, resource_id: int, asked: Span) -> list[Span]:
    during = col(Reservation.during)
    found = session.execute(
        sa.select(sa.func.lower(during), sa.func.upper(during)).where(
            col(Reservation.resource_id) == resource_id,
            sa.func.upper(during) > asked.start,
            sa.func.lower(during) < asked.end,
        )
    )
    return [Span(start, end) for start, end in found]
