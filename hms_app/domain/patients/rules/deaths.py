"""Whether somebody died, and when, as exactly as it is known."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from babel import dates

from hms_app.core.locale import HospitalLocale
from hms_app.domain.patients.values import DeathPrecision

DEATH_COLUMNS: Final = ("deceased_at", "deceased_is_day_only", "deceased_precision")


def is_deceased(patient: Mapping[str, Any]) -> bool:
    """Whether a patient died, whenever that was."""
    return patient["deceased_at"] is not None or patient["deceased_precision"] == DeathPrecision.UNKNOWN


def death_day(patient: Mapping[str, Any], locale: HospitalLocale) -> dt.date | None:
    """The day of death, or the first one of the month or year that is known; a day is the same in every zone."""
    died: dt.datetime | None = patient["deceased_at"]
    if died is None:
        return None
    return died.astimezone(dt.UTC).date() if patient["deceased_is_day_only"] else locale.local(died).date()


def death_words(patient: Mapping[str, Any], locale: HospitalLocale) -> str:
    """When somebody died: an instant, a day, "May 2019", "2019"; "" where that is not known, or nobody died."""
    day = death_day(patient, locale)
    if day is None:
        return ""
    if patient["deceased_precision"] == DeathPrecision.YEAR:
        return f"{day.year:04}"
    if patient["deceased_precision"] == DeathPrecision.MONTH:
        return str(dates.format_date(day, "MMM y", locale=locale.language))
    return locale.date(day) if patient["deceased_is_day_only"] else locale.moment(patient["deceased_at"])
