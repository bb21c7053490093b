"""The history of one patient: what is recorded of each kind, and the one form that adds and corrects."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_entry, list_history, recent_visits, search_terms
from hms_app.domain.clinical.service import (
    KINDS,
    correct_entry,
    end_entry,
    record_entry,
    retract_entry,
    state_no_known_allergies,
)
from hms_app.domain.clinical.values import (
    HISTORY,
    HISTORY_FORMS,
    SOCIAL_CODES,
    EndInput,
    HistoryEntry,
    HistoryKind,
    HistorySection,
    Term,
    TermKind,
)
from hms_app.state.address import number_from, query_of
from hms_app.state.base import handles, submits
from hms_app.state.clinical.history_rows import (
    NO_ENTRY,
    ChoiceItem,
    EntryItem,
    SectionItem,
    choice_item,
    entry_item,
    section_item,
)
from hms_app.state.clinical.visit_rows import visit_choice
from hms_app.state.patients.head import RecordFormState
from hms_app.state.replies import refuse, say

SEES: Final = Permission.CLINICAL_ALLERGY_READ
NEW: Final = "new"
TERMS: Final = {
    HistoryKind.ALLERGY: TermKind.ALLERGY,
    HistoryKind.CONDITION: TermKind.CONDITION,
    HistoryKind.MEDICATION: TermKind.MEDICATION,
    HistoryKind.IMMUNIZATION: TermKind.IMMUNIZATION,
    HistoryKind.FAMILY: TermKind.CONDITION,
}
EMPTY_FORM: Final = {
    "term": "",
    "term-text": "",
    "note": "",
    "visit": "",
    "kind": "allergy",
    "category": "",
    "criticality": "",
    "onset": "",
    "started": "",
    "given": "",
    "asked": "",
    "dosage": "",
    "reason": "",
    "allergy_warning": "",
    "allergy_reason": "",
    "lot_number": "",
    "relationship": "",
    "age_at_onset": "",
    "is_deceased": "",
    "question": "",
    "answer": "",
    **{f"reaction_{place}": "" for place in (1, 2, 3)},
    **{f"reaction_{place}-text": "" for place in (1, 2, 3)},
    **{f"severity_{place}": "" for place in (1, 2, 3)},
}


class HistoryState(RecordFormState, rx.State):
    """The sections on screen, the form in the drawer, and the entry that is ended or taken back."""

    sections: list[SectionItem] = []
    visits: list[ChoiceItem] = []
    """The visits that a new entry may belong to."""
    form_kind: str = ""
    """The kind of entry in the drawer; empty while it is shut."""
    form_entry: str = ""
    form_title: str = ""
    form: dict[str, str] = EMPTY_FORM
    warning: str = ""
    """The allergy that the medicine in the form meets; with it the form asks for a reason."""
    choices: list[ChoiceItem] = []
    answers: list[ChoiceItem] = []
    asked: EntryItem = NO_ENTRY
    act: str = ""
    """What is asked about `asked`: "end" or "retract"."""

    @handles(SEES)
    async def load(self) -> Any:
        """Show the history of the patient the address names; `add` in it opens the form of a kind."""
        wanted = query_of(self).get("add", "")
        patient_id = await self._begin()
        yield
        if patient_id and await self._fill(patient_id) and self._may_record(wanted):
            self._open(HistoryKind(wanted), NEW, {})

    @handles(SEES, passive=True)
    async def refresh(self) -> None:
        """Show what changed, but for what is open."""
        if self._show(await self._read_again(read_history)):
            await self._note_changed_entry()

    @handles(SEES)
    async def add(self, kind: str) -> None:
        """Open an empty form of a kind."""
        if _is_kind(kind):
            self._open(HistoryKind(kind), NEW, {})

    @handles(SEES)
    async def edit(self, kind: str, entry_id: str) -> Any:
        """Open the form on an entry as it is now, or an empty one for `NEW`."""
        if entry_id == NEW and _is_kind(kind):
            self._open(HistoryKind(kind), NEW, {})
            return None
        entry = await self._entry(kind, entry_id)
        if entry is None:
            return refuse(self._taken_problem())
        self._open(entry.kind, str(entry.id), entry.form, entry.version)
        return None

    @handles(SEES)
    async def close_form(self) -> None:
        """Shut the drawer; show what somebody else saved meanwhile."""
        self.form_kind, self.choices = "", []
        await self._refresh_stale()

    @handles(SEES, supersedes=True)
    async def search_term(self, text: str) -> None:
        """Offer what the hospital's records say of this kind already."""
        if _is_kind(self.form_kind) and HistoryKind(self.form_kind) in TERMS:
            await self._offer(TERMS[HistoryKind(self.form_kind)], text)

    @handles(SEES, supersedes=True)
    async def search_reaction(self, text: str) -> None:
        """Offer reactions that were recorded before."""
        await self._offer(TermKind.REACTION, text)

    @handles(SEES)
    async def choose_question(self, code: str) -> None:
        """Offer the usual answers to a question of the social history."""
        self._ask(str(code))
        self.form = {**self.form, "question": str(code), "answer": ""}

    @submits(SEES)
    async def save(self, form: dict[str, Any]) -> Any:
        """Record the new entry or correct the old one; a refusal stands beside its field."""
        if not (_is_kind(self.form_kind) and self.shown_for):
            return None
        kind = HistoryKind(self.form_kind)
        done = await self._recorded(kind, form)
        self.warning = self.problems.get("allergy_warning", self.warning)
        if self.gone:
            self.form_entry, self.form_title = NEW, _form_title(kind, NEW)
        if done is None:
            return None
        was_new = self.form_entry == NEW
        self.form_kind = ""
        self._forget_versions()
        await self._fill(int(self.shown_for))
        return say(f"{done.title} was {'recorded' if was_new else 'corrected'}.")

    @handles(SEES)
    async def ask(self, act: str, kind: str, entry_id: str) -> Any:
        """Ask when an entry ended ("end") or why it was an error ("retract"); "" asks no longer."""
        self.act, self.asked = "", NO_ENTRY
        if act not in ("end", "retract"):
            await self._refresh_stale()
            return None
        entry = await self._entry(kind, entry_id)
        if entry is None:
            return refuse(self._taken_problem())
        self._begin_version(entry.version, entry.form)
        self.act, self.asked = act, entry_item(entry)
        return None

    @submits(SEES)
    async def finish(self, form: dict[str, Any]) -> Any:
        """End the entry, or mark it as entered in error."""
        done = await self._finished(form) if self.asked["id"] else None
        if done is None:
            return None
        self.act, self.asked = "", NO_ENTRY
        self._forget_versions()
        await self._fill(int(self.shown_for))
        return say(f"{done.title}: {done.status_label.lower()}.")

    @handles(Permission.CLINICAL_ALLERGY_EDIT)
    async def state_none_known(self) -> Any:
        """Record that the patient knows of no allergy."""
        if not self.shown_for:
            return None
        done = await self._run(state_no_known_allergies, patient_id=int(self.shown_for))
        if done is None:
            return refuse(self._taken_problem())
        await self._fill(int(self.shown_for))
        return say("That no allergy is known was recorded.")

    def _may_record(self, kind: str) -> bool:
        return any(section["kind"] == kind and section["may_edit"] for section in self.sections)

    async def _fill(self, patient_id: int) -> bool:
        return self._show(await self._read(read_history, patient_id))

    def _show(self, found: tuple[list[HistorySection], list[ChoiceItem]] | None) -> bool:
        if found is not None:
            self.sections = [section_item(section) for section in found[0]]
            self.visits = found[1]
        return found is not None

    async def _note_changed_entry(self) -> None:
        """Say so when the entry in the drawer, or the one that is asked about, was changed."""
        kind, entry = self.form_kind or self.asked["kind"], self.asked["id"] or self.form_entry
        for section in self.sections:
            for item in [*section["entries"], *section["past"]]:
                if (item["kind"], item["id"]) == (kind, entry):
                    table = str(KINDS[HistoryKind(kind)].table.__tablename__)
                    await self._note_change(table, int(entry), int(item["version"]))

    async def _recorded(self, kind: HistoryKind, form: dict[str, Any]) -> HistoryEntry | None:
        use_case: Callable[..., Any] = record_entry
        target = {"patient_id": int(self.shown_for)}
        if self.form_entry != NEW:
            use_case, target = correct_entry, {"entry_id": int(self.form_entry), "version": self._version}
        done: HistoryEntry | None = await self._save_form(
            use_case,
            form=form,
            fields=HISTORY_FORMS[kind],
            request=KINDS[kind].request,
            kind=kind,
            **target,
        )
        return done

    async def _finished(self, form: dict[str, Any]) -> HistoryEntry | None:
        """The entry that was asked about, ended or marked as an error."""
        kind = HistoryKind(self.asked["kind"])
        use_case: Callable[..., Any] = retract_entry
        how: dict[str, Any] = {"reason": str(form.get("reason", ""))}
        if self.act == "end":
            use_case, how = end_entry, {"request": EndInput}
        which = {"kind": kind, "entry_id": int(self.asked["id"]), "version": self._version}
        done: HistoryEntry | None = await self._change_row(
            use_case, form=form, fields=HISTORY_FORMS[kind], **which, **how
        )
        return done

    async def _refresh_stale(self) -> None:
        """Show the history anew when somebody else changed what is on screen."""
        is_stale = bool(self.others or self.gone)
        self._forget_versions()
        if is_stale and self.shown_for:
            await self._fill(int(self.shown_for))

    def _return_to_form(self, meant: Mapping[str, str]) -> None:
        super()._return_to_form(meant)
        self._ask(self.form["question"])

    async def _entry(self, kind: str, entry_id: str) -> HistoryEntry | None:
        """An entry of this patient as it is now; None, and why, for one of another."""
        found: HistoryEntry | None = None
        if _is_kind(kind):
            found = await self._run(get_entry, kind=HistoryKind(kind), entry_id=number_from(entry_id))
        if found is not None and str(found.patient_id) == self.shown_for:
            return found
        self.problem = self.problem or str(NotFound("entry"))
        return None

    async def _offer(self, kind: TermKind, text: str) -> None:
        found: list[Term] | None = await self._look_up(search_terms, kind=kind, text=text[:200])
        self.choices = [choice_item(term) for term in found or []]

    def _open(self, kind: HistoryKind, entry: str, form: dict[str, str], version: int = 0) -> None:
        self._begin_version(version, form)
        self.choices = []
        self.form = EMPTY_FORM | form
        self.warning = self.form["allergy_warning"]
        self._ask(self.form["question"])
        self.form_title = _form_title(kind, entry)
        self.form_kind, self.form_entry, self.form_key = kind.value, entry, self.form_key + 1

    def _ask(self, code: str) -> None:
        question = SOCIAL_CODES.get(code)
        usual = question.answers if question else ()
        self.answers = [{"value": value, "label": label, "detail": ""} for value, label in usual]

    def _taken_problem(self) -> str:
        """The refusal, for a form or a toast: the record itself stays on screen."""
        problem, self.problem = self.problem, ""
        return problem

    def _clear(self) -> None:
        self.sections, self.visits = [], []
        self.form_kind, self.form_entry, self.form = "", "", EMPTY_FORM
        self.act, self.asked, self.choices = "", NO_ENTRY, []
        self._forget_versions()


def read_history(
    session: Session, actor: Actor, *, patient_id: int
) -> tuple[list[HistorySection], list[ChoiceItem]]:
    """The sections that this person may see, and the visits a new entry may belong to."""
    sections = list_history(session, actor, patient_id=patient_id)
    visits = recent_visits(session, actor, patient_id=patient_id)
    return sections, [visit_choice(visit, actor.locale) for visit in visits]


def _form_title(kind: HistoryKind, entry: str) -> str:
    return f"{'Record' if entry == NEW else 'Correct'} {HISTORY[kind].noun}"


def _is_kind(text: str) -> bool:
    return text in list(HistoryKind)
