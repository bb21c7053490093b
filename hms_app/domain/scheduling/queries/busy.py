"""Time that is reserved, read as numbers: thousands of ranges would take longer to parse than to compute with."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, TSTZRANGE
from sqlmodel import Session, col

from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.tables import Reservation

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LONGEST: Final = dt.timedelta(days=3)
"""No reservation is longer: a visit, its preparation and its clean-up are a day each at most."""


@dataclass(frozen=True)
class Reserved:
    """Spans that are reserved, in order, by who holds them."""

    spans: Mapping[int, Sequence[Span]]

    def of_resource(self, resource_id: int) -> Sequence[Span]:
        """What is reserved of a resource."""
        return self.spans.get(holder_of_resource(resource_id), ())

    def of_patient(self, patient_id: int | None) -> Sequence[Span]:
        """What a patient is booked for; nothing for nobody."""
        return () if patient_id is None else self.spans.get(holder_of_patient(patient_id), ())


def holder_of_resource(resource_id: int) -> int:
    """The number by which a resource holds time, see `Reservation`."""
    return resource_id * 2


def holder_of_patient(patient_id: int) -> int:
    """The number by which a patient holds time."""
    return patient_id * 2 + 1


def busy_of(
    session: Session,
    resource_ids: Collection[int],
    span: Span,
    *,
    patient_id: int | None = None,
    without_id: int | None = None,
) -> Reserved:
    """The time that is reserved around a span, by who holds it, joined and in order; one statement.

    An appointment that is to be moved (`without_id`) counts as if it were not there.
    """
    during = col(Reservation.during)
    joined = sa.func.range_agg(during, type_=TSTZMULTIRANGE())
    holders = [holder_of_resource(key) for key in resource_ids]
    if patient_id is not None:
        holders.append(holder_of_patient(patient_id))
    statement: Any = sa.select(
        col(Reservation.holder).label("holder"), sa.func.unnest(joined, type_=TSTZRANGE()).label("block")
    ).where(*_meeting(during, holders, span))
    if without_id is not None:
        statement = statement.where(col(Reservation.appointment_id) != without_id)
    blocks = statement.group_by(col(Reservation.holder)).subquery()
    found = session.execute(
        sa.select(blocks.c.holder, epoch(sa.func.lower(blocks.c.block)), epoch(sa.func.upper(blocks.c.block)))
    )
    busy: dict[int, list[Span]] = defaultdict(list)
    for holder, start, end in found:
        busy[holder].append(Span(instant(start), instant(end)))
    return Reserved(busy)


def bookings_at(
    session: Session, resource_ids: Collection[int], span: Span, *, without_id: int | None = None
) -> Reserved:
    """Each single reservation of the resources that meets a span, in order."""
    during = col(Reservation.during)
    statement = sa.select(
        col(Reservation.holder), epoch(sa.func.lower(during)), epoch(sa.func.upper(during))
    ).where(*_meeting(during, [holder_of_resource(key) for key in resource_ids], span))
    if without_id is not None:
        statement = statement.where(col(Reservation.appointment_id) != without_id)
    found: dict[int, list[Span]] = defaultdict(list)
    for holder, start, end in session.execute(statement.order_by(sa.func.lower(during))):
        found[holder].append(Span(instant(start), instant(end)))
    return Reserved(found)


def epoch(value: Any) -> Any:
    """An instant as the seconds since 1970."""
    return sa.cast(sa.extract("epoch", value), sa.Float(53))


def instant(seconds: float) -> dt.datetime:
    """The instant that `epoch` gave."""
    return _EPOCH + dt.timedelta(seconds=seconds)


def _meeting(during: Any, holders: list[int], span: Span) -> tuple[Any, ...]:
    """The reservations of some holders that overlap a span, found by the index on their ends."""
    ends = sa.func.upper(during)
    return (
        col(Reservation.holder).in_(holders),
        ends > span.start,
        ends < span.end + LONGEST,
        sa.func.lower(during) < span.end,
    )
