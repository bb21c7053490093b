"""The day as the desk and those who see patients have it before them: who is expected, waits, is being seen."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import AnyOf, Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Practitioner, Room
from hms_app.domain.patients.queries import known_among, patient_row
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import PatientRow
from hms_app.domain.scheduling.queries.delays import delays_today
from hms_app.domain.scheduling.rules import waiting
from hms_app.domain.scheduling.rules.wall_clock import day_edges
from hms_app.domain.scheduling.tables import Appointment, HealthcareService, Queue, QueueEntry, Resource
from hms_app.domain.scheduling.values.queues import Desk, DeskFilters, DeskRow
from hms_app.domain.scheduling.values.words import OVER, WAITING, AppointmentStatus, QueueKind, QueueStage

MOST_ROWS: Final = 500
"""People of one day that a desk looks at."""
LAST_VISITS: Final = 30
"""Visits of a service from which their length is known."""
_A = AppointmentStatus
_Q = QueueStage
_UNDER_WAY: Final = (_Q.WITH_DOCTOR,)
_COMING: Final = (_A.BOOKED,)
_NOT_COMING: Final = (_A.CANCELLED, _A.NO_SHOW, _A.FULFILLED)
_HIDDEN: Final = "Restricted record"


class _Found(NamedTuple):
    """What stands in the database about one person of today."""

    place: QueueEntry | None
    queue: Queue | None
    appointment: Appointment | None
    service: HealthcareService | None
    practitioner: Practitioner | None
    room: str | None


@use_case(AnyOf(Permission.SCHEDULING_APPOINTMENT_CHECK_IN, Permission.SCHEDULING_QUEUE_WORK))
def read_desk(session: Session, actor: Actor, *, filters: DeskFilters, place: str = "desk") -> Desk:
    """Everybody of today, in the lanes where they are, each lane in the order in which they are to be seen.

    A text finds names, record numbers, appointment numbers and numbers in queues; it and the other filters only leave
    out rows: estimates count everybody. Seeing them is a look at a list.
    """
    found = _of_today(session, actor)
    delays = delays_today(session, actor)
    rows = _rows(session, actor, found, {delay.practitioner_id: delay.minutes for delay in delays})
    shown = [row for row in rows if _is_asked_for(row, filters)]
    audit.record_list(
        session,
        actor,
        place=place,
        shown=sorted({row.patient_id for row in shown if row.is_known}),
        told={name: value for name, value in _told(filters).items() if value},
        is_typed=bool(filters.text),
    )
    return Desk(
        expected=tuple(row for row in shown if _lane(row) == "expected"),
        waiting=tuple(row for row in shown if _lane(row) == "waiting"),
        with_doctor=tuple(row for row in shown if _lane(row) == "with_doctor"),
        over=tuple(row for row in shown if _lane(row) == "over"),
        delays=tuple(delays),
    )


def _told(filters: DeskFilters) -> dict[str, Any]:
    """By what the desk was narrowed, for the trail; what was typed is not kept."""
    return {
        "department": filters.department_id,
        "practitioner": filters.practitioner_id,
        "searched_by": ["text"] if filters.text else None,
    }


def _lane(row: DeskRow) -> str:
    if row.stage is None or (row.stage in OVER and row.appointment_status in _COMING):
        return "expected" if row.appointment_status in _COMING else "over"
    if row.stage in OVER:
        return "over"
    return "waiting" if row.stage in WAITING else "with_doctor"


def _is_asked_for(row: DeskRow, filters: DeskFilters) -> bool:
    if filters.department_id is not None and row.department_id != filters.department_id:
        return False
    if filters.practitioner_id is not None and row.practitioner_id != filters.practitioner_id:
        return False
    if filters.queue_ids is not None and row.queue_id not in filters.queue_ids:
        return False
    if (
        filters.seen_by is not None
        and _lane(row) in ("with_doctor", "over")
        and row.practitioner_id != filters.seen_by
    ):
        return False
    words = fold(filters.text).split()
    if not words:
        return True
    read = fold(f"{row.name} {row.mrn} {row.number} {row.appointment_number}")
    return all(word in read for word in words)


def _of_today(session: Session, actor: Actor) -> list[_Found]:
    """All places and appointments of the hospital's day."""
    day = actor.locale.today()
    begins, ends = day_edges(day, actor.locale.zone)
    mine = sa.and_(col(Appointment.starts_at) >= begins, col(Appointment.starts_at) < ends)
    joined = sa.join(QueueEntry, Queue, col(Queue.id) == col(QueueEntry.queue_id)).outerjoin(
        Appointment, col(Appointment.id) == col(QueueEntry.appointment_id)
    )
    places = session.execute(
        _with_names(sa.select(QueueEntry, Queue, Appointment), joined, _seen_by(), col(QueueEntry.room_id))
        .where(col(QueueEntry.day) == day)
        .order_by(col(QueueEntry.id))
        .limit(MOST_ROWS)
    )
    has_place = sa.exists().where(col(QueueEntry.appointment_id) == col(Appointment.id))
    booked = session.execute(
        _with_names(
            sa.select(sa.null(), sa.null(), Appointment),
            Appointment.__table__,  # type: ignore[attr-defined]
            col(Appointment.practitioner_id),
            col(Appointment.room_id),
        )
        .where(mine, ~has_place, col(Appointment.status).in_((*_COMING, *_NOT_COMING)))
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(MOST_ROWS)
    )
    return [_Found(*one) for one in (*places, *booked)]


def _seen_by() -> Any:
    """Who sees somebody in a queue: whoever called them, else the appointment's, else the queue's practitioner."""
    owner = (
        select(Resource.practitioner_id)
        .where(Resource.id == Queue.resource_id)
        .correlate(Queue)
        .scalar_subquery()
    )
    return sa.func.coalesce(col(QueueEntry.practitioner_id), col(Appointment.practitioner_id), owner)


def _with_names(statement: Any, source: Any, practitioner_id: Any, room_id: Any) -> Any:
    """The statement with service, practitioner and room beside it."""
    is_place = source is not Appointment.__table__  # type: ignore[attr-defined]
    service_id = (
        sa.func.coalesce(col(QueueEntry.service_id), col(Appointment.service_id))
        if is_place
        else col(Appointment.service_id)
    )
    return statement.add_columns(HealthcareService, Practitioner, col(Room.name)).select_from(
        source.outerjoin(HealthcareService, col(HealthcareService.id) == service_id)
        .outerjoin(Practitioner, col(Practitioner.id) == practitioner_id)
        .outerjoin(Room, col(Room.id) == room_id)
    )


def _rows(
    session: Session, actor: Actor, found: Sequence[_Found], delays: Mapping[int, int]
) -> list[DeskRow]:
    people = _people(session, actor, {_patient_id(one) for one in found})
    estimates = _estimates(session, found)
    now = clock.now()
    rows = [
        _row(one, people.get(_patient_id(one)), estimates.get(one.place.key if one.place else 0), delays, now)
        for one in found
    ]
    return sorted(rows, key=lambda row: _order(row, {o.place.key: o.place for o in found if o.place}))


def _patient_id(one: _Found) -> int:
    held = one.place or one.appointment
    return held.patient_id if held else 0


def _people(session: Session, actor: Actor, patient_ids: Collection[int]) -> dict[int, PatientRow]:
    """Those of the patients whom the actor may know of."""
    known = known_among(session, actor, patient_ids)
    keys = [one for one in known if isinstance(one, int)]
    columns = sa.inspect(Patient).local_table
    patients = session.execute(sa.select(columns).where(col(Patient.id).in_(keys))).mappings()
    rows = (patient_row(dict(patient), actor.locale) for patient in patients)
    return {row.id: row for row in rows}


def _order(row: DeskRow, places: Mapping[int, QueueEntry]) -> tuple[Any, ...]:
    """Who is called stands first, then by turn; the expected by their time; what is over newest first."""
    place = places.get(row.place_id or 0)
    if place is None:
        at = row.starts_at or dt.datetime.max.replace(tzinfo=dt.UTC)
        return (1, at, row.appointment_id or 0)
    turn = _turn(place)
    if place.status == _Q.CALLED:
        return (0, place.called_at or turn.sorted_at, place.key)
    return (2 if turn.is_later else 1, turn.sorted_at, place.key)


def _turn(place: QueueEntry) -> waiting.Turn:
    return waiting.turn_of(
        is_urgent=place.is_urgent, absences=place.absences, sorted_at=place.sorted_at, place_id=place.key
    )


def _row(
    one: _Found, person: PatientRow | None, estimate: int | None, delays: Mapping[int, int], now: dt.datetime
) -> DeskRow:
    place, appointment, queue = one.place, one.appointment, one.queue
    starts_at = appointment.starts_at if appointment else None
    waited = _waited(place, starts_at, now)
    status = _A(appointment.status) if appointment else None
    practitioner_id = one.practitioner.key if one.practitioner else None
    is_expected = place is None or place.status == _Q.LEFT
    return DeskRow(
        key=f"q{place.key}" if place else f"a{appointment.key if appointment else 0}",
        appointment_id=appointment.key if appointment else None,
        appointment_number=appointment.number if appointment else "",
        appointment_status=status,
        place_id=place.key if place else None,
        stage=_Q(place.status) if place else None,
        number=f"{queue.prefix}{place.number}" if place and queue else "",
        queue_id=queue.key if queue else None,
        queue=queue.name if queue else "",
        patient_id=_patient_id(one),
        is_known=person is not None,
        name=person.name if person else _HIDDEN,
        mrn=person.mrn if person else "",
        birth_date=person.birth_date if person else "",
        starts_at=starts_at,
        service=one.service.name if one.service else "",
        practitioner=_called(one.practitioner),
        practitioner_id=practitioner_id,
        department_id=_department_id(one),
        room=one.room or "",
        is_urgent=bool(place and place.is_urgent),
        urgent_reason=place.urgent_reason if place else "",
        is_late=bool(is_expected and status in _COMING and starts_at and waiting.is_late(starts_at, now)),
        arrived_at=place.arrived_at if place else None,
        started_at=place.started_at if place else None,
        called_at=place.called_at if place else None,
        waited=waited,
        tone=_tone(one.service, waited),
        estimate=_shown_estimate(place, estimate, waited),
        absences=place.absences if place else 0,
        delay=delays.get(practitioner_id or 0, 0),
    )


def _waited(place: QueueEntry | None, starts_at: dt.datetime | None, now: dt.datetime) -> int | None:
    if place is None or place.status not in WAITING:
        return None
    return waiting.waited_minutes(arrived_at=place.arrived_at, starts_at=starts_at, now=now)


def _shown_estimate(place: QueueEntry | None, estimate: int | None, waited: int | None) -> int | None:
    """Nobody is seen before their time; who is called goes in now."""
    if place is None or estimate is None or waited is None or place.status == _Q.CALLED:
        return None
    return max(estimate, -waited)


def _tone(service: HealthcareService | None, waited: int | None) -> str:
    if waited is None or service is None:
        return ""
    return waiting.wait_tone(waited, warning=service.wait_warning_minutes, danger=service.wait_danger_minutes)


def _called(practitioner: Practitioner | None) -> str:
    if practitioner is None:
        return ""
    return display_name(practitioner.prefix, practitioner.given_names, practitioner.family_name)


def _department_id(one: _Found) -> int | None:
    named = (
        one.appointment.department_id if one.appointment else None,
        one.queue.department_id if one.queue else None,
        one.service.department_id if one.service else None,
        one.practitioner.department_id if one.practitioner else None,
    )
    return next((department_id for department_id in named if department_id is not None), None)


def _estimates(session: Session, found: Iterable[_Found]) -> dict[int, int]:
    """Minutes until each of those who wait is seen, by their place."""
    places = [(one.place, one.queue, one.service) for one in found if one.place and one.queue]
    lengths = _lengths(session, {service.key: service for _p, _q, service in places if service})
    queues: dict[int, list[tuple[QueueEntry, float]]] = defaultdict(list)
    kinds: dict[int, str] = {}
    for place, queue, service in places:
        queues[queue.key].append((place, lengths[service.key] if service else 0.0))
        kinds[queue.key] = queue.kind
    return {
        place_id: minutes
        for queue_id, entries in queues.items()
        for place_id, minutes in _estimates_of(entries, kinds[queue_id], clock.now())
    }


def _estimates_of(
    entries: Sequence[tuple[QueueEntry, float]], kind: str, now: dt.datetime
) -> Iterable[tuple[int, int]]:
    inside = [(place, length) for place, length in entries if place.status in _UNDER_WAY]
    servers = 1 if kind == QueueKind.PRACTITIONER else len({place.practitioner_id for place, _ in inside})
    under_way = tuple(
        max(0.0, length - (now - (place.started_at or now)) / dt.timedelta(minutes=1))
        for place, length in inside
    )
    waits = sorted(
        ((place, length) for place, length in entries if place.status in WAITING),
        key=lambda one: (one[0].status != _Q.CALLED, _turn(one[0])),
    )
    before: tuple[float, ...] = ()
    for place, length in waits:
        yield place.key, waiting.estimated_minutes(waiting.Ahead(under_way, before, servers))
        before += (length,)


def _lengths(session: Session, services: Mapping[int, HealthcareService]) -> dict[int, float]:
    """How long a visit of each service takes, from its last ones where there are enough."""
    known: dict[int, list[float]] = defaultdict(list)
    if services:
        ids = sa.select(
            sa.func.unnest(sa.literal(list(services), sa.ARRAY(sa.BigInteger))).label("id")
        ).subquery()
        last = (
            sa.select(
                sa.func.extract(
                    "epoch",
                    sa.func.coalesce(col(Appointment.fulfilled_at), col(QueueEntry.finished_at))
                    - col(QueueEntry.started_at),
                ).label("seconds")
            )
            .select_from(
                sa.outerjoin(QueueEntry, Appointment, col(Appointment.id) == col(QueueEntry.appointment_id))
            )
            .where(
                col(QueueEntry.service_id) == ids.c.id,
                col(QueueEntry.status) == _Q.DONE.value,
                col(QueueEntry.started_at).is_not(None),
            )
            .order_by(col(QueueEntry.finished_at).desc())
            .limit(LAST_VISITS)
            .lateral("last")
        )
        for service_id, seconds in session.execute(
            sa.select(ids.c.id, last.c.seconds).select_from(ids.join(last, sa.true()))
        ):
            known[service_id].append(float(seconds) / 60)
    return {
        key: waiting.expected_minutes(known[key], service.duration_minutes)
        for key, service in services.items()
    }
