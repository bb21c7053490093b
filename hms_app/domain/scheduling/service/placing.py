"""Where a booking goes: a place is chosen, its resources are held, and all that stands against it is found."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.scheduling.errors import BookingRefused, TimeDoesNotExist
from hms_app.domain.scheduling.queries.availability import (
    Ground,
    Placement,
    Search,
    find_next_free,
    search_for,
)
from hms_app.domain.scheduling.queries.bookables import Bookable, bookables_of_service, rooms_of_schedules
from hms_app.domain.scheduling.queries.booking_facts import Asked, booking_facts
from hms_app.domain.scheduling.queries.sessions import given_of
from hms_app.domain.scheduling.rules.booking import (
    BookingFacts,
    SessionFacts,
    hard_reasons,
    remaining,
    soft_conflicts,
    taken_resources,
    written,
)
from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.rules.wall_clock import instant_of
from hms_app.domain.scheduling.service.resources import lock_resources, resource_of
from hms_app.domain.scheduling.tables import HealthcareService
from hms_app.domain.scheduling.values.booking import (
    Reason,
    ReasonKind,
    SlotWish,
    SoftConflict,
    TimeInput,
)
from hms_app.domain.scheduling.values.words import ResourceKind

_DAY: Final = dt.timedelta(days=1)
_HELD_UP: Final = frozenset(
    {
        ReasonKind.TAKEN,
        ReasonKind.OUTSIDE_HOURS,
        ReasonKind.OFF_THE_GRID,
        ReasonKind.LEAVE,
        ReasonKind.RETIRED,
        ReasonKind.NOT_OFFERED,
        ReasonKind.SESSION_FULL,
        ReasonKind.NOBODY_FREE,
        ReasonKind.NO_ROOM_FREE,
        ReasonKind.NO_EQUIPMENT_FREE,
        ReasonKind.PATIENT_BUSY,
        ReasonKind.IN_THE_PAST,
        ReasonKind.JUST_TAKEN,
    }
)
"""The reasons that another time, or another practitioner, gets over."""


@dataclass(frozen=True)
class Place:
    """A booking's place with all that stands against it. `number` is the session of numbers that it is in."""

    asked: Asked
    placement: Placement | None
    reasons: tuple[Reason, ...]
    conflicts: tuple[SoftConflict, ...]
    overridden: frozenset[int] = frozenset()
    number: Opening | None = None
    is_overriding: bool = False

    def without(self, kinds: Collection[ReasonKind]) -> "Place":
        """The place, reasons of these kinds set aside."""
        return replace(self, reasons=tuple(reason for reason in self.reasons if reason.kind not in kinds))

    def only(self, kinds: Collection[ReasonKind]) -> "Place":
        """The place, with reasons of these kinds alone."""
        return replace(self, reasons=tuple(reason for reason in self.reasons if reason.kind in kinds))


def instant_typed(typed: TimeInput, actor: Actor) -> dt.datetime:
    """The instant of the day and time that were typed, the first of two; raises TimeDoesNotExist."""
    found = instant_of(typed.day, typed.time, actor.locale.zone)
    if found is None:
        raise TimeDoesNotExist(actor.locale.date(typed.day), f"{typed.time:%H:%M}")
    return found


def find_place(
    session: Session, actor: Actor, asked: Asked, wish: SlotWish, typed: TimeInput, *, holds: bool = True
) -> Place:
    """The place of a booking. With `holds` its resources and patient are held from here to the commit.

    Where nobody is named it is the first who is free. Raises NotPermitted for an override without the right to it.
    """
    is_overriding = bool(typed.override_reason)
    if is_overriding:
        ensure_allowed(actor, Permission.SCHEDULING_APPOINTMENT_OVERRIDE)
    known = _known_beforehand(session, wish, asked.service)
    if holds:
        lock_resources(session, known)
    zone = asked.locale.zone
    first, last = ((instant.astimezone(zone).date()) for instant in asked.visit.widened(_DAY, _DAY))
    search = search_for(session, wish, zone, first, last, insists=True)
    ground = Ground(search, session, asked.visit.widened(_DAY, _DAY))
    lead = _lead(search, ground, wish, asked)
    if lead is None:
        return _nobody(session, asked, typed)
    number = ground.session_at(lead, asked.visit.start)
    placement = _reservable(session, ground.placement(lead, asked.visit))
    keys = {one.resource_id for one in placement.resources}
    is_read_under_locks = keys <= known and keys <= search.plans.keys()
    if holds and not is_read_under_locks:
        lock_resources(session, keys)
    return _judged(session, asked, placement, number, typed, search if is_read_under_locks else None)


def refusal(session: Session, actor: Actor, place: Place, wish: SlotWish) -> BookingRefused:
    """All that stands against a place, each reason with what is free instead."""
    return BookingRefused(with_instead(session, actor, place.reasons, place.asked, wish), place.conflicts)


def with_instead(
    session: Session, actor: Actor, reasons: Sequence[Reason], asked: Asked, wish: SlotWish
) -> list[Reason]:
    """The reasons, each with what is free instead where another time or another practitioner gets over it."""
    if not any(reason.kind in _HELD_UP for reason in reasons):
        return list(reasons)
    instead = _instead(session, actor, asked, wish, reasons)
    return [
        replace(reason, instead=instead) if reason.kind in _HELD_UP and instead else reason
        for reason in reasons
    ]


def just_taken(session: Session, actor: Actor, asked: Asked, wish: SlotWish) -> BookingRefused:
    """The refusal of whoever came a moment too late."""
    fact = f"{written(asked.visit, asked.locale)} was taken a moment ago."
    reasons = [Reason(ReasonKind.JUST_TAKEN, fact, "time")]
    return BookingRefused(with_instead(session, actor, reasons, asked, wish))


def _known_beforehand(session: Session, wish: SlotWish, service: HealthcareService) -> frozenset[int]:
    """What a booking takes for certain, where that is known before anything is looked up: then it is held first.

    All else is then read once, under the locks. Where a room or equipment is still to be chosen that is not so.
    """
    keys = [resource_of(session, ResourceKind.PRACTITIONER, key) for key in wish.practitioner_ids]
    is_open = service.needs_room or service.needs_equipment or wish.room_id or wish.equipment_ids
    return (
        frozenset()
        if is_open or len(keys) != 1
        else frozenset({*keys, *rooms_of_schedules(session, keys[0])})
    )


def _lead(search: Search, ground: Ground, wish: SlotWish, asked: Asked) -> Bookable | None:
    """Whose hours count: who was named, else the first who is free then."""
    of_kind = search.leading[0].kind if search.leading else ResourceKind.PRACTITIONER
    named = {
        ResourceKind.PRACTITIONER: bool(wish.practitioner_ids),
        ResourceKind.ROOM: wish.room_id is not None,
        ResourceKind.EQUIPMENT: bool(wish.equipment_ids),
    }
    if named[of_kind]:
        return next(iter(search.leading), None)
    return next(iter(ground.leads_at(asked.visit)), None)


def _nobody(session: Session, asked: Asked, typed: TimeInput) -> Place:
    facts = booking_facts(session, asked, None, ())
    nobody = Reason(
        ReasonKind.NOBODY_FREE,
        f"Nothing is free for {asked.service.name} {written(asked.visit, asked.locale)}.",
        "time",
    )
    return Place(asked, None, (*hard_reasons(facts), nobody), _unconfirmed(facts, typed))


def _reservable(session: Session, placement: Placement) -> Placement:
    """The placement with a resource for its room, which may never have been reserved."""
    if placement.room is None or placement.room.resource_id:
        return placement
    key = resource_of(session, ResourceKind.ROOM, placement.room.thing_id)
    return replace(placement, room=replace(placement.room, resource_id=key))


def _judged(
    session: Session,
    asked: Asked,
    placement: Placement,
    number: Opening | None,
    typed: TimeInput,
    search: Search | None,
) -> Place:
    """What stands against a placement; `search` is what was read of it under the locks, None to read it again."""
    session_facts = None
    if number:
        asked = replace(asked, visit=Span(number.grid_from, number.span.end))
        session_facts = SessionFacts(asked.visit, number.capacity, given_of(session, number))
        placement = Placement(placement.lead)
    offered = search.offered if search else bookables_of_service(session, asked.service.key)
    facts = booking_facts(
        session, asked, placement, offered, session_facts, plans=search.plans if search else None
    )
    against = hard_reasons(facts)
    is_overriding = bool(typed.override_reason)
    reasons = [*remaining(against, is_overriding=is_overriding), *_lacks(asked, placement)]
    return Place(
        asked,
        placement,
        tuple(reasons),
        _unconfirmed(facts, typed),
        overridden=taken_resources(against) if is_overriding else frozenset(),
        number=number,
        is_overriding=is_overriding and len(reasons) < len(against),
    )


def _lacks(asked: Asked, placement: Placement) -> list[Reason]:
    when = written(asked.visit, asked.locale)
    said = {
        ResourceKind.ROOM: Reason(
            ReasonKind.NO_ROOM_FREE, f"No room for {asked.service.name} is free {when}.", "room_id"
        ),
        ResourceKind.EQUIPMENT: Reason(
            ReasonKind.NO_EQUIPMENT_FREE,
            f"No equipment for {asked.service.name} is free {when}.",
            "equipment_ids",
        ),
    }
    return [said[kind] for kind in placement.lacks]


def _unconfirmed(facts: BookingFacts, typed: TimeInput) -> tuple[SoftConflict, ...]:
    return tuple(conflict for conflict in soft_conflicts(facts) if conflict.kind not in typed.confirmed)


def _instead(session: Session, actor: Actor, asked: Asked, wish: SlotWish, reasons: Sequence[Reason]) -> str:
    """What is free instead, as a sentence: with whom was asked for, else with anybody."""
    if not asked.service.is_active:
        return ""
    wish = replace(wish, patient_id=asked.patient_id)
    is_hopeless = {reason.kind for reason in reasons} & {ReasonKind.NOT_OFFERED, ReasonKind.RETIRED}
    narrower = [] if is_hopeless else [wish]
    for tried in (*narrower, replace(wish, practitioner_ids=(), room_id=None)):
        slot = find_next_free(session, actor, tried, asked.visit.start)
        if slot is None:
            continue
        is_same_day = (
            actor.locale.local(slot.starts_at).date() == actor.locale.local(asked.visit.start).date()
        )
        when = actor.locale.time(slot.starts_at) if is_same_day else actor.locale.moment(slot.starts_at)
        is_other = bool(slot.practitioner) and slot.practitioner_id not in wish.practitioner_ids
        return f"Next free: {when}{f' with {slot.practitioner}' if is_other else ''}."
    return "Nothing is free in the next months."
