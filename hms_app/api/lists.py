"""Lists to download: exactly what their screens show, all pages of it, as CSV or XLSX."""

from collections.abc import Iterator, Mapping
from typing import IO, Final

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hms_app.api.downloads import download
from hms_app.api.routing import Handler, caller, form_of, route
from hms_app.api.turns import LISTS
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.service.spreadsheets import MEDIA_TYPES, written
from hms_app.state.catalogue.items import CATALOGUE
from hms_app.state.interop.imports import IMPORTS
from hms_app.state.jobs.operations import JOBS
from hms_app.state.lists.kinds import SEARCH, ListKind
from hms_app.state.organization.departments import DEPARTMENTS
from hms_app.state.organization.payers import PAYERS
from hms_app.state.organization.practitioners import PRACTITIONERS
from hms_app.state.organization.rooms import ROOMS
from hms_app.state.patients.patient_list import PATIENTS
from hms_app.state.scheduling.appointments import APPOINTMENTS
from hms_app.state.scheduling.equipment import EQUIPMENT
from hms_app.state.scheduling.services import SERVICES
from hms_app.state.security.users import USERS

DOWNLOADED: Final = (
    *(DEPARTMENTS, ROOMS, PRACTITIONERS, PAYERS, CATALOGUE),
    *(USERS, JOBS, IMPORTS, PATIENTS, APPOINTMENTS, SERVICES, EQUIPMENT),
)
"""The lists that may be downloaded, each by who holds its `export`."""


def _downloads(kind: ListKind) -> Handler:
    async def listed(request: Request) -> Response:
        """A list as somebody filtered it; in the trail before its first line is sent."""
        form = await form_of(request)
        asked, file_type = kind.understood(form), form.get("kind", "")
        if file_type not in MEDIA_TYPES:
            raise DomainError("Choose CSV or XLSX.")

        def make(session: Session, file: IO[bytes]) -> str:
            actor = caller(session, request)
            _note(session, actor, kind, asked, file_type)
            rows = _rows(session, actor, kind, asked)
            file.writelines(written(rows, file_type, title=kind.name.capitalize()))
            return f"{kind.name}-{clock.today(actor.locale.zone).isoformat()}.{file_type}"

        return await download(request, make, turns=LISTS, media_type=MEDIA_TYPES[file_type])

    return listed


def _note(session: Session, actor: Actor, kind: ListKind, asked: Mapping[str, str], file_type: str) -> None:
    if kind.note_export is not None:
        kind.note_export(session, actor, file_type=file_type, **kind.wanted(actor, asked))
        return
    narrowed = {name: text for name, text in asked.items() if text and name != SEARCH}
    audit.record_list_export(session, actor, name=kind.name, narrowed=narrowed, file_type=file_type)


def _rows(session: Session, actor: Actor, kind: ListKind, asked: Mapping[str, str]) -> Iterator[list[str]]:
    """The headings, then page by page what the screen shows."""
    columns = kind.shown_columns(actor, asked)
    yield [kind.columns[name] for name in columns]
    place: str | None = ""
    while place is not None:
        page = kind.file_page(session, actor, asked, place)
        for row in page.rows:
            yield [str(row[name]) for name in columns]
        place = page.next_bookmark


for _kind in DOWNLOADED:
    if _kind.export is None:
        raise RuntimeError(f"Nobody may download the list of {_kind.name}.")
    route(_kind.download, _kind.export, methods=("POST",))(_downloads(_kind))
