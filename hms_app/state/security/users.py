"""The list of users, and inviting somebody."""

from typing import Any, TypedDict

import reflex as rx
from pydantic import ValidationError
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.security import queries, service
from hms_app.domain.security.values import InviteRequest, RoleRow, UserRow, UserStatus
from hms_app.state.address import query_of
from hms_app.state.base import ScreenState, handles
from hms_app.state.security.addresses import go_to, invitation_link

ROUTE = navigation.USERS.route
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


class Choice(TypedDict):
    """An entry of a select."""

    value: str
    label: str


class UsersState(ScreenState, rx.State):
    """A page of users, the filters of its address, and the invitation dialog."""

    rows: list[ShownUser] = []
    count: str = ""
    text: str = ""
    status: str = ""
    next_page: str = ""
    previous_page: str = ""
    may_invite: bool = False
    role_choices: list[Choice] = []
    dialog: str = ""
    invited_name: str = ""
    invitation_link: str = ""
    invitation_expires: str = ""
    _at: str = ""

    @handles(Permission.SECURITY_USER_READ)
    async def load(self) -> None:
        """Read the page the address names."""
        query = query_of(self)
        self.text, self.status = query.get("q", "")[:100], query.get("status", "")
        if self.status not in set(UserStatus):
            self.status = ""
        self.dialog, self.invitation_link = "", ""
        self._at = query.get("page", "")
        await self._read(self._at)

    @handles(Permission.SECURITY_USER_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page; a dialog stays as it is."""
        self._show(await self._reread(_users, **self._asked(self._at)))

    @handles(Permission.SECURITY_USER_READ, supersedes=True)
    async def search(self, text: str) -> Any:
        """Filter by a part of the name or address."""
        return go_to(ROUTE, q=str(text).strip()[:100], status=self.status)

    @handles(Permission.SECURITY_USER_READ)
    async def filter_status(self, status: str) -> Any:
        """Filter by status; "" shows all."""
        return go_to(ROUTE, q=self.text, status=str(status))

    @handles(Permission.SECURITY_USER_READ)
    async def show_next(self) -> Any:
        """Go to the next page."""
        return go_to(ROUTE, q=self.text, status=self.status, page=self.next_page)

    @handles(Permission.SECURITY_USER_READ)
    async def show_previous(self) -> Any:
        """Go to the page before."""
        return go_to(ROUTE, q=self.text, status=self.status, page=self.previous_page)

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
            request = InviteRequest(
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
        self.dialog = "link"
        await self._read("")

    @handles(Permission.SECURITY_USER_READ)
    async def close_dialog(self) -> None:
        """Close the dialog and forget the link."""
        self.dialog, self.invitation_link, self.problem, self.problems = "", "", "", {}

    async def _read(self, bookmark: str) -> None:
        found = await self._run(_users, **self._asked(bookmark))
        self.is_loading = False
        self._show(found)

    def _asked(self, bookmark: str) -> dict[str, Any]:
        status = UserStatus(self.status) if self.status else None
        return {"text": self.text, "status": status, "bookmark": bookmark or None}

    def _show(self, found: tuple[Page[UserRow], bool] | None) -> None:
        if found is None:
            return
        page, self.may_invite = found
        self.rows = [shown(row) for row in page.rows]
        self.count = with_noun(page.count_label, "user")
        self.next_page, self.previous_page = page.next_bookmark or "", page.previous_bookmark or ""


FIELD_PROBLEMS = {
    "name": "Enter a name.",
    "email": "Enter an e-mail address such as ana.lima@example.org.",
    "role_id": "Choose a role.",
}


def problems_of(refusal: ValidationError) -> dict[str, str]:
    """A sentence for each field pydantic refused."""
    fields = {str(error["loc"][0]) for error in refusal.errors() if error["loc"]}
    return {field: FIELD_PROBLEMS.get(field, "This value is not possible.") for field in fields}


def shown(row: UserRow) -> ShownUser:
    """A row of the list, in words."""
    status = UserStatus(row["status"])
    return {
        "id": row["id"],
        "name": row["name"],
        "email": row["email"],
        "href": navigation.USER_DETAIL.address(user_id=row["id"]),
        "status": STATUS_WORDS[status],
        "tone": STATUS_TONES[status],
        "roles": row["roles"] or "No role",
        "last_seen": row["last_seen"] or "Never",
        "second_factor": "On" if row["has_second_factor"] else "Off",
    }


def _users(
    session: Session, actor: Actor, *, text: str, status: UserStatus | None, bookmark: str | None
) -> tuple[Page[UserRow], bool]:
    page = queries.list_users(session, actor, text=text, status=status, bookmark=bookmark)
    return page, actor.can(Permission.SECURITY_USER_INVITE)


def _roles_for_invitation(session: Session, actor: Actor) -> list[RoleRow]:
    if not (actor.can(Permission.SECURITY_ROLE_READ) and actor.can(Permission.SECURITY_ROLE_ASSIGN)):
        return []
    return queries.list_roles(session, actor)


def _invite(session: Session, actor: Actor, *, request: InviteRequest) -> tuple[str, str]:
    made = service.invite_user(session, actor, request=request)
    return made.token, actor.locale.moment(made.expires_at)
