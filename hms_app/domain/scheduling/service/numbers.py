"""Numbers: an appointment's own, and those of a session, given under the session's lock."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from hms_app.domain.scheduling.errors import SessionIsFull
from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.tables import Appointment, TokenSession
from hms_app.domain.scheduling.tables.appointments import NUMBER_SEQUENCE


def next_number(session: Session) -> str:
    """The number of the next appointment; one that was not used after all is not given again."""
    return str(session.execute(sa.select(NUMBER_SEQUENCE.next_value())).scalar_one())


def take_number(session: Session, opening: Opening, resource_id: int) -> tuple[int, int]:
    """The next number of a session, as the ids of the session and the number; raises SessionIsFull."""
    session.execute(
        insert(TokenSession)
        .values(
            schedule_id=opening.schedule_id,
            resource_id=resource_id,
            starts_at=opening.grid_from,
            ends_at=opening.span.end,
            capacity=opening.capacity,
        )
        .on_conflict_do_nothing()
    )
    held = session.exec(
        select(TokenSession)
        .where(TokenSession.schedule_id == opening.schedule_id, TokenSession.starts_at == opening.grid_from)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    _count(session, held, 1)
    held.last_number += 1
    session.flush()
    return held.key, held.last_number


def give_back(session: Session, appointment: Appointment) -> None:
    """Let somebody else have the place of an appointment in its session; its number is not given again."""
    if held := _held(session, appointment):
        _count(session, held, -1)


def take_back(session: Session, appointment: Appointment) -> None:
    """Give an appointment its place in its session again; raises SessionIsFull."""
    if held := _held(session, appointment):
        _count(session, held, 1)


def _held(session: Session, appointment: Appointment) -> TokenSession | None:
    if appointment.session_id is None:
        return None
    return session.exec(
        select(TokenSession)
        .where(col(TokenSession.id) == appointment.session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _count(session: Session, held: TokenSession, change: int) -> None:
    if held.taken + change > held.capacity:
        raise SessionIsFull(held.capacity)
    held.taken += change
    held.version += 1
    session.add(held)
    session.flush()
