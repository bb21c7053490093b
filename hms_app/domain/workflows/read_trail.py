"""The audit trail for who may read it, each with what they may see of it: the rights of every screen hold here too."""

from collections.abc import Collection

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import queries, service
from hms_app.domain.audit.queries import KnownAmong
from hms_app.domain.audit.service.trail import ExportPage
from hms_app.domain.audit.values import EntryFilters, EntryRow
from hms_app.domain.patients.queries import known_among


@use_case(Permission.AUDIT_ENTRY_READ)
def list_trail(
    session: Session, actor: Actor, *, filters: EntryFilters, at: str | None = None
) -> Page[EntryRow]:
    """A page of the trail, newest first."""
    known = _known(session, actor)
    return queries.list_entries(session, actor, filters=filters, at=at, known=known)


@use_case(Permission.AUDIT_ENTRY_READ)
def open_trail_entry(session: Session, actor: Actor, *, entry_id: int) -> EntryRow:
    """One entry; a look at the record it is about. Raises NotFound."""
    return service.open_entry(session, actor, entry_id=entry_id, known=_known(session, actor))


@use_case(Permission.AUDIT_ENTRY_EXPORT)
def export_trail(
    session: Session, actor: Actor, *, filters: EntryFilters, place: int | None = None
) -> ExportPage:
    """The next lines of the filtered trail as CSV; looks at the records they tell of."""
    known = _known(session, actor)
    return service.export_page(session, actor, filters=filters, place=place, known=known)


def _known(session: Session, actor: Actor) -> KnownAmong:
    def known(named: Collection[int | str]) -> Collection[int | str]:
        return known_among(session, actor, named)

    return known
