"""The hospital's settings as a form."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidRequest
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import HospitalRequest, HospitalRow
from hms_app.state.address import number_from
from hms_app.state.base import ScreenState, handles
from hms_app.state.pictures import picture_of
from hms_app.state.shell import ShellState


class SettingsState(ScreenState, rx.State):
    """What the settings screen knows: the saved settings, and whether this person may change them."""

    form: dict[str, str] = {}
    form_key: int = 0
    may_edit: bool = False
    is_saving: bool = False

    @handles(Permission.ORGANIZATION_SETTINGS_READ)
    async def load(self) -> None:
        """Read the settings."""
        found = await self._run(_read)
        self.is_loading = False
        if found is not None:
            self.may_edit, row = found
            self._show(row)

    @handles(Permission.ORGANIZATION_SETTINGS_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Save the settings, and the logo when another was chosen; refusals stand beside their fields."""
        self.is_saving = True
        yield
        row = await self._saved(form)
        self.is_saving = False
        if row is not None:
            self._show(row)
            yield rx.toast.success("The settings were saved.")
            yield ShellState.load_shell

    @handles(Permission.ORGANIZATION_SETTINGS_EDIT)
    async def remove_logo(self) -> Any:
        """Use no logo."""
        row = await self._run(service.change_logo, picture=None)
        if row is None:
            return None
        self._show(row)
        return ShellState.load_shell

    async def _saved(self, form: dict[str, Any]) -> HospitalRow | None:
        try:
            request = HospitalRequest.from_form(form)
        except InvalidRequest as refusal:
            self.problem, self.problems = str(refusal), refusal.problems
            return None
        logo, version = picture_of(form, "logo"), number_from(self.form.get("version", ""))

        def work(session: Session, actor: Actor) -> HospitalRow:
            saved = service.change_settings(session, actor, version=version, request=request)
            return service.change_logo(session, actor, picture=logo) if logo else saved

        row: HospitalRow | None = await self._run(work)
        return row

    def _show(self, row: HospitalRow) -> None:
        self.form, self.form_key = {name: str(value) for name, value in row.items()}, self.form_key + 1


def _read(session: Session, actor: Actor) -> tuple[bool, HospitalRow]:
    return actor.can(Permission.ORGANIZATION_SETTINGS_EDIT), queries.get_hospital(session, actor)
