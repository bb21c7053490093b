"""One user: who they are, the roles they hold and when, and keeping them out."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx
from pydantic import ValidationError
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.audit.rules import NOT_SHOWN
from hms_app.domain.patients.queries import known_among
from hms_app.domain.security import queries, service
from hms_app.domain.security.values import (
    LinkInput,
    LinkOutcome,
    RoleHeldRow,
    RoleRow,
    SessionRow,
    UserDetail,
    UserEdit,
)
from hms_app.domain.workflows.link_sign_ins import link_sign_in, unlink_sign_in
from hms_app.state.address import number_from
from hms_app.state.base import ScreenState, handles
from hms_app.state.replies import say
from hms_app.state.security.addresses import invitation_link
from hms_app.state.security.users import STATUS_TONES, STATUS_WORDS, Choice, problems_of

RIGHTS = {
    "edit": Permission.SECURITY_USER_EDIT,
    "disable": Permission.SECURITY_USER_DISABLE,
    "assign": Permission.SECURITY_ROLE_ASSIGN,
    "revoke": Permission.SECURITY_SESSION_REVOKE,
    "invite": Permission.SECURITY_USER_INVITE,
    "link": Permission.SECURITY_USER_LINK,
}


@dataclass(frozen=True)
class Shown:
    """Everything this page reads at once; what the actor has no right to is empty."""

    user: UserDetail
    record: str
    """The number of the record it opens, or words for one that the actor may not know of; empty for none."""
    roles_to_give: list[RoleRow]
    sessions: list[SessionRow]
    rights: dict[str, bool]


class UserDetailState(ScreenState, rx.State):
    """The user the address names, and the dialog that is open."""

    user_key: str = ""
    version: str = ""
    name: str = ""
    email: str = ""
    record: str = ""
    status: str = ""
    status_words: str = ""
    tone: str = "neutral"
    created_at: str = ""
    last_seen: str = ""
    has_second_factor: bool = False
    roles: list[RoleHeldRow] = []
    role_choices: list[Choice] = []
    sessions: list[SessionRow] = []
    rights: dict[str, bool] = {}
    dialog: str = ""
    ending_id: str = ""
    ending_name: str = ""
    session_id: str = ""
    session_device: str = ""
    invitation_link: str = ""

    @handles(Permission.SECURITY_USER_READ)
    async def load(self) -> None:
        """Read the user whose id is in the address; nothing of the one before stays."""
        self.user_key, self.name, self.email = self._wanted(), "", ""
        self.roles, self.sessions = [], []
        self.dialog, self.invitation_link, self.is_loading = "", "", True
        await self._read()

    @handles(Permission.SECURITY_USER_READ)
    async def open_dialog(self, dialog: str) -> None:
        """Open one of this page's dialogs."""
        self.problem, self.problems, self.dialog = "", {}, str(dialog)

    @handles(Permission.SECURITY_USER_READ)
    async def close_dialog(self) -> None:
        """Close the dialog and forget the link it showed."""
        self.problem, self.problems, self.dialog, self.invitation_link = "", {}, "", ""

    @handles(Permission.SECURITY_USER_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Change the name and the address."""
        try:
            request = UserEdit(
                name=str(form.get("name", "")),
                email=str(form.get("email", "")),
                version=int(self.version or 0),
            )
        except ValidationError as refusal:
            self.problem, self.problems = "Some fields need your attention.", problems_of(refusal)
            return None
        return await self._change("Saved.", service.edit_user, request=request)

    @handles(Permission.SECURITY_USER_LINK)
    async def link(self, form: dict[str, Any]) -> Any:
        """Let the sign-in open the record whose number and date of birth were typed."""
        try:
            request = LinkInput.from_form(form)
        except InvalidInput as refusal:
            self.problem, self.problems = str(refusal), refusal.problems
            return None
        return await self._turn(link_sign_in, "The sign-in opens this record now.", request=request)

    @handles(Permission.SECURITY_USER_LINK)
    async def unlink(self) -> Any:
        """Let the sign-in open no record any more."""
        return await self._turn(unlink_sign_in, "The sign-in opens no record any more.")

    @handles(Permission.SECURITY_USER_DISABLE)
    async def disable(self, form: dict[str, Any]) -> Any:
        """Keep the user out, with a reason."""
        reason = str(form.get("reason", "")).strip()
        if not reason:
            self.problem, self.problems = "", {"reason": "Say why; the audit trail keeps it."}
            return None
        return await self._change(f"{self.name} is disabled.", service.disable_user, reason=reason)

    @handles(Permission.SECURITY_USER_DISABLE)
    async def enable(self) -> Any:
        """Let the user in again."""
        return await self._change(f"{self.name} is enabled.", service.enable_user)

    @handles(Permission.SECURITY_SESSION_REVOKE)
    async def end_sessions(self) -> Any:
        """Sign the user out on every device."""
        return await self._change(f"{self.name} is signed out everywhere.", service.revoke_sessions_of)

    @handles(Permission.SECURITY_SESSION_REVOKE)
    async def ask_session_end(self, session_id: str) -> None:
        """Ask once before one device is signed out."""
        wanted = next((row for row in self.sessions if row["id"] == str(session_id)), None)
        if wanted is not None:
            self.session_id = wanted["id"]
            self.session_device = ", ".join(filter(None, (wanted["device"], wanted["ip_address"])))
            self.problem, self.dialog = "", "session"

    @handles(Permission.SECURITY_SESSION_REVOKE)
    async def end_session(self) -> Any:
        """Sign the user out on the device that was asked about."""
        done = f"{self.name} is signed out on {self.session_device}."
        return await self._change(done, service.revoke_session_of, session_id=number_from(self.session_id))

    @handles(Permission.SECURITY_ROLE_ASSIGN)
    async def give_role(self, form: dict[str, Any]) -> Any:
        """Give a role, from a day to a day when they are given."""
        role_id = key_of(form.get("role_id"))
        days: dict[str, dt.date | None] = {}
        problems = {} if role_id else {"role_id": "Choose a role."}
        for name in ("starts_on", "ends_on"):
            try:
                days[name] = _day(form.get(name))
            except ValueError:
                problems[name] = "Enter a date."
        if problems:
            self.problem, self.problems = "", problems
            return None
        return await self._change("Role given.", service.assign_role, role_id=role_id, **days)

    @handles(Permission.SECURITY_ROLE_ASSIGN)
    async def ask_ending(self, role_held_id: str) -> None:
        """Ask once before a role is taken away."""
        held = next((row for row in self.roles if row["id"] == str(role_held_id)), None)
        if held is not None:
            self.ending_id, self.ending_name = held["id"], held["name"]
            self.problem, self.dialog = "", "end-role"

    @handles(Permission.SECURITY_ROLE_ASSIGN)
    async def end_role(self) -> Any:
        """Take the role away at once."""
        user_role_id = key_of(self.ending_id)
        done = await self._run(_end_role, user_role_id=user_role_id)
        return await self._after(bool(done), "Role taken away.")

    @handles(Permission.SECURITY_USER_INVITE)
    async def invite_again(self, form: dict[str, Any]) -> None:
        """Make a new link for somebody who lost the invitation, the password or the authenticator."""
        user_id = key_of(self.user_key)
        token = await self._run(_invite_again, user_id=user_id, forget=bool(form.get("forget")))
        if token is not None:
            self.invitation_link = invitation_link(self, token)
            self.dialog = "link"

    def _wanted(self) -> str:
        number = key_of(self.router.url.path.rstrip("/").rsplit("/", 1)[-1])
        return str(number or "")

    async def _change(self, done: str, use_case: Any, **arguments: Any) -> Any:
        user_id = key_of(self.user_key)
        changed = await self._run(_changed, use_case=use_case, user_id=user_id or 0, arguments=arguments)
        return await self._after(bool(changed), done)

    async def _turn(self, use_case: Any, done: str, **arguments: Any) -> Any:
        outcome: LinkOutcome | None = await self._run(
            use_case, user_id=number_from(self.user_key), version=int(self.version or 0), **arguments
        )
        if outcome is None:
            return None
        self.problem = outcome.sentence
        return await self._after(outcome.ok, done)

    async def _after(self, is_done: bool, sentence: str) -> Any:
        if not is_done:
            return None
        self.dialog = ""
        await self._read()
        return say(sentence)

    async def _read(self) -> None:
        found: Shown | None = await self._run(_shown, user_id=number_from(self.user_key))
        self.is_loading = False
        if found is None:
            return
        self._show(found.user)
        self.record = found.record
        self.role_choices = [{"value": row["id"], "label": row["name"]} for row in found.roles_to_give]
        self.sessions, self.rights = found.sessions, found.rights

    def _show(self, user: UserDetail) -> None:
        self.user_key, self.version = str(user.id), str(user.version)
        self.name, self.email = user.name, user.email
        self.status, self.status_words = user.status.value, STATUS_WORDS[user.status]
        self.tone = STATUS_TONES[user.status]
        self.created_at, self.last_seen = user.created_at, user.last_seen or "Never"
        self.has_second_factor, self.roles = user.has_second_factor, list(user.roles)


def _day(text: Any) -> dt.date | None:
    return dt.date.fromisoformat(str(text)) if text else None


def _shown(session: Session, actor: Actor, *, user_id: int) -> Shown:
    rights = {name: actor.can(permission) for name, permission in RIGHTS.items()}
    may_choose = rights["assign"] and actor.can(Permission.SECURITY_ROLE_READ)
    user = queries.get_user(session, actor, user_id=user_id)
    return Shown(
        user=user,
        record=_record_words(session, actor, user.patient_id),
        roles_to_give=queries.list_roles(session, actor) if may_choose else [],
        sessions=queries.list_sessions_of(session, actor, user_id=user_id) if rights["revoke"] else [],
        rights=rights,
    )


def _record_words(session: Session, actor: Actor, patient_id: int | None) -> str:
    if patient_id is None:
        return ""
    is_known = patient_id in known_among(session, actor, [patient_id])
    return f"Record {patient_id}" if is_known else f"A record, {NOT_SHOWN}"


def _changed(
    session: Session, actor: Actor, *, use_case: Callable[..., Any], user_id: int, arguments: dict[str, Any]
) -> bool:
    use_case(session, actor, user_id=user_id, **arguments)
    return True


def _end_role(session: Session, actor: Actor, *, user_role_id: int | None) -> bool:
    service.end_role(session, actor, user_role_id=user_role_id or 0)
    return True


def _invite_again(session: Session, actor: Actor, *, user_id: int | None, forget: bool) -> str:
    made = service.invite_again(session, actor, user_id=user_id or 0, forget_second_factor_too=forget)
    return made.token
