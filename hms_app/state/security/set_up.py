"""The set-up page: one form, refused as a whole or done as a whole."""

import asyncio
from typing import Any

import reflex as rx

from hms_app import navigation
from hms_app.core.errors import InvalidRequest
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import PUBLIC
from hms_app.domain.organization import queries
from hms_app.domain.workflows.load_demo import load_demo_for
from hms_app.domain.workflows.set_up_hospital import parse_set_up, set_up_hospital
from hms_app.state.base import ScreenState, explain_bug, handles
from hms_app.state.off_loop import off_loop

_running: set["asyncio.Task[None]"] = set()


class SetUpState(ScreenState, rx.State):
    """Why the set-up was refused; what was typed stays in the browser's own fields."""

    is_saving: bool = False

    @handles(PUBLIC, passive=True)
    async def load(self) -> Any:
        """Leave this page once the hospital is set up."""
        name, _logo = await self._run_as_visitor(queries.get_hospital_face) or ("", "")
        self.is_loading = False
        return rx.redirect(navigation.SIGN_IN.route, replace=True) if name else None

    @handles(PUBLIC)
    async def submit(self, form: dict[str, Any]) -> Any:
        """Set the hospital up, then go to the sign-in; the demo patients are loaded meanwhile when asked for."""
        self.is_saving = True
        yield
        try:
            request, password = parse_set_up(form)
        except InvalidRequest as refusal:
            self.is_saving, self.problem, self.problems = False, str(refusal), refusal.problems
            return
        user_id = await self._run_as_visitor(set_up_hospital, request=request, password=password)
        self.is_saving = False
        if user_id is None:
            return
        if form.get("wants_demo"):
            _in_background(user_id, request.locale)
        yield rx.call_script("window.location.replace('/sign-in?note=set-up')")


def _in_background(user_id: int, locale: HospitalLocale) -> None:
    """Load the demo without keeping the person waiting; how it ended is a notice behind their bell."""
    task = asyncio.create_task(_load_demo(user_id, locale))
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _load_demo(user_id: int, locale: HospitalLocale) -> None:
    try:
        await off_loop(lambda: load_demo_for(user_id, locale))
    except Exception as bug:
        explain_bug(bug)
