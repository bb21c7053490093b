"""What stands against a booking, given the facts: hard reasons, all of them, and conflicts that can be confirmed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hms_app.core.locale import HospitalLocale
from hms_app.domain.patients.values import PatientStatus
from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.rules.slots import Need, is_on_grid
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.values.booking import (
    OVERRIDABLE,
    ConflictKind,
    Reason,
    ReasonKind,
    SoftConflict,
)

CLOSE_BY: Final = dt.timedelta(minutes=30)
"""Two bookings of a patient with less time between them are pointed out."""
_NOTHING: Final = dt.timedelta()


@dataclass(frozen=True)
class ServiceFacts:
    """The service that is asked for, as far as it decides."""

    name: str
    is_active: bool
    ahead_days: int
    most_open: int
    department_id: int | None = None


@dataclass(frozen=True)
class ResourceFacts:
    """A practitioner, room or piece of equipment at the time that is asked for.

    `openings` are its hours around that time, uncut; None where it has no hours of its own and is there all the time.
    `bookings` is what others have reserved, `leave` what nothing may lie in, `closed` all that takes hours away
    (holidays and closed departments too), `requested` leave that nobody granted yet.
    `offered_by` are the names of those who offer the service, where this one does not.
    """

    resource_id: int
    name: str
    field: str
    is_active: bool = True
    offers: bool = True
    offered_by: tuple[str, ...] = ()
    openings: tuple[Opening, ...] | None = None
    bookings: tuple[Span, ...] = ()
    leave: tuple[Span, ...] = ()
    closed: tuple[Span, ...] = ()
    requested: tuple[Span, ...] = ()


@dataclass(frozen=True)
class OtherBooking:
    """Another booking of the same patient around that time; `is_session` one of a number, without a time of its own."""

    number: str
    span: Span
    service: str
    practitioner: str = ""
    department_id: int | None = None
    is_session: bool = False


@dataclass(frozen=True)
class PatientFacts:
    """The patient; `survivor_mrn` is the number of the record that theirs was merged into, `died` when ("on 5 Jan")."""

    status: PatientStatus = PatientStatus.ACTIVE
    is_deceased: bool = False
    died: str = ""
    survivor_mrn: str = ""
    others: tuple[OtherBooking, ...] = ()
    open_of_service: int = 0


@dataclass(frozen=True)
class SessionFacts:
    """The session of numbers that is asked for, and how many of them are given out."""

    span: Span
    capacity: int
    taken: int


@dataclass(frozen=True)
class BookingFacts:
    """All that decides about a booking. `session` is set where a number is asked for instead of a time."""

    visit: Span
    need: Need
    now: dt.datetime
    service: ServiceFacts
    patient: PatientFacts
    resources: tuple[ResourceFacts, ...]
    locale: HospitalLocale
    session: SessionFacts | None = None


def hard_reasons(facts: BookingFacts) -> list[Reason]:
    """Every reason to refuse the booking."""
    return [
        *_of_the_service(facts),
        *_of_the_patient(facts),
        *_of_the_time(facts),
        *(reason for resource in facts.resources for reason in _of_a_resource(facts, resource)),
        *_of_the_session(facts),
    ]


def soft_conflicts(facts: BookingFacts) -> list[SoftConflict]:
    """What is to be confirmed: it may be meant, or a mistake."""
    found = [*_other_bookings(facts), *_requested_leave(facts)]
    return sorted(set(found), key=lambda conflict: (conflict.kind, conflict.sentence))


def remaining(reasons: Sequence[Reason], *, is_overriding: bool) -> list[Reason]:
    """The reasons that a deliberate double booking does not pass over; all of them when it is none."""
    return [
        reason
        for reason in reasons
        if not (is_overriding and reason.kind in OVERRIDABLE and reason.resource_id is not None)
    ]


def taken_resources(reasons: Sequence[Reason]) -> frozenset[int]:
    """The resources whose time somebody else has."""
    return frozenset(
        reason.resource_id
        for reason in reasons
        if reason.kind == ReasonKind.TAKEN and reason.resource_id is not None
    )


def opening_for(openings: Sequence[Opening], visit: Span) -> Opening | None:
    """The opening that holds the whole visit, on its grid where there is one such."""
    holding = [opening for opening in openings if opening.span.holds(visit)]
    return next(
        (opening for opening in holding if is_on_grid(opening, visit.start)), next(iter(holding), None)
    )


def is_open_for(openings: Sequence[Opening], visit: Span) -> bool:
    """Whether a visit lies within hours, on whatever grid."""
    return any(opening.span.holds(visit) for opening in openings)


def written(span: Span, locale: HospitalLocale) -> str:
    """A span as a sentence has it: "10:00-10:30"."""
    return f"{locale.time(span.start)}-{locale.time(span.end)}"


def _of_the_service(facts: BookingFacts) -> Iterator[Reason]:
    if not facts.service.is_active:
        yield Reason(
            ReasonKind.SERVICE_CLOSED,
            f"{facts.service.name} is closed and can no longer be booked.",
            "service_id",
        )
    if facts.service.most_open and facts.patient.open_of_service >= facts.service.most_open:
        yield Reason(
            ReasonKind.TOO_MANY_OPEN,
            f"The patient has {facts.patient.open_of_service} open bookings of {facts.service.name};"
            f" {facts.service.most_open} at once are allowed. Cancel or move one of them.",
            "service_id",
        )


def _of_the_patient(facts: BookingFacts) -> Iterator[Reason]:
    if closed := _closed_because(facts):
        yield Reason(ReasonKind.PATIENT_NOT_ACTIVE, closed, "patient_id")
    if facts.session:
        return
    for other in facts.patient.others:
        if not other.is_session and other.span.overlaps(facts.visit):
            yield Reason(
                ReasonKind.PATIENT_BUSY,
                f"The patient is booked {written(other.span, facts.locale)} already{_with(other)}.",
                "time",
            )


def _closed_because(facts: BookingFacts) -> str:
    """Why nothing can be booked for the patient; "" for nothing."""
    if facts.patient.is_deceased:
        return f"The patient died {facts.patient.died}." if facts.patient.died else "The patient has died."
    return {
        PatientStatus.MERGED: (
            f"This record was merged into another, {facts.patient.survivor_mrn}. Book for that one."
        ),
        PatientStatus.INACTIVE: "The patient's record is inactive. Make it active again first.",
        PatientStatus.ENTERED_IN_ERROR: (
            "The patient's record was entered in error. Book for the right one."
        ),
    }.get(facts.patient.status, "")


def _of_the_time(facts: BookingFacts) -> Iterator[Reason]:
    ends = facts.session.span.end if facts.session else facts.visit.start
    if ends < facts.now:
        yield Reason(
            ReasonKind.IN_THE_PAST, f"{facts.locale.moment(facts.visit.start)} has passed already.", "day"
        )
    last = facts.locale.local(facts.now).date() + dt.timedelta(days=facts.service.ahead_days)
    if facts.locale.local(facts.visit.start).date() > last:
        yield Reason(
            ReasonKind.TOO_FAR_AHEAD,
            f"{facts.service.name} can be booked up to {facts.locale.date(last)}.",
            "day",
        )


def _of_a_resource(facts: BookingFacts, resource: ResourceFacts) -> Iterator[Reason]:
    def because(kind: ReasonKind, fact: str, field: str | None = None) -> Reason:
        return Reason(kind, fact, field or resource.field, resource_id=resource.resource_id)

    if not resource.is_active:
        yield because(ReasonKind.RETIRED, f"{resource.name} takes no more bookings.")
        return
    if not resource.offers:
        who = ", ".join(resource.offered_by)
        offered = f" Offered by {who}." if who else ""
        yield because(
            ReasonKind.NOT_OFFERED, f"{resource.name} does not offer {facts.service.name}.{offered}"
        )
    yield from _outside(facts, resource)
    if facts.session:
        return
    taken = facts.need.taken(facts.visit)
    for block in resource.bookings:
        if block.overlaps(taken):
            yield because(
                ReasonKind.TAKEN, f"{resource.name} is already booked {written(block, facts.locale)}."
            )


def _outside(facts: BookingFacts, resource: ResourceFacts) -> Iterator[Reason]:
    """Leave, or no hours, or a start that is not on the grid: the first of these that holds."""
    taken = facts.need.taken(facts.visit)
    away = next((span for span in resource.leave if span.overlaps(taken)), None)
    timed = [opening for opening in resource.openings or () if bool(opening.capacity) == bool(facts.session)]
    opening = opening_for(timed, facts.visit)
    if opening is None and resource.openings is not None:
        away = away or next((span for span in resource.closed if span.overlaps(facts.visit)), None)
    if away and not (facts.session and opening):
        yield Reason(
            ReasonKind.LEAVE,
            f"{resource.name} is away or closed {_from_to(away, facts.locale)}.",
            resource.field,
            resource_id=resource.resource_id,
        )
    elif resource.openings is None:
        return
    elif opening is None:
        yield Reason(
            ReasonKind.OUTSIDE_HOURS,
            f"{resource.name} cannot be booked {written(facts.visit, facts.locale)}: {_hours(timed, facts)}.",
            "time",
            resource_id=resource.resource_id,
        )
    elif not facts.session and not is_on_grid(opening, facts.visit.start):
        step = int(opening.step.total_seconds() // 60)
        yield Reason(
            ReasonKind.OFF_THE_GRID,
            f"{resource.name} is booked in steps of {step} minutes from"
            f" {facts.locale.time(opening.grid_from)}; {facts.locale.time(facts.visit.start)} is none of them.",
            "time",
            resource_id=resource.resource_id,
        )


def _of_the_session(facts: BookingFacts) -> Iterator[Reason]:
    if facts.session and facts.session.taken >= facts.session.capacity:
        yield Reason(
            ReasonKind.SESSION_FULL,
            f"All {facts.session.capacity} numbers of {written(facts.session.span, facts.locale)} are given out.",
            "time",
        )


def _other_bookings(facts: BookingFacts) -> Iterator[SoftConflict]:
    day = facts.locale.local(facts.visit.start).date()
    for other in facts.patient.others:
        when = written(other.span, facts.locale)
        if facts.session or other.is_session:
            if other.span.overlaps(facts.visit):
                yield SoftConflict(
                    ConflictKind.IN_SESSION, f"The patient has a booking {when} at that time{_with(other)}."
                )
            continue
        if other.span.overlaps(facts.visit):
            continue
        gap = max(other.span.start - facts.visit.end, facts.visit.start - other.span.end, _NOTHING)
        if gap < CLOSE_BY:
            yield SoftConflict(
                ConflictKind.CLOSE_BY,
                f"The patient is booked {when}{_with(other)}, {int(gap.total_seconds() // 60)} minutes apart.",
            )
        elif (
            facts.locale.local(other.span.start).date() == day
            and other.department_id != facts.service.department_id
        ):
            yield SoftConflict(
                ConflictKind.SAME_DAY_ELSEWHERE,
                f"The patient is booked elsewhere on the same day, {when}{_with(other)}.",
            )


def _requested_leave(facts: BookingFacts) -> Iterator[SoftConflict]:
    taken = facts.need.taken(facts.visit)
    for resource in facts.resources:
        for span in resource.requested:
            if span.overlaps(taken):
                yield SoftConflict(
                    ConflictKind.LEAVE_REQUESTED,
                    f"{resource.name} has asked for leave {_from_to(span, facts.locale)}.",
                )


def _with(other: OtherBooking) -> str:
    who = f" with {other.practitioner}" if other.practitioner else ""
    return f" ({other.service}{who}, {other.number})"


def _from_to(span: Span, locale: HospitalLocale) -> str:
    first, last = locale.local(span.start), locale.local(span.end)
    if first.date() == last.date():
        return f"{locale.date(first.date())}, {written(span, locale)}"
    if first.time() == last.time() == dt.time():
        ends = last.date() - dt.timedelta(days=1)
        return (
            f"on {locale.date(ends)}"
            if ends == first.date()
            else f"{locale.date(first.date())} to {locale.date(ends)}"
        )
    return f"{locale.moment(span.start)} to {locale.moment(span.end)}"


def _hours(openings: Sequence[Opening], facts: BookingFacts) -> str:
    """The hours of that day, as words."""
    day = facts.locale.local(facts.visit.start).date()
    todays = [opening.span for opening in openings if facts.locale.local(opening.span.start).date() == day]
    if not todays:
        return "there are no hours for it on that day"
    return "the hours for it are " + " and ".join(written(span, facts.locale) for span in todays)
