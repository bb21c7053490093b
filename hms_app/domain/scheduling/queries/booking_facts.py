"""The facts that decide about a booking, read under the locks of its resources and its patient."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.locale import HospitalLocale
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Practitioner
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import PatientStatus
from hms_app.domain.scheduling.queries.availability import Placement, has_hours
from hms_app.domain.scheduling.queries.bookables import Bookable
from hms_app.domain.scheduling.queries.busy import bookings_at
from hms_app.domain.scheduling.queries.schedules import plans_of
from hms_app.domain.scheduling.rules.booking import (
    BookingFacts,
    OtherBooking,
    PatientFacts,
    ResourceFacts,
    ServiceFacts,
    SessionFacts,
)
from hms_app.domain.scheduling.rules.hours import Exceptional, Plan, openings
from hms_app.domain.scheduling.rules.slots import Need
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.tables import Appointment, AvailabilityException, HealthcareService
from hms_app.domain.scheduling.values.words import (
    KEEPING_TIME,
    AppointmentStatus,
    ExceptionKind,
    ExceptionStatus,
    ResourceKind,
)

_DAY: Final = dt.timedelta(days=1)
_OPEN: Final = (AppointmentStatus.PROPOSED, AppointmentStatus.BOOKED)
_FIELDS: Final[Mapping[ResourceKind, str]] = {
    ResourceKind.PRACTITIONER: "practitioner_id",
    ResourceKind.ROOM: "room_id",
    ResourceKind.EQUIPMENT: "equipment_ids",
}


@dataclass(frozen=True)
class Asked:
    """A booking as it is understood: what, for whom, when; `moving_id` is the appointment that is moved, if one is."""

    service: HealthcareService
    patient_id: int
    visit: Span
    need: Need
    locale: HospitalLocale
    moving_id: int | None = None


def booking_facts(
    session: Session,
    asked: Asked,
    placement: Placement | None,
    offered: Sequence[Bookable],
    number: SessionFacts | None = None,
    *,
    plans: Mapping[int, Plan] | None = None,
) -> BookingFacts:
    """All that decides about it; without a placement only what is about service, patient and time.

    `plans` are those of its resources where they were read under the locks already.
    """
    service = asked.service
    return BookingFacts(
        visit=asked.visit,
        need=asked.need,
        now=clock.now(),
        service=ServiceFacts(
            service.name, service.is_active, service.ahead_days, service.most_open, service.department_id
        ),
        patient=_patient_facts(session, asked),
        resources=_resource_facts(session, asked, placement, offered, plans) if placement else (),
        locale=asked.locale,
        session=number,
    )


def _resource_facts(
    session: Session,
    asked: Asked,
    placement: Placement,
    offered: Sequence[Bookable],
    plans: Mapping[int, Plan] | None,
) -> tuple[ResourceFacts, ...]:
    zone = asked.locale.zone
    keys = [one.resource_id for one in placement.resources]
    around = asked.need.taken(asked.visit).widened(_DAY, _DAY)
    first, last = (instant.astimezone(zone).date() for instant in around)
    known = plans_of(session, keys, first, last) if plans is None else plans
    bookings = bookings_at(session, keys, asked.need.taken(asked.visit), without_id=asked.moving_id)
    requested = _requested(session, keys, first, last, asked)

    def facts_of(one: Bookable) -> ResourceFacts:
        plan = known.get(one.resource_id, Plan())
        leads = one is placement.lead
        hours = openings(plan, zone, around) if leads or has_hours(plan) else None
        same = [other for other in offered if other.kind == one.kind]
        return ResourceFacts(
            one.resource_id,
            one.name,
            _FIELDS[one.kind],
            is_active=one.is_active,
            offers=_offers(one, same),
            offered_by=tuple(other.name for other in same if other.is_active),
            openings=None
            if hours is None
            else tuple(opening for opening in hours if not leads or opening.offers(asked.service.key)),
            bookings=tuple(bookings.of_resource(one.resource_id)),
            leave=tuple(plan.away(zone)),
            closed=tuple(item.closed(zone) for item in plan.exceptions if item.kind == ExceptionKind.CLOSED),
            requested=tuple(requested.get(one.resource_id, ())),
        )

    return tuple(facts_of(one) for one in placement.resources)


def _offers(one: Bookable, same: Sequence[Bookable]) -> bool:
    """Whether a resource is one of the service's; a service that names no rooms may be in any."""
    if one.kind == ResourceKind.ROOM and not same:
        return True
    return any(other.resource_id == one.resource_id for other in same)


def _requested(
    session: Session, resource_ids: Sequence[int], first: dt.date, last: dt.date, asked: Asked
) -> dict[int, list[Span]]:
    """Leave that was asked for and not granted yet, by resource."""
    found = session.exec(
        select(AvailabilityException).where(
            col(AvailabilityException.resource_id).in_(resource_ids),
            AvailabilityException.status == ExceptionStatus.REQUESTED.value,
            AvailabilityException.kind == ExceptionKind.CLOSED.value,
            col(AvailabilityException.starts_on) <= last,
            col(AvailabilityException.ends_on) >= first,
        )
    )
    spans: dict[int, list[Span]] = {}
    for row in found:
        taken = Exceptional(
            ExceptionKind.CLOSED, row.starts_on, row.ends_on, row.start_time, row.end_time, row.is_overnight
        )
        spans.setdefault(row.resource_id or 0, []).append(taken.closed(asked.locale.zone))
    return spans


def _patient_facts(session: Session, asked: Asked) -> PatientFacts:
    """Of the patient; the row is held until the commit, so that two bookings of one patient come one by one."""
    found = session.execute(
        sa.select(
            col(Patient.status),
            col(Patient.merged_into_id),
            *(getattr(Patient, name) for name in patient_rules.DEATH_COLUMNS),
        )
        .where(col(Patient.id) == asked.patient_id)
        .with_for_update(key_share=True)
    ).one()
    return PatientFacts(
        status=PatientStatus(found.status),
        is_deceased=patient_rules.is_deceased(dict(found._mapping)),
        died=_death(dict(found._mapping), asked.locale),
        survivor_mrn=_mrn(session, found.merged_into_id) if found.merged_into_id else "",
        others=tuple(_others(session, asked)),
        open_of_service=_open_bookings(session, asked) if asked.service.most_open else 0,
    )


def _death(found: Mapping[str, Any], locale: HospitalLocale) -> str:
    words = patient_rules.death_words(found, locale)
    known = "on" if found["deceased_precision"] == "day" else "in"
    return f"{known} {words}" if words else ""


def _mrn(session: Session, patient_id: int) -> str:
    return str(session.execute(sa.select(col(Patient.mrn)).where(col(Patient.id) == patient_id)).scalar_one())


def _others(session: Session, asked: Asked) -> list[OtherBooking]:
    around = asked.visit.widened(_DAY, _DAY)
    found = session.execute(
        sa.select(Appointment, col(HealthcareService.name), Practitioner)
        .join(HealthcareService, col(HealthcareService.id) == col(Appointment.service_id))
        .outerjoin(Practitioner, col(Practitioner.id) == col(Appointment.practitioner_id))
        .where(
            col(Appointment.patient_id) == asked.patient_id,
            col(Appointment.status).in_([status.value for status in KEEPING_TIME]),
            col(Appointment.starts_at) < around.end,
            col(Appointment.starts_at) > around.start - _DAY,
            col(Appointment.ends_at) > around.start,
            col(Appointment.id) != (asked.moving_id or 0),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    return [
        OtherBooking(
            row.number,
            Span(row.starts_at, row.ends_at),
            service,
            display_name(who.prefix, who.given_names, who.family_name) if who else "",
            row.department_id,
            is_session=row.session_id is not None,
        )
        for row, service, who in found
    ]


def _open_bookings(session: Session, asked: Asked) -> int:
    found = session.execute(
        sa.select(sa.func.count())
        .select_from(Appointment)
        .where(
            col(Appointment.patient_id) == asked.patient_id,
            col(Appointment.service_id) == asked.service.key,
            col(Appointment.status).in_([status.value for status in _OPEN]),
            col(Appointment.ends_at) > clock.now(),
            col(Appointment.id) != (asked.moving_id or 0),
        )
    )
    return int(found.scalar_one())
