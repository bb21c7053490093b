"""Free times: of one practitioner, several, or all who offer a service or have a specialty; and the next one.

Plans are read once for the whole time looked at, what is reserved with one statement for each stretch of it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.scheduling.queries.bookables import (
    Bookable,
    any_rooms,
    bookable_practitioners,
    bookables,
    bookables_of_service,
    get_service_row,
    need_of,
    of_kind,
    places_of,
    practitioners_of_specialty,
    rooms_by_id,
)
from hms_app.domain.scheduling.queries.busy import Reserved, busy_of
from hms_app.domain.scheduling.queries.schedules import plans_of
from hms_app.domain.scheduling.queries.sessions import numbers_taken
from hms_app.domain.scheduling.rules.booking import is_open_for, opening_for
from hms_app.domain.scheduling.rules.hours import Opening, Plan, openings
from hms_app.domain.scheduling.rules.slots import Busy, Need, Slot, free_slots
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.tables import HealthcareService
from hms_app.domain.scheduling.values.booking import FreeSlot, FreeTimes, SlotWish
from hms_app.domain.scheduling.values.words import ResourceKind

HORIZONS: Final = (7, 7, 7, 14, 28, 56, 112, 210)
"""How many days are looked through at a time until one has a free slot."""
LONGEST_ASKED: Final = 62
"""The most days for which free times are listed at once."""
_DAY: Final = dt.timedelta(days=1)


@use_case(Permission.SCHEDULING_APPOINTMENT_READ)
def list_free_times(
    session: Session, actor: Actor, *, wish: SlotWish, first: dt.date, last: dt.date
) -> list[FreeTimes]:
    """The free times from one day to another, of each practitioner (or room) that the wish fits, in their order.

    Nothing that has passed is free. No more than 62 days are looked at. Raises NotFound for the service.
    """
    last = min(last, first + LONGEST_ASKED * _DAY)
    zone = actor.locale.zone
    span = Span(day_edges(first, zone)[0], day_edges(last, zone)[1])
    search = search_for(session, wish, zone, first, last)
    found = search.free_of_each(session, span, clock.now())
    return [
        FreeTimes(
            one.resource_id,
            one.name,
            _practitioner_id(one),
            one.thing_id if one.kind == ResourceKind.ROOM else None,
            tuple(found[one.resource_id]),
        )
        for one in search.leading
    ]


@use_case(Permission.SCHEDULING_APPOINTMENT_READ)
def next_free(
    session: Session, actor: Actor, *, wish: SlotWish, after: dt.datetime | None = None
) -> FreeSlot | None:
    """The earliest free time not before `after` (now without it), of all that the wish fits; None within 441 days."""
    return find_next_free(session, actor, wish, after)


def find_next_free(
    session: Session, actor: Actor, wish: SlotWish, after: dt.datetime | None = None
) -> FreeSlot | None:
    """The same for what has asked already who may."""
    zone = actor.locale.zone
    earliest = max(after or clock.now(), clock.now())
    first = earliest.astimezone(zone).date()
    search = search_for(session, wish, zone, first, first + sum(HORIZONS) * _DAY)
    for days in HORIZONS:
        span = Span(day_edges(first, zone)[0], day_edges(first + (days - 1) * _DAY, zone)[1])
        if found := search.first_free(session, span, earliest):
            return found
        first += days * _DAY
    return None


@dataclass(frozen=True)
class Placement:
    """With whom (or in what) a visit would be, where and with what; `lacks` is what none is free of."""

    lead: Bookable
    room: Bookable | None = None
    equipment: tuple[Bookable, ...] = ()
    lacks: tuple[ResourceKind, ...] = ()

    @property
    def practitioner_id(self) -> int | None:
        """The practitioner, if there is one."""
        return self.lead.thing_id if self.lead.kind == ResourceKind.PRACTITIONER else None

    @property
    def resources(self) -> tuple[Bookable, ...]:
        """All that is reserved, each once."""
        found = [self.lead, *([self.room] if self.room else []), *self.equipment]
        return tuple({(one.kind, one.thing_id): one for one in found}.values())


@dataclass(frozen=True)
class Search:
    """What is looked for, and all that says when it can be booked apart from what is reserved.

    `leading` gives the hours and the grid; `rooms` and `equipment` are free or not at those times, where needed.
    `by_room` holds each room that a schedule or the wish names.
    """

    wish: SlotWish
    need: Need
    service: HealthcareService | None
    leading: tuple[Bookable, ...]
    rooms: tuple[Bookable, ...]
    equipment: tuple[tuple[Bookable, ...], ...]
    plans: Mapping[int, Plan]
    zone: ZoneInfo
    needs_room: bool
    fixed_room_id: int | None
    by_room: Mapping[int, Bookable]
    offered: tuple[Bookable, ...] = ()

    def free_of_each(self, session: Session, span: Span, earliest: dt.datetime) -> dict[int, list[FreeSlot]]:
        """The free times of each that leads, in order."""
        ground = Ground(self, session, span)
        return {one.resource_id: list(ground.free(one, earliest)) for one in self.leading}

    def first_free(self, session: Session, span: Span, earliest: dt.datetime) -> FreeSlot | None:
        """The earliest of all free times in a span; of several at once that of who stands first."""
        ground = Ground(self, session, span)
        each = (ground.free(one, earliest) for one in self.leading)
        return next(merge(*each, key=_start), None)

    def offered_openings(self, one: Bookable, span: Span) -> list[Opening]:
        """The hours of one that leads in which the service can be booked."""
        found = openings(self.plans.get(one.resource_id, Plan()), self.zone, span)
        return [opening for opening in found if self.service is None or opening.offers(self.service.key)]


class Ground:
    """One stretch of time with what is reserved in it."""

    def __init__(self, search: Search, session: Session, span: Span) -> None:
        self._search, self._span = search, span
        leads = {one.resource_id for one in search.leading}
        beside = {one.resource_id for one in (*search.by_room.values(), *chain(*search.equipment))} - {0}
        wish = search.wish
        reserved = busy_of(
            session,
            leads | beside,
            span.widened(_DAY, _DAY),
            patient_id=wish.patient_id,
            without_id=wish.moving_id,
        )
        self._patient = Busy(reserved.of_patient(wish.patient_id))
        promised = self._promised()
        self._busy = {
            key: Busy([*self._taken_of(key, reserved), *promised.get(key, ())]) for key in leads | beside
        }
        self._hours = {
            key: openings(search.plans[key], search.zone, span)
            for key in beside - leads
            if has_hours(search.plans.get(key, Plan()))
        }
        self._leading = {one.resource_id: search.offered_openings(one, span) for one in search.leading}
        asked = [opening for found in self._leading.values() for opening in found if opening.capacity]
        self._numbers = numbers_taken(session, asked)

    def free(self, one: Bookable, earliest: dt.datetime) -> Iterator[FreeSlot]:
        """The free times of one that leads, in order."""
        hours = self._leading[one.resource_id]
        timed = [opening for opening in hours if not opening.capacity]
        slots = free_slots(timed, self._busy[one.resource_id], self._search.need, earliest=earliest)
        if _overlap(timed):
            slots = iter(sorted(slots, key=lambda slot: slot.visit))
        found = (self._offered(one, slot) for slot in slots)
        sessions = self._sessions(one, [opening for opening in hours if opening.capacity], earliest)
        return merge((slot for slot in found if slot), sessions, key=_start)

    def is_free(self, one: Bookable, visit: Span) -> bool:
        """Whether a resource is there, and nothing is reserved or closed when the visit takes it."""
        hours = self._hours.get(one.resource_id)
        if not one.is_active or (hours is not None and not is_open_for(hours, visit)):
            return False
        busy = self._busy.get(one.resource_id)
        return busy is None or busy.meets(self._search.need.taken(visit)) is None

    def leads_at(self, visit: Span) -> list[Bookable]:
        """Those of whoever leads who are free for a visit, on their grid, with a room and all that it takes.

        Of those with a session of numbers at that time, who has a number left.
        """
        first = {one: next(self.free(one, visit.start), None) for one in self._search.leading}
        return [one for one, slot in first.items() if slot and slot.starts_at <= visit.start]

    def session_at(self, one: Bookable, start: dt.datetime) -> Opening | None:
        """The session of numbers of one that leads in which an instant lies."""
        hours = self._leading[one.resource_id]
        return next(
            (
                opening
                for opening in hours
                if opening.capacity and opening.grid_from <= start < opening.span.end
            ),
            None,
        )

    def placement(self, one: Bookable, visit: Span) -> Placement:
        """Where and with what a visit of one that leads would be: as chosen, else what is free."""
        timed = [opening for opening in self._leading[one.resource_id] if not opening.capacity]
        opening = opening_for(timed, visit)
        return self._placed(one, visit, opening.room_id if opening else None)

    def _taken_of(self, key: int, reserved: Reserved) -> list[Span]:
        plan = self._search.plans.get(key, Plan())
        return [*reserved.of_resource(key), *plan.away(self._search.zone)]

    def _promised(self) -> dict[int, list[Span]]:
        """What was proposed to others already, by the resource of whoever it was with."""
        keys = {one.thing_id: one.resource_id for one in self._search.leading}
        found: dict[int, list[Span]] = {}
        for practitioner_id, start, end in self._search.wish.promised:
            if practitioner_id in keys:
                found.setdefault(keys[practitioner_id], []).append(Span(start, end))
        return found

    def _sessions(self, one: Bookable, hours: Sequence[Opening], earliest: dt.datetime) -> Iterator[FreeSlot]:
        for opening in hours:
            left = opening.capacity - self._numbers.of(opening)
            if left > 0 and opening.span.end > earliest:
                room = self._search.by_room.get(opening.room_id or 0)
                yield FreeSlot(
                    opening.grid_from,
                    opening.span.end,
                    _practitioner_id(one),
                    _practitioner(one),
                    room.thing_id if room else None,
                    room.name if room else "",
                    numbers_left=left,
                )

    def _offered(self, one: Bookable, slot: Slot) -> FreeSlot | None:
        """The slot with a room and equipment that are free then; None where there is none."""
        if self._patient.meets(slot.visit):
            return None
        placed = self._placed(one, slot.visit, slot.opening.room_id)
        beside = [thing for thing in placed.resources if thing is not one]
        if placed.lacks or not all(self.is_free(thing, slot.visit) for thing in beside):
            return None
        return FreeSlot(
            slot.visit.start,
            slot.visit.end,
            _practitioner_id(one),
            _practitioner(one),
            placed.room.thing_id if placed.room else None,
            placed.room.name if placed.room else "",
            tuple(thing.resource_id for thing in placed.resources if thing.kind == ResourceKind.EQUIPMENT),
        )

    def _placed(self, one: Bookable, visit: Span, place: int | None) -> Placement:
        search = self._search
        lacks: list[ResourceKind] = []
        room = (
            one if one.kind == ResourceKind.ROOM else search.by_room.get(search.fixed_room_id or place or 0)
        )
        if room is None and search.needs_room:
            room = self._first(search.rooms, visit)
            lacks += [] if room else [ResourceKind.ROOM]
        pieces = [group[0] if len(group) == 1 else self._first(group, visit) for group in search.equipment]
        lacks += [ResourceKind.EQUIPMENT for piece in pieces if piece is None]
        return Placement(one, room, tuple(piece for piece in pieces if piece), tuple(lacks))

    def _first(self, group: Sequence[Bookable], visit: Span) -> Bookable | None:
        return next((one for one in group if self.is_free(one, visit)), None)


def has_hours(plan: Plan) -> bool:
    """Whether a plan says when its resource is there; one without hours of its own is there all the time."""
    return bool(plan.schedules) or any(item.hours() for item in plan.exceptions)


def search_for(
    session: Session, wish: SlotWish, zone: ZoneInfo, first: dt.date, last: dt.date, *, insists: bool = False
) -> Search:
    """All that a search needs but what is reserved; in a number of statements that does not grow. Raises NotFound.

    Who `insists` on the wish's practitioners gets them even where they do not offer the service, to be told so.
    """
    service = get_service_row(session, wish.service_id) if wish.service_id else None
    offered = bookables_of_service(session, service.key) if service else []
    leading = _leading(session, wish, service, offered)
    if insists and wish.practitioner_ids:
        leading = bookable_practitioners(session, wish.practitioner_ids)
    plans = plans_of(session, [one.resource_id for one in leading], first, last)
    leads_room = any(one.kind == ResourceKind.ROOM for one in leading)
    needs_room = bool(service and service.needs_room) and not leads_room
    rooms = _rooms(session, service, offered) if needs_room and service else []
    rooms.sort(key=lambda room: room.thing_id != wish.likes_room_id)
    named = places_of(plans.values()) | ({wish.room_id} if wish.room_id else set())
    named -= {room.thing_id for room in rooms}
    by_room = (
        {room.thing_id: room for room in (*rooms, *rooms_by_id(session, named))} if not leads_room else {}
    )
    equipment = _equipment(session, wish, service, offered, leading)
    beside = {one.resource_id for one in (*by_room.values(), *chain(*equipment))} - {0}
    return Search(
        wish,
        need_of(service, wish.duration_minutes),
        service,
        tuple(leading),
        tuple(rooms),
        equipment,
        {**plans, **(plans_of(session, beside, first, last) if beside else {})},
        zone,
        needs_room,
        None if leads_room else wish.room_id,
        by_room,
        tuple(offered),
    )


def _rooms(session: Session, service: HealthcareService, offered: Sequence[Bookable]) -> list[Bookable]:
    """The rooms that would do: those that are named for the service, else any of its department."""
    is_named = any(one.kind == ResourceKind.ROOM for one in offered)
    return of_kind(offered, ResourceKind.ROOM) if is_named else any_rooms(session, service.department_id)


def _leading(
    session: Session, wish: SlotWish, service: HealthcareService | None, offered: Sequence[Bookable]
) -> list[Bookable]:
    """Whose hours and grid count: the practitioners', or where the service needs none, the rooms' or equipment's."""
    if service is None:
        named = bookable_practitioners(session, wish.practitioner_ids) if wish.practitioner_ids else []
        found = named or (practitioners_of_specialty(session, wish.specialty) if wish.specialty else [])
        return [one for one in found if one.is_active]
    if service.needs_practitioner:
        return [
            one
            for one in of_kind(offered, ResourceKind.PRACTITIONER)
            if (not wish.practitioner_ids or one.thing_id in wish.practitioner_ids)
            and (not wish.specialty or one.specialty == wish.specialty)
        ]
    if service.needs_room:
        rooms = of_kind(offered, ResourceKind.ROOM)
        return [room for room in rooms if wish.room_id in (None, room.thing_id)]
    pieces = of_kind(offered, ResourceKind.EQUIPMENT)
    return [one for one in pieces if one.resource_id in (wish.equipment_ids[:1] or [one.resource_id])]


def _equipment(
    session: Session,
    wish: SlotWish,
    service: HealthcareService | None,
    offered: Sequence[Bookable],
    leading: Sequence[Bookable],
) -> tuple[tuple[Bookable, ...], ...]:
    """For each piece that is needed those that would do."""
    if wish.equipment_ids:
        beside = set(wish.equipment_ids) - {one.resource_id for one in leading}
        return tuple((one,) for one in bookables(session, beside))
    leads = any(one.kind == ResourceKind.EQUIPMENT for one in leading)
    if service is None or not service.needs_equipment or leads:
        return ()
    return (tuple(of_kind(offered, ResourceKind.EQUIPMENT)),)


def _practitioner_id(one: Bookable) -> int | None:
    return one.thing_id if one.kind == ResourceKind.PRACTITIONER else None


def _practitioner(one: Bookable) -> str:
    return one.name if one.kind == ResourceKind.PRACTITIONER else ""


def _start(slot: FreeSlot) -> dt.datetime:
    return slot.starts_at


def _overlap(hours: Sequence[Opening]) -> bool:
    return any(later.span.start < earlier.span.end for earlier, later in pairwise(hours))
