"""What a form carries whose command happens once."""

import reflex as rx

from hms_app.components.fields import Text, unseen_field


def command_key(key: Text) -> rx.Component:
    """The key of a form whose command happens once; kept with what was typed, so that it stays the same command."""
    return unseen_field("key", key, data_keep="")
