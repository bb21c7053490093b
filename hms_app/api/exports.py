"""The audit trail to download, as somebody filtered it."""

import datetime as dt
from collections.abc import Iterator
from typing import IO

from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from hms_app.api.downloads import download
from hms_app.api.routing import caller, route
from hms_app.api.turns import LISTS
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.keys import key_of
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.text import is_plain
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import EntryFilters
from hms_app.domain.interop.service.spreadsheets import MEDIA_TYPES
from hms_app.domain.workflows.read_trail import export_trail


@route("/exports/audit.csv", Permission.AUDIT_ENTRY_EXPORT)
async def audit_trail(request: Request) -> Response:
    """The filtered audit trail as CSV; the download is itself in the trail before its first line is sent."""
    actor: Actor = request.state.actor
    filters = filters_of(request.query_params, actor.locale)

    def make(session: Session, file: IO[bytes]) -> str:
        actor = caller(session, request)
        audit.record_export(session, actor, filters=filters)
        file.writelines(line.encode() for line in _lines(session, actor, filters))
        return f"audit-trail-{clock.today(actor.locale.zone).isoformat()}.csv"

    return await download(request, make, turns=LISTS, media_type=MEDIA_TYPES["csv"])


def filters_of(query: QueryParams, locale: HospitalLocale) -> EntryFilters:
    """The audit screen's filters from its address; days are the hospital's, the last one included."""
    from_at, to_at = locale.day_bounds(_day(query.get("from")), _day(query.get("to")))
    return EntryFilters(
        actor_user_id=_number(query.get("user")),
        action=_word(query.get("action", "")),
        patient_id=_number(query.get("patient")),
        from_at=from_at,
        to_at=to_at,
    )


def _lines(session: Session, actor: Actor, filters: EntryFilters) -> Iterator[str]:
    """Page by page, each of which notes whose records it tells of."""
    yield audit.export_head()
    place: int | None = None
    while True:
        page = export_trail(session, actor, filters=filters, place=place)
        yield from page.lines
        place = page.place
        if place is None:
            return


def _word(text: str) -> str:
    if not is_plain(text):
        raise DomainError("A word in this address is damaged. Open the list again from the menu.")
    return text[:100]


def _number(text: str | None) -> int | None:
    if not text:
        return None
    key = key_of(text)
    if key is None:
        raise DomainError("A number in this address is damaged. Open the list again from the menu.")
    return key


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.max
    if day == dt.date.max:  # The last day of the calendar has no midnight at which it ends.
        raise DomainError("A date in this address is damaged. Open the list again from the menu.")
    return day
