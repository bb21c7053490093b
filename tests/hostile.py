"""Texts that have a meaning of their own to Reflex, as people or their imports may send them."""

from typing import Final

TAG: Final = "<reflex.Var>x</reflex.Var>"
"""Reflex's search for the end of this one never ends."""
TAGS: Final = (
    TAG,
    "<reflex.Var></reflex.Var>",
    "<reflex.Var>17</reflex.Var>",
    "<reflex.Var>-17</reflex.Var>",
    "<reflex.Var>\u00b2</reflex.Var>",
    "<reflex.Var>",
    "</reflex.Var>",
    "<REFLEX.VAR>x</REFLEX.VAR>",
    "<reflex.Var><reflex.Var>x</reflex.Var></reflex.Var>",
    "</reflex.Var><reflex.Var>x\n</reflex.Var>",
    f"{TAG} {TAG}",
    f'Ada "quoted" \\ \'`${{1}}` {TAG}',
)
