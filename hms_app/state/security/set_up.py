"""The set-up page: one form, refused as a whole or done as a whole."""

from typing import Any

import reflex as rx

from hms_app import navigation
from hms_app.core.errors import InvalidRequest
from hms_app.core.permissions import PUBLIC
from hms_app.domain.organization import queries
from hms_app.domain.security import service as security
from hms_app.domain.workflows.set_up_hospital import parse_set_up, set_up_hospital
from hms_app.state.base import ScreenState, handles
from hms_app.state.organization.settings import image_bytes
from hms_app.state.replies import call, go


class SetUpState(ScreenState, rx.State):
    """Why the set-up was refused; what was typed stays in the browser's own fields."""

    is_saving: bool = False

    @handles(PUBLIC, passive=True)
    async def load(self) -> Any:
        """Leave this page once the hospital is set up."""
        name, _logo = await self._run_as_visitor(queries.get_hospital_face) or ("", "")
        self.is_loading = False
        return go(navigation.SIGN_IN.route, replace=True) if name else None

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
        user_id = None
        if await self._run_as_visitor(security.count_setup_guess):
            user_id = await self._run_as_visitor(
                set_up_hospital, request=request, password=password, logo=image_bytes(form)
            )
        self.is_saving = False
        if user_id is None:
            return
        yield call("(there) => window.location.replace(there)", "/sign-in?note=set-up")
