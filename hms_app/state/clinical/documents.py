"""The documents of one patient: the list, one looked at, and one taken back."""

from typing import Any, ClassVar, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_document, list_documents
from hms_app.domain.clinical.service import retract_document
from hms_app.domain.clinical.values import DOCUMENT_LABELS, DocumentKind, DocumentRow
from hms_app.domain.files.values import IMAGES, SHOWN_IN_PAGE, TYPE_OF
from hms_app.state.address import number_from, query_of
from hms_app.state.base import handles, submits
from hms_app.state.lists.kinds import Filter, ListKind, one_of
from hms_app.state.patients.record_list import GrowingRecordList
from hms_app.state.replies import say


class DocumentItem(TypedDict):
    """A document in the list and beside it."""

    id: str
    version: str
    title: str
    kind: str
    day: str
    note: str
    file_name: str
    file: str
    preview: str
    recorded: str
    error: str
    is_error: bool
    href: str
    shown_at: str


NO_DOCUMENT: Final[DocumentItem] = {
    "id": "",
    "version": "",
    "title": "",
    "kind": "",
    "day": "",
    "note": "",
    "file_name": "",
    "file": "",
    "preview": "",
    "recorded": "",
    "error": "",
    "is_error": False,
    "href": "",
    "shown_at": "",
}


def document_item(row: DocumentRow, actor: Actor) -> DocumentItem:
    """A document as texts; a preview is what a browser shows by itself."""
    locale, href, file_type = actor.locale, f"/files/documents/{row.id}", TYPE_OF[row.media_type]
    preview = "image" if file_type.kind in IMAGES else "pdf"
    said = ", ".join(filter(None, (row.error_by, locale.moment(row.error_at))))
    return {
        "id": str(row.id),
        "version": str(row.version),
        "title": row.title,
        "kind": DOCUMENT_LABELS[row.kind],
        "day": locale.date(row.written_on),
        "note": row.note,
        "file_name": row.file_name,
        "file": f"{file_type.words}, {size_words(row.size_bytes, locale)}",
        "preview": preview if file_type in SHOWN_IN_PAGE else "",
        "recorded": " · ".join(filter(None, (row.recorded_by, locale.moment(row.recorded_at)))),
        "error": f"{row.error_reason} ({said})" if row.error_at else "",
        "is_error": row.is_error,
        "href": href,
        "shown_at": f"{href}?show=1",
    }


def size_words(size_bytes: int, locale: HospitalLocale) -> str:
    """A size as people read it: "312 kB", "1.4 MB"."""
    if size_bytes < 1_000_000:
        return f"{locale.number(max(1, round(size_bytes / 1000)))} kB"
    return f"{locale.number(round(size_bytes / 1_000_000, 1))} MB"


DOCUMENTS: Final = ListKind(
    name="documents",
    noun="document",
    read=Permission.CLINICAL_DOCUMENT_READ,
    find=list_documents,
    present=document_item,
    columns={"title": "Document", "kind": "Kind", "day": "Dated", "file": "File", "recorded": "Added"},
    filters=(Filter("kind", "kind", one_of(DocumentKind)),),
    search="",
)


class DocumentsState(GrowingRecordList, rx.State):
    """The documents on screen, and the one that is looked at or taken back."""

    listed: ClassVar = DOCUMENTS
    rows: list[DocumentItem] = []
    shown: DocumentItem = NO_DOCUMENT
    retracting: DocumentItem = NO_DOCUMENT
    dialog_problem: str = ""

    @handles(Permission.CLINICAL_DOCUMENT_READ)
    async def load(self) -> Any:
        """Show what the address asks for, from the newest document on; `open` in it looks at one."""
        async for step in super().load():
            yield step
        wanted = query_of(self).get("open", "")
        self.shown = next((row for row in self.rows if row["id"] == wanted), NO_DOCUMENT)

    @handles(Permission.CLINICAL_DOCUMENT_READ)
    async def look(self, document_id: str) -> None:
        """Look at one document aside the list; "" closes it."""
        self.shown = await self._document(document_id)

    @handles(Permission.CLINICAL_DOCUMENT_EDIT)
    async def added(self) -> Any:
        """Show the list anew after a document was sent."""
        await self._fill()
        return say("The document was added.")

    @handles(Permission.CLINICAL_DOCUMENT_EDIT)
    async def ask_retract(self, document_id: str) -> None:
        """Ask why a document was entered in error; "" asks no longer."""
        self.dialog_problem, self.problems, self.shown = "", {}, NO_DOCUMENT
        self.retracting = await self._document(document_id)

    @submits(Permission.CLINICAL_DOCUMENT_EDIT)
    async def retract(self, form: dict[str, Any]) -> Any:
        """Mark the document as entered in error."""
        asked = self.retracting
        if not asked["id"]:
            return None
        done: DocumentItem | None = await self._run(
            _retracted,
            document_id=int(asked["id"]),
            version=int(asked["version"]),
            reason=str(form.get("reason", "")),
        )
        refusal, self.problem = self.problem, ""
        self.dialog_problem = "" if refusal in self.problems.values() else refusal
        if done is None:
            return None
        self.retracting, self.shown = NO_DOCUMENT, NO_DOCUMENT
        self.rows = [done if row["id"] == asked["id"] else row for row in self.rows]
        return say(f"{done['title']} is marked as entered in error.")

    async def _document(self, document_id: str) -> DocumentItem:
        if not document_id:
            return NO_DOCUMENT
        found = await self._run(_document, document_id=number_from(document_id))
        self.problem = ""
        return found[1] if found is not None and found[0] == self.shown_for else NO_DOCUMENT

    def _clear(self) -> None:
        super()._clear()
        self.shown = self.retracting = NO_DOCUMENT


def _document(session: Session, actor: Actor, *, document_id: int) -> tuple[str, DocumentItem]:
    row = get_document(session, actor, document_id=document_id)
    return str(row.patient_id), document_item(row, actor)


def _retracted(session: Session, actor: Actor, **asked: Any) -> DocumentItem:
    return document_item(retract_document(session, actor, **asked), actor)
