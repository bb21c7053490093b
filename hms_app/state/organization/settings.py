"""The hospital's settings as a form."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import HospitalInput, HospitalRow
from hms_app.domain.organization.values.forms import HOSPITAL_FORM
from hms_app.state.base import handles, submits
from hms_app.state.organization.rows import hospital_texts
from hms_app.state.pictures import picture_of
from hms_app.state.replies import say
from hms_app.state.shell import ShellState
from hms_app.state.versions import VersionsState


class SettingsState(VersionsState, rx.State):
    """What the settings screen knows: the saved settings, and whether this person may change them."""

    may_edit: bool = False

    @handles(Permission.ORGANIZATION_SETTINGS_READ)
    async def load(self) -> None:
        """Read the settings."""
        found = await self._run(_read)
        self.is_loading = False
        if found is not None:
            self.may_edit, row = found
            self._show(row)

    @submits(Permission.ORGANIZATION_SETTINGS_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Save the settings, and the logo when another was chosen; when somebody saved first, show both versions."""
        row: HospitalRow | None = await self._save_form(
            _save,
            form=form,
            fields=HOSPITAL_FORM,
            request=HospitalInput,
            version=self._version,
            picture=picture_of(form, "logo"),
        )
        if row is None:
            return None
        self._show(row)
        return [say("The settings were saved."), ShellState.load_shell]

    @handles(Permission.ORGANIZATION_SETTINGS_EDIT)
    async def remove_logo(self) -> Any:
        """Use no logo."""
        row = await self._run(service.change_logo, picture=None)
        if row is None:
            return None
        self._show(row)
        return ShellState.load_shell

    def _show(self, row: HospitalRow) -> None:
        self.form, self.form_key = hospital_texts(row), self.form_key + 1
        self._begin_version(row.version, self.form)


def _read(session: Session, actor: Actor) -> tuple[bool, HospitalRow]:
    return actor.can(Permission.ORGANIZATION_SETTINGS_EDIT), queries.get_hospital(session, actor)


def _save(
    session: Session, actor: Actor, *, request: HospitalInput, version: int, picture: str | None
) -> HospitalRow:
    saved = service.change_settings(session, actor, version=version, request=request)
    return service.change_logo(session, actor, picture=picture) if picture else saved
