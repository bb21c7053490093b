"""Public holidays of a country and year: seen with their names, chosen, and added in one go."""

import datetime as dt
from typing import Any, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import known_countries
from hms_app.domain.scheduling.queries.public_holidays import list_public_holidays
from hms_app.domain.scheduling.service.exceptions import add_public_holidays
from hms_app.state.address import query_of, with_query
from hms_app.state.base import ScreenState, handles, submits
from hms_app.state.replies import say, show_address

EDIT = Permission.SCHEDULING_SCHEDULE_EDIT
TICK = "day_"


class HolidayItem(TypedDict):
    """A public holiday; `is_added` is "yes" or empty."""

    id: str
    day: str
    name: str
    is_added: str


class HolidaysState(ScreenState, rx.State):
    """What the screen of public holidays knows."""

    country: str = ""
    year: str = ""
    years: list[str] = []
    countries: list[dict[str, str]] = []
    holidays: list[HolidayItem] = []
    form_key: int = 0

    @handles(EDIT)
    async def load(self) -> None:
        """Show the holidays of the hospital's country and year, or of those that the address names."""
        query = query_of(self)
        self.country, self.year = query.get("country", ""), query.get("year", "")
        await self._show()

    @handles(EDIT, passive=True)
    async def refresh(self) -> None:
        """Show what was added meanwhile."""
        self._take(await self._reread(read_holidays, country=self.country, year=self.year))

    @handles(EDIT)
    async def choose_country(self, country: str) -> Any:
        """Look at another country's."""
        return await self._choose(str(country), self.year)

    @handles(EDIT)
    async def choose_year(self, year: str) -> Any:
        """Look at another year's."""
        return await self._choose(self.country, str(year))

    @submits(EDIT)
    async def add(self, form: dict[str, Any]) -> Any:
        """Close the hospital on the days that are ticked."""
        days = [day for name in form if name.startswith(TICK) and form[name] and (day := _day(name))]
        added = await self._run(
            add_public_holidays, country=self.country, year=key_of(self.year) or 0, days=days
        )
        if added is None:
            return None
        await self._show()
        return say(f"{added} {'holiday was' if added == 1 else 'holidays were'} added.")

    async def _choose(self, country: str, year: str) -> Any:
        self.country, self.year = country, year
        await self._show()
        path = self.router.url.path.rstrip("/")
        return show_address(with_query(path, country=self.country, year=self.year))

    async def _show(self) -> None:
        self._take(await self._run(read_holidays, country=self.country, year=self.year))
        self.form_key += 1

    def _take(self, found: tuple[str, int, int, list[HolidayItem]] | None) -> None:
        self.is_loading = False
        if found is None:
            return
        self.country, year, this_year, self.holidays = found
        self.year = str(year)
        self.years = [str(one) for one in range(this_year, this_year + 4)]
        self.countries = [{"value": code, "label": name} for code, name in known_countries().items()]


def read_holidays(
    session: Session, actor: Actor, *, country: str, year: str
) -> tuple[str, int, int, list[HolidayItem]]:
    """The country and year that are meant, this year, and the holidays that are still ahead in it."""
    country = country if country in known_countries() else actor.locale.country
    this_year = actor.locale.today().year
    asked = key_of(year) or this_year
    found = list_public_holidays(session, actor, country=country, year=asked)
    items: list[HolidayItem] = [
        {
            "id": one.day.isoformat(),
            "day": f"{actor.locale.weekday(one.day)} {one.day.year}",
            "name": one.name,
            "is_added": "yes" if one.is_added else "",
        }
        for one in found
    ]
    return country, asked, this_year, items


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(name.removeprefix(TICK))
    except ValueError:
        return None
