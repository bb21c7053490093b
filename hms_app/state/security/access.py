""" "Why can't I?": choose a person and a screen or permission, and read why."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.domain.security import queries
from hms_app.domain.security.values import AccessExplanation, UserDetail
from hms_app.state.address import query_of
from hms_app.state.base import ScreenState, handles
from hms_app.state.security.addresses import go_to
from hms_app.state.security.users import Choice, Found, user_choices

ROUTE = navigation.ACCESS.route
SCREENS = {screen.route: screen for screen in navigation.SCREENS if screen.guard not in (PUBLIC, SIGNED_IN)}


class AccessState(ScreenState, rx.State):
    """The question in the address, and its answer."""

    user_key: str = ""
    user_name: str = ""
    thing: str = ""
    things: list[Choice] = []
    options: list[Found] = []
    has_answer: bool = False
    is_allowed: bool = False
    sentence: str = ""
    permission: str = ""
    permission_sentence: str = ""
    roles_giving: list[str] = []
    reasons: list[str] = []

    @handles(Permission.SECURITY_ACCESS_EXPLAIN)
    async def load(self) -> None:
        """Answer the question of the address, when it is complete."""
        query = query_of(self)
        self.user_key = str(key_of(query.get("user")) or "")
        self.thing = query.get("for", "")
        self.things = _things()
        self.has_answer, self.user_name, self.options = False, "", []
        wanted = permission_of(self.thing)
        if self.user_key:
            await self._answer(int(self.user_key), wanted)
        self.is_loading = False

    @handles(Permission.SECURITY_ACCESS_EXPLAIN, supersedes=True)
    async def find_users(self, text: str) -> None:
        """Search people for the first field."""
        wanted = str(text).strip()[:100]
        page = await self._run(queries.list_users, text=wanted) if wanted else None
        self.options = user_choices(page)

    @handles(Permission.SECURITY_ACCESS_EXPLAIN)
    async def ask(self, form: dict[str, Any]) -> Any:
        """Put the question into the address, which answers it."""
        user_id = key_of(form.get("user")) or key_of(self.user_key)
        thing = str(form.get("for", ""))
        self.problem, self.problems = "", {}
        if user_id is None:
            self.problems = {**self.problems, "user": "Choose a person from the list."}
        if permission_of(thing) is None:
            self.problems = {**self.problems, "for": "Choose a screen or an act."}
        return None if self.problems else go_to(ROUTE, user=str(user_id), **{"for": thing})

    async def _answer(self, user_id: int, permission: Permission | None) -> None:
        found = await self._run(_explained, user_id=user_id, permission=permission)
        if found is None:
            return
        self.user_name, explanation = found[0], found[1]
        if explanation is None:
            return
        self.has_answer, self.is_allowed = True, explanation.allowed
        self.sentence, self.permission = explanation.sentence, explanation.permission
        self.permission_sentence = explanation.permission_sentence
        self.roles_giving, self.reasons = explanation.roles_giving, explanation.reasons


def permission_of(thing: str) -> Permission | None:
    """The permission that a screen's route or a permission's name stands for."""
    screen = SCREENS.get(thing)
    if screen is not None:
        return Permission(screen.guard)
    return Permission(thing) if thing in set(Permission) else None


def _things() -> list[Choice]:
    screens: list[Choice] = [
        {"value": route, "label": f"Screen: {screen.title}"} for route, screen in SCREENS.items()
    ]
    acts: list[Choice] = [
        {"value": permission.value, "label": permission.sentence.rstrip(".")}
        for permission in sorted(Permission)
    ]
    return screens + acts


def _explained(
    session: Session, actor: Actor, *, user_id: int, permission: Permission | None
) -> tuple[str, AccessExplanation | None]:
    user: UserDetail = queries.get_user(session, actor, user_id=user_id)
    if permission is None:
        return user.name, None
    return user.name, queries.explain_access(session, actor, user_id=user_id, permission=permission)
