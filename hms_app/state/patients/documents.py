"""The documents of one patient: the list, one looked at, and one taken back."""

from typing import Any, Final, TypedDict

import reflex as rx

from hms_app import navigation
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_document, list_documents
from hms_app.domain.clinical.service import retract_document
from hms_app.domain.clinical.values import DocumentKind, DocumentRow
from hms_app.state.address import number_from, query_of, with_query
from hms_app.state.base import handles, submits
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.replies import go, say

KINDS: Final = tuple(kind.value for kind in DocumentKind)


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


class DocumentsState(RecordScreenState, rx.State):
    """The documents on screen, and the one that is looked at or taken back."""

    rows: list[DocumentItem] = []
    kind: str = ""
    has_more: bool = False
    is_fetching: bool = False
    shown: DocumentItem = NO_DOCUMENT
    retracting: DocumentItem = NO_DOCUMENT
    dialog_problem: str = ""
    _next: str = ""

    @handles(Permission.CLINICAL_DOCUMENT_READ)
    async def load(self) -> Any:
        """Show what the address asks for, from the newest document on; `open` in it looks at one."""
        wanted = query_of(self)
        self.kind = wanted.get("kind", "") if wanted.get("kind", "") in KINDS else ""
        patient_id = await self._begin()
        yield
        if patient_id:
            page: Page[DocumentRow] | None = await self._read(list_documents, patient_id, kind=self.kind)
            if page is not None:
                self._show(page)
                self.shown = next((row for row in self.rows if row["id"] == wanted.get("open")), NO_DOCUMENT)

    @handles(Permission.CLINICAL_DOCUMENT_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed among the newest documents; whoever went on to earlier ones keeps their place."""
        page: Page[DocumentRow] | None = None
        if len(self.rows) <= PAGE_SIZE:
            page = await self._read_again(list_documents, kind=self.kind)
        if page is not None:
            self._show(page)

    @handles(Permission.CLINICAL_DOCUMENT_READ)
    async def filter_kind(self, kind: str) -> Any:
        """Only documents of one kind; "" for all."""
        if not self.shown_for:
            return None
        path = navigation.PATIENT_DOCUMENTS.address(patient_id=self.shown_for)
        return go(with_query(path, kind=str(kind) if str(kind) in KINDS else ""))

    @handles(Permission.CLINICAL_DOCUMENT_READ)
    async def show_more(self) -> Any:
        """Add the documents before the oldest one shown."""
        if not (self.shown_for and self._next):
            return
        self.is_fetching = True
        yield
        page: Page[DocumentRow] | None = await self._run(
            list_documents, patient_id=int(self.shown_for), kind=self.kind, bookmark=self._next
        )
        self.is_fetching = False
        if page is not None:
            self.rows = [*self.rows, *(_item(row) for row in page.rows)]
            self._next = page.next_bookmark or ""
            self.has_more = bool(self._next)

    @handles(Permission.CLINICAL_DOCUMENT_READ)
    async def look(self, document_id: str) -> None:
        """Look at one document aside the list; "" closes it."""
        self.shown = await self._document(document_id)

    @handles(Permission.CLINICAL_DOCUMENT_EDIT)
    async def added(self) -> Any:
        """Show the list anew after a document was sent."""
        return [say("The document was added."), type(self).load]

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
        done: DocumentRow | None = await self._run(
            retract_document,
            document_id=int(asked["id"]),
            version=int(asked["version"]),
            reason=str(form.get("reason", "")),
        )
        refusal, self.problem = self.problem, ""
        self.dialog_problem = "" if refusal in self.problems.values() else refusal
        if done is None:
            return None
        self.retracting, self.shown = NO_DOCUMENT, NO_DOCUMENT
        self.rows = [_item(done) if row["id"] == asked["id"] else row for row in self.rows]
        return say(f"{done.title} is marked as entered in error.")

    async def _document(self, document_id: str) -> DocumentItem:
        if not document_id:
            return NO_DOCUMENT
        row: DocumentRow | None = await self._run(get_document, document_id=number_from(document_id))
        self.problem = ""
        belongs = row is not None and str(row.patient_id) == self.shown_for
        return _item(row) if row is not None and belongs else NO_DOCUMENT

    def _show(self, page: Page[DocumentRow]) -> None:
        self.rows, self._next = [_item(row) for row in page.rows], page.next_bookmark or ""
        self.has_more = bool(self._next)

    def _clear(self) -> None:
        self.rows, self._next, self.has_more, self.is_fetching = [], "", False, False
        self.shown = self.retracting = NO_DOCUMENT


def _item(row: DocumentRow) -> DocumentItem:
    href = f"/files/documents/{row.id}"
    return {
        "id": str(row.id),
        "version": str(row.version),
        "title": row.title,
        "kind": row.kind_label,
        "day": row.day,
        "note": row.note,
        "file_name": row.file_name,
        "file": row.file_words,
        "preview": row.preview,
        "recorded": row.recorded,
        "error": row.error_note,
        "is_error": row.is_error,
        "href": href,
        "shown_at": f"{href}?show=1",
    }
