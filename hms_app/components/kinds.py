"""The types the parts share: text that may be a literal or a state variable, tones, sizes."""

from typing import Any, Literal

import reflex as rx

Text = str | rx.Var[Any]
"""A literal or a state variable holding display text."""

Flag = bool | rx.Var[Any]
"""A literal or a state variable holding yes or no."""

Child = rx.Component | str | rx.Var[Any]
"""Anything that may stand between two tags."""

Problems = dict[str, str] | rx.Var[Any] | None
"""Error sentences keyed by field name, as a form's state holds them."""

Tone = Literal["neutral", "accent", "info", "success", "warning", "danger"]
"""What a colour means. Never the only carrier of that meaning."""


def given(value: Any) -> bool:
    """True when a part received something to show: a state variable, or a non-empty literal."""
    return isinstance(value, (rx.Var, rx.Component)) or bool(value)
