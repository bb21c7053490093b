"""Nobody but `state.replies` makes an event of a text, since Reflex reads such texts for tags of its own.

Behind the screens nothing may make one at all. A page is made once, when the server starts, of texts that stand in
the code: it may, but only of those.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

HOME: Final = Path(__file__).parents[2] / "hms_app"
REPLIES: Final = HOME / "state" / "replies.py"
BEHIND: Final = sorted({*(HOME / "state").rglob("*.py"), *(HOME / "api").rglob("*.py"), HOME / "hms_app.py"})
PAGES: Final = sorted({*(HOME / "pages").rglob("*.py"), *(HOME / "components").rglob("*.py")})

HARMLESS: Final = {"State", "App", "el", "event"}
"""What is used of `rx` behind the screens: the kinds of things, none of which reads a text."""
HARMLESS_IMPORTS: Final = {
    "Middleware",
    "BaseState",
    "StateUpdate",
    "Event",
    "EventSpec",
    "RegistrationContext",
    "EventContext",
    "EventNamespace",
    "State",
    "StateManagerMemory",
    "StateManagerRedis",
    "BaseStateToken",
    "FIELD_MARKER",
}
MAKERS: Final = {
    "toast",
    "redirect",
    "download",
    "call_script",
    "call_function",
    "run_script",
    "console_log",
    "window_alert",
    "set_value",
    "set_focus",
    "blur_focus",
    "scroll_to",
    "set_clipboard",
    "remove_cookie",
    "remove_local_storage",
    "remove_session_storage",
    "upload_files",
}
"""What of `rx` makes an event of its arguments."""


def made_behind_the_screens(code: str) -> Iterator[str]:
    """Each place in a handler's file where Reflex would be given a text to make an event of."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if module.startswith("reflex"):
                yield from (f"{module}.{name.name}" for name in names if name.name not in HARMLESS_IMPORTS)
            case ast.Import(names=names):
                yield from (n.name for n in names if n.name.startswith("reflex") and n.asname != "rx")
            case ast.Attribute(value=ast.Name(id="rx"), attr=attr) if attr not in HARMLESS:
                yield f"rx.{attr}"
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="rx")), attr=attr) if attr in MAKERS:
                yield ast.unparse(node)
            case ast.Attribute(attr="from_event_type" | "fix_events"):
                yield ast.unparse(node)
            case ast.Call(func=ast.Name(id="Event" | "EventSpec")):
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(value=owner)) if _is_given(node) and _is_state_class(owner):
                yield ast.unparse(node)


def made_of_other_texts(code: str) -> Iterator[str]:
    """Each place in a page's file where an event is made of a text that does not stand in the code."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or not _makes_event(node.func):
            continue
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not all(_stands_in_code(value) for value in values):
            yield ast.unparse(node)


def _makes_event(function: ast.expr) -> bool:
    parts = ast.unparse(function).split(".")
    return parts[0] == "rx" and bool(MAKERS & set(parts)) and parts[-1] not in {"provider", "options"}


def _stands_in_code(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id.isupper())


def _is_given(call: ast.Call) -> bool:
    return bool(call.args or call.keywords)


def _is_state_class(owner: ast.expr) -> bool:
    return ast.unparse(owner) == "type(self)" or (isinstance(owner, ast.Name) and owner.id.endswith("State"))


@pytest.mark.parametrize("path", BEHIND, ids=lambda path: str(path.relative_to(HOME)))
def test_behind_the_screens_only_the_replies_make_events(path: Path) -> None:
    made = list(made_behind_the_screens(path.read_text()))
    assert path == REPLIES or made == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(HOME)))
def test_a_page_makes_events_only_of_texts_that_stand_in_the_code(path: Path) -> None:
    assert list(made_of_other_texts(path.read_text())) == []


@pytest.mark.parametrize(
    "code",
    [
        "rx.toast.success(f'{name} was saved.')",
        "rx.redirect(path)",
        "rx.event.call_script(code)",
        "rx.Var.create(name)",
        "from reflex_base.vars import LiteralVar",
        "from reflex.event import redirect",
        "import reflex.event",
        "Event.from_event_type([spec])",
        "Event(name='_redirect', payload={})",
        "OtherState.open(name)",
        "type(self).open(name)",
    ],
)
def test_every_way_to_make_an_event_is_seen(code: str) -> None:
    assert list(made_behind_the_screens(code)) != []


@pytest.mark.parametrize("code", ["rx.toast.error(problem)", "rx.scroll_to(f'{part}')", "rx.redirect(path)"])
def test_a_text_from_elsewhere_is_seen_in_a_page(code: str) -> None:
    assert list(made_of_other_texts(code)) != []
