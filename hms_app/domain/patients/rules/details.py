"""Whether a row of a record counts on a day, and how periods and types of identifier are said."""

import datetime as dt

from hms_app.core.locale import HospitalLocale
from hms_app.domain.patients.values import IDENTIFIER_LABELS, DetailState


def detail_state(
    *, starts_on: dt.date | None, ended_on: dt.date | None, is_error: bool, today: dt.date
) -> DetailState:
    """Whether a row counts today; from `ended_on` on it does not."""
    if is_error:
        return DetailState.ENTERED_IN_ERROR
    if ended_on is not None and ended_on <= today:
        return DetailState.ENDED
    return DetailState.PLANNED if starts_on is not None and starts_on > today else DetailState.CURRENT


def period_words(starts_on: dt.date | None, ends_on: dt.date | None, locale: HospitalLocale) -> str:
    """A period as people say it, its last day included ("1 Jan 2024 to 31 Dec 2024"); `ends_on` is exclusive."""
    if ends_on is None:
        return f"since {locale.date(starts_on)}" if starts_on else ""
    last_day = locale.date(max(ends_on - dt.timedelta(days=1), starts_on or dt.date.min))
    return f"{locale.date(starts_on)} to {last_day}" if starts_on else f"until {last_day}"


def identifier_words(kind: str) -> str:
    """A type of identifier as screens say it, also one that a file brought."""
    words = kind.replace("-", " ").replace("_", " ")
    return IDENTIFIER_LABELS.get(kind, words[:1].upper() + words[1:])
