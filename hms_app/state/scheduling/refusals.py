"""What every screen shares that asks for a time: all that stands against it, what can be confirmed or overridden."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.scheduling.errors import BookingRefused
from hms_app.domain.scheduling.values.booking import OVERRIDABLE
from hms_app.state.base import ScreenState


class PlacingScreen(ScreenState, mixin=True):
    """A screen that books or moves: the sentences of the last refusal, one for each reason and conflict."""

    reasons: list[str] = []
    conflicts: list[str] = []
    may_override: bool = False
    """Whether this person may book what is taken, with a reason."""
    can_override: bool = False
    """Whether what stands against it is of that kind."""
    _confirms: str = ""

    async def _place(
        self, use_case: Callable[..., Any], /, *, form: Mapping[str, Any], **arguments: Any
    ) -> Any:
        """Run a use case that asks for a time, on what a form sent; None leaves what stands against it."""
        refused: list[BookingRefused] = []

        @wraps(use_case)
        def told(session: Session, actor: Actor, **given: Any) -> Any:
            try:
                return use_case(session, actor, **given)
            except BookingRefused as refusal:
                refused.append(refusal)
                raise

        confirmed = self._confirms if form.get("confirms") else ""
        self._forget_refusal()
        done = await self._submit(told, form={**form, "confirmed": confirmed}, **arguments)
        if done is None and refused:
            self._tell(refused[-1])
        return done

    def _tell(self, refusal: BookingRefused) -> None:
        self.reasons = [reason.sentence for reason in refusal.reasons]
        self.conflicts = [conflict.sentence for conflict in refusal.conflicts]
        self._confirms = ",".join(sorted({conflict.kind.value for conflict in refusal.conflicts}))
        is_of_kind = any(reason.kind in OVERRIDABLE for reason in refusal.reasons)
        self.can_override = self.may_override and is_of_kind
        self.problem = ""

    def _forget_refusal(self) -> None:
        self.reasons, self.conflicts, self._confirms, self.can_override = [], [], "", False
