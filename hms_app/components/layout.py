"""The page's own furniture: header, stacks, the document's head, toasts, the lost-connection banner."""

from typing import Any

import reflex as rx

from hms_app.components.buttons import link
from hms_app.components.icons import icon as draw
from hms_app.components.kinds import Child, Text, given

STYLESHEETS = ["tokens.css", "kit.css", "day.css"]
"""For `rx.App(stylesheets=...)`, in this order."""


def document_head() -> list[rx.Component]:
    """For `rx.App(head_components=...)`: the theme before the first paint, the font, the kit's behaviour."""
    return [
        rx.el.script(src="/theme.js"),
        rx.el.script(src="/kit.js", defer=True),
        rx.el.script(src="/sealed.js", defer=True),
        rx.el.script(src="/typed.js", defer=True),
        rx.el.script(src="/session-end.js", defer=True),
        rx.el.link(
            rel="preload",
            href="/fonts/inter-latin.woff2",
            custom_attrs={"as": "font", "type": "font/woff2", "crossOrigin": "anonymous"},
        ),
        rx.el.link(rel="icon", href="/logo.svg", type="image/svg+xml"),
    ]


def toaster() -> rx.Component:
    """For `rx.App(toaster=...)`: messages at the foot of the window, in the application's look."""
    return rx.toast.provider(
        position="bottom-right",
        close_button=True,
        duration=5000,
        visible_toasts=3,
        toast_options=rx.toast.options(class_name="k-toast"),
    )


def page_header(
    title: Text,
    subtitle: Text = "",
    *,
    actions: Child | None = None,
    breadcrumbs: list[tuple[Text, Text]] | None = None,
) -> rx.Component:
    """The page's title, one sentence or count, and its primary action. `breadcrumbs` are (label, href) above it."""
    trail = (
        [
            rx.el.nav(
                rx.el.ol(
                    *[rx.el.li(link(text, href=href, class_name="k-crumb")) for text, href in breadcrumbs],
                    class_name="k-crumbs",
                ),
                aria_label="Breadcrumb",
            )
        ]
        if breadcrumbs
        else []
    )
    return rx.el.header(
        rx.el.div(
            *trail,
            rx.el.h1(title, class_name="k-page-title", tab_index=-1),
            rx.el.p(subtitle, class_name="k-page-subtitle") if given(subtitle) else rx.fragment(),
            class_name="min-w-0",
        ),
        rx.el.div(actions, class_name="k-page-actions") if actions is not None else rx.fragment(),
        class_name="k-page-header",
    )


def stack(*children: Child, **props: Any) -> rx.Component:
    """Groups one under the other, 24 px apart."""
    return rx.el.div(*children, class_name="k-groups", **props)


def row(*children: Child, **props: Any) -> rx.Component:
    """Things side by side that wrap when there is no room."""
    return rx.el.div(*children, class_name="k-row k-wrap", **props)


def grid(*children: Child, columns: int = 2) -> rx.Component:
    """Cards in two, three or four columns that fold to one on a phone."""
    layouts = {2: "k-grid k-grid-2", 3: "k-grid k-grid-3", 4: "k-grid k-grid-4"}
    return rx.el.div(*children, class_name=layouts[columns])


def columns(left: list[Child], right: list[Child]) -> rx.Component:
    """Two stacks of cards side by side, each as high as its own content; one under the other on a phone."""
    return rx.el.div(
        rx.el.div(*left, class_name="flex flex-col gap-4 min-w-0"),
        rx.el.div(*right, class_name="flex flex-col gap-4 min-w-0"),
        class_name="grid grid-cols-1 lg:grid-cols-2 gap-4 items-start",
    )


def narrow(*children: Child) -> rx.Component:
    """One column of at most 640 px: forms and prose."""
    return rx.el.div(*children, class_name="k-narrow")


def centered(*children: Child, title: Text = "", subtitle: Text = "", wide: bool = False) -> rx.Component:
    """A page without the frame: sign-in, set-up, errors. One card in the middle under the logo."""
    from hms_app.components.icons import logo

    head = (
        [
            rx.el.h1(title, class_name="k-centered-title", tab_index=-1),
            rx.el.p(subtitle, class_name="k-centered-subtitle") if given(subtitle) else rx.fragment(),
        ]
        if given(title)
        else []
    )
    return rx.el.main(
        rx.el.div(logo(size=36), rx.el.div(*head), class_name="k-centered-head"),
        rx.el.div(*children, class_name="k-centered-card"),
        class_name="k-centered k-centered-wide" if wide else "k-centered",
        id="content",
    )


def connection_overlay() -> rx.Component:
    """Replaces the framework's own notices: a banner while the connection to the hospital is lost."""
    from reflex_components_core.core.banner import connection_banner

    return connection_banner(
        rx.el.div(
            draw("wifi-off"),
            rx.el.div(
                rx.el.strong("Connection lost. "),
                "What is on screen may be old and nothing can be saved; what you type is kept. Trying again by itself.",
                class_name="k-grow",
            ),
            rx.el.button(
                "Reload", type="button", data_reload="", class_name="k-button k-button-secondary k-small"
            ),
            class_name="k-banner k-banner-float",
            data_tone="danger",
            data_connection_lost="",
            role="alert",
        )
    )
