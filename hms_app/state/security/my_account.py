"""One's own account: password, second factor, and the devices signed in."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN
from hms_app.domain.security import queries, service
from hms_app.domain.security.values import AccountRow, SessionRow
from hms_app.navigation import way_back
from hms_app.state.address import number_from, query_of
from hms_app.state.base import ScreenState, handles
from hms_app.state.replies import go, say
from hms_app.state.security.entrance import NOTES, sentence_of


class MyAccountState(ScreenState, rx.State):
    """The signed-in person's own facts; secrets stand here only while the dialog that shows them is open."""

    name: str = ""
    email: str = ""
    roles: str = ""
    password_changed: str = ""
    has_second_factor: bool = False
    codes_left: str = ""
    sessions: list[SessionRow] = []
    password_problem: str = ""
    note: str = ""
    dialog: str = ""
    qr: str = ""
    secret: str = ""
    codes: list[str] = []
    _way_back: str = ""
    """Where somebody was going who had to set up a second factor first."""

    @handles(SIGNED_IN)
    async def load(self) -> None:
        """Read the account and its sessions; `?problem=` and `?note=` tell how a password change went."""
        query = query_of(self)
        self.password_problem = sentence_of(query.get("problem", ""), query.get("wait", ""))
        self.note = NOTES.get(query.get("note", ""), "")
        self._way_back = way_back(query.get("next", ""))
        self._forget_secrets()
        self.dialog = ""
        await self._read()

    @handles(SIGNED_IN)
    async def begin_second_factor(self) -> None:
        """Make a secret and show its QR code."""
        enrolment = await self._run(service.begin_totp)
        if enrolment is not None:
            self.qr, self.secret, self.dialog = enrolment.qr_svg, enrolment.secret, "second-factor"

    @handles(SIGNED_IN)
    async def confirm_second_factor(self, form: dict[str, Any]) -> None:
        """Check the first code; then show the recovery codes, once."""
        codes = await self._run(service.confirm_totp, code=str(form.get("code", "")))
        if codes is not None:
            self._show_codes(list(codes))
            await self._read()

    @handles(SIGNED_IN)
    async def ask_removal(self) -> None:
        """Ask once before the second factor goes."""
        self.problem, self.dialog = "", "remove"

    @handles(SIGNED_IN)
    async def remove_second_factor(self, form: dict[str, Any]) -> Any:
        """Take the second factor away, with the password."""
        proof = await self._run(service.remove_totp, password=str(form.get("password", "")))
        if proof is None:
            return None
        if not proof.ok:
            self.problem, self.problems = proof.sentence, {"password": proof.sentence}
            return None
        self.dialog = ""
        await self._read()
        return say("Your second factor is removed.")

    @handles(SIGNED_IN)
    async def renew_codes(self) -> None:
        """Make new recovery codes; the old ones stop working."""
        codes = await self._run(service.regenerate_recovery_codes)
        if codes is not None:
            self._show_codes(list(codes))
            await self._read()

    @handles(SIGNED_IN)
    async def end_session(self, session_id: str) -> Any:
        """End one of one's own sign-ins."""
        if await self._done(service.revoke_own_session, session_id=number_from(session_id)):
            await self._read()
            return say("That device is signed out.")
        return None

    @handles(SIGNED_IN)
    async def close_dialog(self) -> Any:
        """Close what is open and forget the secrets it showed; whoever was sent here to enrol then goes on."""
        has_enrolled = bool(self.codes)
        self.dialog, self.problem, self.problems = "", "", {}
        self._forget_secrets()
        return go(self._way_back) if has_enrolled and self._way_back else None

    async def _done(self, use_case: Any, **arguments: Any) -> bool:
        def work(session: Session, actor: Actor) -> bool:
            use_case(session, actor, **arguments)
            return True

        return bool(await self._run(work))

    async def _read(self) -> None:
        found = await self._run(_account_and_sessions)
        self.is_loading = False
        if found is None:
            return
        account, sessions = found
        self.name, self.email = account.name, account.email
        self.roles = ", ".join(account.roles)
        self.password_changed = account.password_changed_at
        self.has_second_factor = account.has_second_factor
        self.codes_left = str(account.recovery_codes_left)
        self.sessions = list(sessions)

    def _show_codes(self, codes: list[str]) -> None:
        self._forget_secrets()
        self.codes, self.dialog = codes, "codes"

    def _forget_secrets(self) -> None:
        self.qr, self.secret, self.codes = "", "", []


def _account_and_sessions(session: Session, actor: Actor) -> tuple[AccountRow, list[SessionRow]]:
    return queries.get_own_account(session, actor), queries.list_own_sessions(session, actor)
