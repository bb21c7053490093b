"""A form of a record that somebody else may have saved first: what it was, theirs and yours, and nothing lost."""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.records import rules
from hms_app.domain.records.errors import Conflict
from hms_app.domain.records.queries import last_change
from hms_app.domain.records.values import THEIRS, YOURS, FieldVersions, Form
from hms_app.state.base import ScreenState


class VersionRow(TypedDict):
    """A field on which two versions differ; `preferred` is the side that is taken unless somebody chooses."""

    id: str
    label: str
    was: str
    theirs: str
    yours: str
    preferred: str


class VersionsState(ScreenState, mixin=True):
    """One form, or one question, about a row; and both versions once somebody else saved the row first.

    Why a form was refused stands over it, in `refusal`: the screen around it goes on.

    A form then sends the side that was chosen for each field, under the field's own name. What was typed comes back
    as soon as there is nothing left to choose.
    """

    refusal: str = ""
    form: dict[str, str] = {}
    form_key: int = 0
    versions: list[VersionRow] = []
    others: str = ""
    """Who saved the row first, and when; empty unless somebody did."""
    gone: str = ""
    """Who marked the row as an error meanwhile, and when: it takes no more changes."""
    changed: str = ""
    """Who changed the row while this form stood open, and when; empty unless somebody did."""
    _version: int = 0
    _was: dict[str, str] = {}
    _theirs: dict[str, str] = {}
    _yours: dict[str, str] = {}

    def _begin_version(self, version: int, was: Mapping[str, str]) -> None:
        """Remember the row as it is when a form or a question opens on it."""
        self._forget_versions()
        self._version, self._was = version, dict(was)

    def _forget_versions(self) -> None:
        self.versions, self.others, self.gone, self.refusal, self.problems = [], "", "", "", {}
        self.changed = ""
        self._version, self._was, self._theirs, self._yours = 0, {}, {}, {}

    async def _note_change(self, table: str, row_id: int, version: int) -> None:
        """Say who changed the row that the form is about; the form itself stays as it is."""
        if self._version not in (0, version):
            self.changed = await self._reread(last_change, table=table, row_id=row_id) or self.changed

    async def _save_form(
        self, use_case: Callable[..., Any], /, *, form: Mapping[str, Any], fields: Form, **arguments: Any
    ) -> Any:
        """`_submit` for a form with these fields; None leaves both versions, or the reason, on screen."""
        meant = self._meant(form)
        if meant is None:
            return None
        done = await self._saved(use_case, fields, meant, form=meant, **arguments)
        if done is None and self.others:
            self._return_to_form(meant)
        return None if isinstance(done, Conflict) else done

    async def _change_row(
        self, use_case: Callable[..., Any], /, *, form: Mapping[str, Any], fields: Form, **arguments: Any
    ) -> Any:
        """The same for a question about the row, in which none of its fields is typed."""
        done = await self._saved(use_case, fields, self._was, form=form, **arguments)
        return None if isinstance(done, Conflict) else done

    async def _saved(
        self, use_case: Callable[..., Any], fields: Form, typed: Mapping[str, Any], /, **arguments: Any
    ) -> Any:
        done = await self._submit(_or_theirs(use_case), **arguments)
        if isinstance(done, Conflict):
            self._compare(done, fields, typed)
        return done

    async def _submit(
        self, use_case: Callable[..., Any], /, *, form: Mapping[str, Any], **arguments: Any
    ) -> Any:
        """As every screen does; the reason of a refusal stands over the form, not in the place of the screen."""
        done = await super()._submit(use_case, form=form, **arguments)
        self.refusal, self.problem = self.problem, ""
        return done

    def _meant(self, form: Mapping[str, Any]) -> dict[str, str] | None:
        """What was typed, or both versions as somebody chose; None while a field is still to be chosen."""
        typed = {name: str(value).strip() for name, value in form.items()}
        if not self.others:
            return typed
        chosen = {row["id"]: typed.get(row["id"], row["preferred"]) for row in self.versions}
        unsaid = {
            name: "Choose one of the two." for name, side in chosen.items() if side not in (THEIRS, YOURS)
        }
        if unsaid:
            self.refusal, self.problems = "Some fields are still to be chosen.", unsaid
            return None
        return rules.merged_versions(self._theirs, self._yours, chosen)

    def _compare(self, refusal: Conflict, fields: Form, typed: Mapping[str, str]) -> None:
        theirs = refusal.theirs
        if theirs is None:
            self.refusal = str(refusal)
            return
        if self._theirs:
            self._was = self._theirs
        self.changed = ""
        self._version, self._theirs, self._yours = theirs.version, dict(theirs.form.fields), dict(typed)
        if theirs.is_error:
            self._return_to_form(self._yours)
            self.gone = str(refusal)
            return
        found = rules.compare_versions(fields, self._was, self._theirs, self._yours)
        self.others, self.versions = str(refusal), [_version_row(field, fields) for field in found]

    def _return_to_form(self, meant: Mapping[str, str]) -> None:
        """Show what was typed or chosen as a form again, on top of the version that is saved now."""
        if self.others:
            self.form, self.form_key = {**self.form, **meant}, self.form_key + 1
        self._was, self.others, self.versions = self._theirs, "", []


def _or_theirs(use_case: Callable[..., Any]) -> Callable[..., Any]:
    """The use case with the refusal that carries the other version as an answer."""

    def ask(session: Session, actor: Actor, **arguments: Any) -> Any:
        try:
            return use_case(session, actor, **arguments)
        except Conflict as refusal:
            return refusal

    return ask


def _version_row(field: FieldVersions, fields: Form) -> VersionRow:
    return {
        "id": field.name,
        "label": fields[field.name].label,
        "was": field.was,
        "theirs": field.theirs,
        "yours": field.yours,
        "preferred": field.preferred,
    }
