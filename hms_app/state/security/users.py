"""The list of users, and inviting somebody."""

from typing import Any, ClassVar, Final, TypedDict

import reflex as rx
from pydantic import ValidationError
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.security import queries, service
from hms_app.domain.security.values import InviteInput, RoleRow, UserRow, UserStatus
from hms_app.state.base import handles
from hms_app.state.lists.kinds import Filter, ListKind, one_of
from hms_app.state.lists.screen import ListScreen
from hms_app.state.security.addresses import invitation_link

OFFERED: Final = 8
"""How many users a search offers."""
STATUS_TONES = {UserStatus.ACTIVE: "success", UserStatus.INVITED: "info", UserStatus.DISABLED: "neutral"}
STATUS_WORDS = {UserStatus.ACTIVE: "Active", UserStatus.INVITED: "Invited", UserStatus.DISABLED: "Disabled"}


class ShownUser(TypedDict):
    """A user in the list."""

    id: str
    name: str
    email: str
    href: str
    status: str
    tone: str
    roles: str
    last_seen: str
    second_factor: str


class Found(TypedDict):
    """Somebody to choose."""

    value: str
    label: str
    detail: str


class Choice(TypedDict):
    """An entry of a select."""

    value: str
    label: str


def user_item(row: UserRow, actor: Actor) -> ShownUser:
    """A row of the list, in words."""
    return {
        "id": str(row.id),
        "name": row.name,
        "email": row.email,
        "href": navigation.USER_DETAIL.address(user_id=row.id),
        "status": STATUS_WORDS[row.status],
        "tone": STATUS_TONES[row.status],
        "roles": ", ".join(row.roles) or "No role",
        "last_seen": actor.locale.moment(row.last_seen_at) or "Never",
        "second_factor": "On" if row.has_second_factor else "Off",
    }


USERS: Final = ListKind(
    name="users",
    noun="user",
    read=Permission.SECURITY_USER_READ,
    export=Permission.SECURITY_USER_READ,
    find=queries.list_users,
    present=user_item,
    columns={
        "name": "Name",
        "email": "E-mail",
        "status": "Status",
        "roles": "Roles",
        "second_factor": "Second factor",
        "last_seen": "Last active",
    },
    filters=(Filter("status", "status", one_of(UserStatus)),),
    rights={"may_invite": Permission.SECURITY_USER_INVITE},
)


class UsersState(ListScreen, rx.State):
    """A page of users, and the invitation dialog."""

    listed: ClassVar = USERS
    rows: list[ShownUser] = []
    may_invite: bool = False
    role_choices: list[Choice] = []
    dialog: str = ""
    invited_name: str = ""
    invitation_link: str = ""
    invitation_expires: str = ""

    @handles(Permission.SECURITY_USER_READ)
    async def load(self) -> None:
        """Show what the address asks for; no dialog stays open."""
        self.dialog, self.invitation_link = "", ""
        await super().load()

    @handles(Permission.SECURITY_USER_INVITE)
    async def open_invitation(self) -> None:
        """Show the invitation form."""
        roles = await self._run(_roles_for_invitation)
        self.role_choices = [{"value": row["id"], "label": row["name"]} for row in roles or []]
        self.problem, self.problems, self.dialog = "", {}, "invite"

    @handles(Permission.SECURITY_USER_INVITE)
    async def invite(self, form: dict[str, Any]) -> None:
        """Invite a person, and show the link to give them, once."""
        try:
            request = InviteInput(
                name=str(form.get("name", "")),
                email=str(form.get("email", "")),
                role_id=key_of(form.get("role_id")),
            )
        except ValidationError as refusal:
            self.problem, self.problems = "Some fields need your attention.", problems_of(refusal)
            return
        made = await self._run(_invite, request=request)
        if made is None:
            return
        token, self.invitation_expires = made
        self.invited_name = request.name
        self.invitation_link = invitation_link(self, token)
        self.dialog, self._at = "link", ""
        await self._fill()

    @handles(Permission.SECURITY_USER_READ)
    async def close_dialog(self) -> None:
        """Close the dialog and forget the link."""
        self.dialog, self.invitation_link, self.problem, self.problems = "", "", "", {}


FIELD_PROBLEMS = {
    "name": "Enter a name.",
    "email": "Enter an e-mail address such as ana.lima@example.org.",
    "role_id": "Choose a role.",
}


def problems_of(refusal: ValidationError) -> dict[str, str]:
    """A sentence for each field pydantic refused."""
    fields = {str(error["loc"][0]) for error in refusal.errors() if error["loc"]}
    return {field: FIELD_PROBLEMS.get(field, "This value is not possible.") for field in fields}


def user_choices(page: Page[UserRow] | None) -> list[Found]:
    """The first users that were found, to choose from."""
    rows = page.rows[:OFFERED] if page else []
    return [{"value": str(row.id), "label": row.name, "detail": row.email} for row in rows]


def _roles_for_invitation(session: Session, actor: Actor) -> list[RoleRow]:
    if not (actor.can(Permission.SECURITY_ROLE_READ) and actor.can(Permission.SECURITY_ROLE_ASSIGN)):
        return []
    return queries.list_roles(session, actor)


def _invite(session: Session, actor: Actor, *, request: InviteInput) -> tuple[str, str]:
    made = service.invite_user(session, actor, request=request)
    return made.token, actor.locale.moment(made.expires_at)
