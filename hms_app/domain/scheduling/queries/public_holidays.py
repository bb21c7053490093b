"""The public holidays that can be added."""

import datetime as dt

from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.scheduling.rules.public_holidays import public_holidays
from hms_app.domain.scheduling.tables import AvailabilityException
from hms_app.domain.scheduling.values.schedules import PublicHoliday
from hms_app.domain.scheduling.values.words import ExceptionCause, ExceptionStatus


@use_case(Permission.SCHEDULING_SCHEDULE_READ)
def list_public_holidays(session: Session, actor: Actor, *, country: str, year: int) -> list[PublicHoliday]:
    """The public holidays of a country and year that are still ahead, and which of them were added already."""
    found = public_holidays(country, year, actor.locale.language)
    added = _holidays_added(session)
    today = actor.locale.today()
    return [PublicHoliday(day, name, day in added) for day, name in found.items() if day >= today]


def _holidays_added(session: Session) -> set[dt.date]:
    return set(
        session.exec(
            select(col(AvailabilityException.starts_on)).where(
                AvailabilityException.cause == ExceptionCause.PUBLIC_HOLIDAY.value,
                AvailabilityException.status != ExceptionStatus.WITHDRAWN.value,
            )
        )
    )
