"""The practitioners: a page of them, and the form in the drawer."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import Choice, PractitionerInput
from hms_app.domain.organization.values.forms import PRACTITIONER_FORM
from hms_app.state.base import handles
from hms_app.state.lists.entries import Entries, EntriesScreen
from hms_app.state.lists.kinds import CLOSED_TOO, Filter, ListKind
from hms_app.state.organization.department_choices import department_choices, named_in
from hms_app.state.organization.rows import PractitionerItem, practitioner_item

SHORTEST_SEARCH: Final = 2
PRACTITIONERS: Final = ListKind(
    name="practitioners",
    noun="practitioner",
    read=Permission.ORGANIZATION_PRACTITIONER_READ,
    export=Permission.ORGANIZATION_PRACTITIONER_READ,
    find=queries.list_practitioners,
    present=lambda row, _actor: practitioner_item(row),
    columns={
        "name": "Name",
        "specialty": "Specialty",
        "works_at": "Works at",
        "registration_number": "Registration no.",
        "status": "Status",
    },
    filters=(Filter("only", "works_here", {"here": True, "elsewhere": False}.get), CLOSED_TOO),
    rights={"may_edit": Permission.ORGANIZATION_PRACTITIONER_EDIT},
)


class PractitionersState(EntriesScreen, rx.State):
    """What the screen of practitioners knows."""

    rows: list[PractitionerItem] = []
    departments: list[Choice] = []
    users: list[Choice] = []
    listed: ClassVar = PRACTITIONERS
    entries: ClassVar = Entries(
        kind="practitioner",
        edit=Permission.ORGANIZATION_PRACTITIONER_EDIT,
        get=queries.get_practitioner,
        shown=practitioner_item,
        request=PractitionerInput,
        form=PRACTITIONER_FORM,
        add=service.add_practitioner,
        change=service.change_practitioner,
        close=service.close_practitioner,
        reopen=service.reopen_practitioner,
    )

    @handles(Permission.ORGANIZATION_PRACTITIONER_EDIT, supersedes=True)
    async def find_users(self, text: str) -> None:
        """Users to link, by name or e-mail."""
        text = str(text).strip()[:100]
        self.users = (
            await self._look_up(queries.user_choices, text=text) or [] if len(text) >= SHORTEST_SEARCH else []
        )

    async def _read_choices(self, form: Mapping[str, Any]) -> None:
        self.departments = await self._run(department_choices) or []
        linked = form.get("user_id")
        self.users = [Choice(value=linked, label=form["user_name"], detail="")] if linked else []

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        return named_in(self.departments, form, "department_id")
