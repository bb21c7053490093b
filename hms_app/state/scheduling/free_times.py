"""Free times as a slot picker shows them: a strip of days, columns of who is free on one of them, and the next one."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.scheduling.queries.availability import list_free_times, next_free
from hms_app.domain.scheduling.values.booking import FreeSlot, FreeTimes, SlotWish

DAYS: Final = 7
MOST_COLUMNS: Final = 6
_DAY: Final = dt.timedelta(days=1)


class SlotItem(TypedDict):
    """A free time: what a press on it takes, and what it says."""

    id: str
    day: str
    time: str
    practitioner_id: str
    room_id: str
    label: str
    detail: str


class DayItem(TypedDict):
    """A day in the strip, and how much of it is free."""

    day: str
    label: str
    free: str
    is_chosen: bool


class FreeColumnItem(TypedDict):
    """Who is free on the chosen day, and when."""

    id: str
    name: str
    slots: list[SlotItem]


NO_SLOT: Final = SlotItem(id="", day="", time="", practitioner_id="", room_id="", label="", detail="")


@dataclass(frozen=True)
class FreeFound:
    """What one reading found."""

    days: list[DayItem]
    columns: list[FreeColumnItem]
    next_free: SlotItem
    summary: str


def day_from(text: object) -> dt.date | None:
    """The day that the browser names; None for what is none, or has no week around it."""
    try:
        day = dt.date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if dt.date(1900, 1, 1) <= day <= dt.date(2200, 1, 1) else None


def read_free_times(session: Session, actor: Actor, *, wish: SlotWish, day: dt.date, time: str) -> FreeFound:
    """What is free in the week from a day on, and the next free time from then; nothing before a service is chosen."""
    locale, first = actor.locale, max(day, actor.locale.today())
    summary = f"{locale.weekday(day)} {day.year}, {time}" if time else ""
    if wish.service_id is None:
        return FreeFound([], [], NO_SLOT, summary)
    found = list_free_times(session, actor, wish=wish, first=first, last=first + (DAYS - 1) * _DAY)
    soonest = next_free(session, actor, wish=wish, after=locale.day_bounds(first)[0])
    return FreeFound(
        days=_days(found, first, day, locale),
        columns=_columns(found, day, locale),
        next_free=slot_item(soonest, locale) if soonest else NO_SLOT,
        summary=summary,
    )


def slot_item(slot: FreeSlot, locale: HospitalLocale) -> SlotItem:
    """A free time as the picker shows it."""
    local = locale.local(slot.starts_at)
    left = "" if slot.numbers_left is None else f"{slot.numbers_left} numbers left"
    where = ", ".join(text for text in (slot.practitioner, slot.room, left) if text)
    return SlotItem(
        id=f"{slot.practitioner_id}_{slot.room_id}_{local.isoformat()}",
        day=local.date().isoformat(),
        time=local.strftime("%H:%M"),
        practitioner_id=str(slot.practitioner_id or ""),
        room_id=str(slot.room_id or ""),
        label=f"{locale.weekday(local.date())}, {local:%H:%M}",
        detail=where,
    )


def _days(
    found: Sequence[FreeTimes], first: dt.date, chosen: dt.date, locale: HospitalLocale
) -> list[DayItem]:
    counts = Counter(locale.local(slot.starts_at).date() for one in found for slot in one.slots)
    return [
        DayItem(
            day=day.isoformat(),
            label=locale.weekday(day),
            free=f"{counts[day]} free" if counts[day] else "Full or closed",
            is_chosen=day == chosen,
        )
        for day in (first + number * _DAY for number in range(DAYS))
    ]


def _columns(found: Sequence[FreeTimes], day: dt.date, locale: HospitalLocale) -> list[FreeColumnItem]:
    """Who has something free on the day, those with most of it first."""
    todays = [
        FreeColumnItem(
            id=str(one.resource_id),
            name=one.name,
            slots=[
                slot_item(slot, locale) for slot in one.slots if locale.local(slot.starts_at).date() == day
            ],
        )
        for one in found
    ]
    return [column for column in todays if column["slots"]][:MOST_COLUMNS]
