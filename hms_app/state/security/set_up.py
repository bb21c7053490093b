"""The set-up page: one form, refused as a whole or done as a whole."""

from typing import Any

import reflex as rx

from hms_app import navigation
from hms_app.core.permissions import PUBLIC
from hms_app.domain.organization import queries
from hms_app.domain.security import service as security
from hms_app.domain.workflows.set_up_hospital import parse_set_up, set_up_hospital
from hms_app.state.base import ScreenState, handles, submits
from hms_app.state.replies import call, go


class SetUpState(ScreenState, rx.State):
    """Why the set-up was refused; what was typed stays in the browser's own fields."""

    @handles(PUBLIC, passive=True)
    async def load(self) -> Any:
        """Leave this page once the hospital is set up."""
        name, _logo = await self._run_as_visitor(queries.get_hospital_face) or ("", "")
        self.is_loading = False
        return go(navigation.SIGN_IN.route, replace=True) if name else None

    @submits(PUBLIC)
    async def submit(self, form: dict[str, Any]) -> Any:
        """Set the hospital up, then go to the sign-in; the demo patients are loaded meanwhile when asked for."""
        read = self._understood(lambda: parse_set_up(form))
        if read is None or not await self._run_as_visitor(security.count_setup_guess):
            return None
        request, password = read
        made = await self._run_as_visitor(set_up_hospital, request=request, password=password)
        there = "/sign-in?note=set-up"
        return call("(there) => window.location.replace(there)", there) if made is not None else None
