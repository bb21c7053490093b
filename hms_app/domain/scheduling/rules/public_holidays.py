"""The public holidays of a country, from an offline library."""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import holidays

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int, language: str) -> Mapping[dt.date, str]:
    """The holidays of a year by day, in a language where the library has it, else in English or the country's own.

    Nothing for a country that the library does not know.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR or country not in holidays.list_supported_countries():
        return {}
    spoken = holidays.country_holidays(country).supported_languages
    wanted = (language, f"{language[:2]}_US", language[:2], "en_US", "en")
    chosen = next((one for one in wanted if one in spoken), None)
    found = holidays.country_holidays(country, years=year, language=chosen)
    return {day: found[day] for day in sorted(found) if day.year == year}
