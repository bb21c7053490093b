"""Downloads that are streamed while they are read."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlmodel import Session
from starlette.concurrency import iterate_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hms_app.api.routing import in_thread, route
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.db import transaction
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.text import is_plain
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import EntryFilters


@route("/exports/audit.csv", Permission.AUDIT_ENTRY_EXPORT)
async def audit_trail(request: Request) -> Response:
    """The filtered audit trail as CSV; the download is itself in the trail before its first line is sent."""
    actor: Actor = request.state.actor
    filters = filters_of(request.query_params, actor.locale.zone)

    def note(session: Session) -> None:
        audit.record_export(session, actor, filters=filters)

    await in_thread(note)
    name = f"audit-trail-{clock.today(actor.locale.zone).isoformat()}.csv"
    return StreamingResponse(
        iterate_in_threadpool(_lines(actor, filters)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def filters_of(query: QueryParams, zone: ZoneInfo) -> EntryFilters:
    """The audit screen's filters from its address; days are the hospital's, the last one included."""
    return EntryFilters(
        actor_user_id=_number(query.get("user")),
        action=_word(query.get("action", "")),
        patient_id=_number(query.get("patient")),
        subject_type=_word(query.get("subject_type", "")),
        subject_id=_number(query.get("subject")),
        from_at=_midnight(query.get("from"), zone, 0),
        to_at=_midnight(query.get("to"), zone, 1),
    )


def _lines(actor: Actor, filters: EntryFilters) -> Iterator[str]:
    with transaction() as session:
        yield from audit.export_entries(session, actor, filters=filters)


def _word(text: str) -> str:
    if not is_plain(text):
        raise DomainError("A word in this address is damaged. Open the list again from the menu.")
    return text[:100]


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise DomainError("A number in this address is damaged. Open the list again from the menu.")
    return int(text)


def _midnight(text: str | None, zone: ZoneInfo, days_later: int) -> dt.datetime | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
        return dt.datetime.combine(day + dt.timedelta(days=days_later), dt.time(), zone)
    except (ValueError, OverflowError):
        raise DomainError("A date in this address is damaged. Open the list again from the menu.") from None
