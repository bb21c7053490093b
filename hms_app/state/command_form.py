"""A form whose command happens once: it carries a key from the browser, and sent again it gets the same answer."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from hms_app.state.base import ScreenState


class CommandForm(ScreenState, mixin=True):
    """A screen with such a form: `kit.command_key(S.command_key)` stands in it, and its input is a `CommandInput`.

    Opening the form makes the key. A refused form keeps its own and can be sent again; the next one has another.
    """

    command_key: str = ""

    def _begin_command(self) -> None:
        """Make a key, for a form that is opened."""
        self.command_key = str(uuid4())

    async def _submit_once(
        self, use_case: Callable[..., Any], /, *, form: Mapping[str, Any], **arguments: Any
    ) -> Any:
        """`_submit`, with another key for what is sent next once it was done."""
        result = await self._submit(use_case, form=form, **arguments)
        if result is not None:
            self._begin_command()
        return result
