"""Parts that show: badges, cards, figures, banners, empty and loading places."""

from typing import Any, Literal

import reflex as rx

from hms_app.components.buttons import icon_button, link
from hms_app.components.icons import icon as draw
from hms_app.components.icons import tone_icon
from hms_app.components.kinds import Child, Text, given

_NOTHING = rx.fragment


def badge(label: Text, tone: Text = "neutral", *, icon: str = "", plain: bool = False) -> rx.Component:
    """A status: a word, an icon and a tint. `plain` drops the icon, for counts and tags that are no status."""
    drawing = [] if plain else [draw(icon, size=14) if icon else tone_icon(tone)]
    return rx.el.span(*drawing, rx.el.span(label), class_name="k-badge", data_tone=tone)


def card(
    *children: Child,
    title: Text = "",
    subtitle: Text = "",
    actions: Child | None = None,
    footer: Child | None = None,
    flush: bool = False,
    **props: Any,
) -> rx.Component:
    """A surface with an optional head. `flush` lets a table or list touch the edges."""
    parts: list[Any] = []
    if given(title):
        parts.append(
            rx.el.header(
                rx.el.div(
                    rx.el.h2(title, class_name="k-card-title"),
                    rx.el.p(subtitle, class_name="k-card-subtitle") if given(subtitle) else _NOTHING(),
                    class_name="min-w-0",
                ),
                rx.el.div(actions, class_name="k-row") if actions is not None else _NOTHING(),
                class_name="k-card-head",
            )
        )
    parts.append(rx.el.div(*children, class_name="k-card-body k-flush" if flush else "k-card-body"))
    if footer is not None:
        parts.append(rx.el.footer(footer, class_name="k-card-foot"))
    return rx.el.section(*parts, class_name="k-card", **props)


def kpi_card(
    label: Text,
    value: Text,
    *,
    unit: Text = "",
    change: Text = "",
    change_tone: Text = "neutral",
    hint: Text = "",
    href: Text = "",
    chart: rx.Component | None = None,
) -> rx.Component:
    """One figure: what it counts, the number, how it changed, and an optional small chart."""
    name = link(label, href=href, class_name="k-kpi-link") if given(href) else rx.el.span(label)
    return rx.el.section(
        rx.el.div(name, class_name="k-kpi-label"),
        rx.el.div(
            rx.el.span(value, class_name="k-kpi-value"),
            rx.el.span(unit, class_name="k-kpi-unit") if given(unit) else _NOTHING(),
            class_name="k-kpi-figure",
        ),
        rx.el.div(
            rx.el.span(change, class_name="k-kpi-change", data_tone=change_tone)
            if given(change)
            else _NOTHING(),
            rx.el.span(hint, class_name="k-hint") if given(hint) else _NOTHING(),
            class_name="k-kpi-foot",
        ),
        chart if chart is not None else _NOTHING(),
        class_name="k-card k-kpi",
    )


def avatar(initials: Text, *, size: Literal["small", "medium", "large"] = "medium") -> rx.Component:
    """A person's initials in a circle; decorative, the name stands beside it."""
    sizes = {"small": "k-avatar k-small", "medium": "k-avatar", "large": "k-avatar k-large"}
    return rx.el.span(initials, class_name=sizes[size], aria_hidden="true")


def callout(
    *children: Child, tone: Text = "info", title: Text = "", action: Child | None = None
) -> rx.Component:
    """A short message within a page: what is so, and what to do."""
    return rx.el.div(
        tone_icon(tone, size=18),
        rx.el.div(
            rx.el.p(title, class_name="k-callout-title") if given(title) else _NOTHING(),
            *[rx.el.div(child) for child in children],
            class_name="k-grow min-w-0",
        ),
        action if action is not None else _NOTHING(),
        class_name="k-callout",
        data_tone=tone,
    )


def banner(
    text: Child,
    *,
    tone: Literal["info", "warning", "danger", "demo"] = "warning",
    action: Child | None = None,
    **props: Any,
) -> rx.Component:
    """A strip over the page that cannot be mistaken for content: demo mode, break-glass, lost connection."""
    icons = {"info": "info", "warning": "triangle-alert", "danger": "octagon-alert", "demo": "flask-conical"}
    names = {"info": "Notice", "warning": "Warning", "danger": "Alert", "demo": "Demo hospital"}
    props.setdefault("role", "region")
    props.setdefault("aria_label", names[tone])
    return rx.el.div(
        draw(icons[tone]),
        rx.el.div(text, class_name="k-grow"),
        action if action is not None else _NOTHING(),
        class_name="k-banner",
        data_tone=tone,
        **props,
    )


def empty_state(
    title: Text, text: Text = "", *, icon: str = "inbox", action: Child | None = None, compact: bool = False
) -> rx.Component:
    """Nothing here: says why and offers the next step."""
    return rx.el.div(
        rx.el.span(draw(icon, size=22), class_name="k-empty-icon"),
        rx.el.p(title, class_name="k-empty-title"),
        rx.el.p(text, class_name="k-empty-text") if given(text) else _NOTHING(),
        rx.el.div(action, class_name="k-empty-action") if action is not None else _NOTHING(),
        class_name="k-empty k-compact" if compact else "k-empty",
    )


def error_state(
    problem: Text,
    *,
    on_retry: Any = None,
    title: Text = "This could not be loaded",
    way_out: Child | None = None,
) -> rx.Component:
    """What failed, a button to try again, and the `way_out`: a link to where work goes on."""
    retry = [
        rx.el.button(
            draw("rotate-cw"),
            rx.el.span("Try again"),
            type="button",
            on_click=on_retry,
            class_name="k-button k-button-secondary",
        )
    ]
    return rx.el.div(
        rx.el.span(draw("cloud-off", size=22), class_name="k-empty-icon", data_tone="danger"),
        rx.el.p(title, class_name="k-empty-title"),
        rx.el.p(problem, class_name="k-empty-text"),
        rx.el.div(
            *(retry if on_retry is not None else []),
            *([way_out] if way_out is not None else []),
            class_name="k-empty-action",
        ),
        class_name="k-empty",
        role="alert",
    )


def skeleton(
    kind: Literal["line", "title", "block", "circle"] = "line", *, width: str = "", height: str = ""
) -> rx.Component:
    """A grey stand-in of the right shape while something loads."""
    kinds = {
        "line": "k-skeleton",
        "title": "k-skeleton k-skeleton-title",
        "block": "k-skeleton k-skeleton-block",
        "circle": "k-skeleton k-skeleton-circle",
    }
    style = {key: value for key, value in (("width", width), ("height", height)) if value}
    return rx.el.span(class_name=kinds[kind], style=style, aria_hidden="true")


def skeleton_lines(count: int = 3) -> rx.Component:
    """A few lines of text that are still to come."""
    widths = ["100%", "92%", "68%", "84%", "54%"]
    lines = [skeleton(width=widths[place % len(widths)]) for place in range(count)]
    return rx.el.div(
        *lines, class_name="k-stack-small", aria_busy="true", aria_label="Loading", role="status"
    )


def skeleton_card(lines: int = 3) -> rx.Component:
    """A card that is still to come."""
    return rx.el.div(skeleton("title"), skeleton_lines(lines), class_name="k-card k-card-body k-stack-small")


def progress_bar(
    value: Text | int | float, *, label: str, maximum: int = 100, tone: Text = "accent"
) -> rx.Component:
    """How far a long work has come; `value` out of `maximum`."""
    return rx.el.progress(
        value=value, max=str(maximum), aria_label=label, class_name="k-progress", data_tone=tone
    )


def work_status(label: Text, tone: Text, *, is_busy: Any, percent: Any, name: Any) -> rx.Component:
    """How a piece of work in a list stands: its status and, while it runs, how far it has come."""
    return rx.el.div(
        badge(label, tone),
        rx.cond(is_busy, progress_bar(percent, label=f"Progress of {name}"), _NOTHING()),
        class_name="flex flex-col gap-1 items-start",
    )


def steps(rows: rx.Var[Any], *, label: str) -> rx.Component:
    """The way of a long work: rows with `id`, `title` and `state` ("done", "current" or "todo")."""

    def _step(row: Any) -> rx.Component:
        return rx.el.li(
            rx.cond(row["state"] == "done", draw("circle-check", size=18), draw("circle", size=18)),
            rx.el.span(row["title"]),
            rx.cond(row["state"] == "done", rx.el.span(", done", class_name="sr-only"), _NOTHING()),
            key=row["id"],
            class_name="k-step",
            data_state=row["state"],
            aria_current=rx.cond(row["state"] == "current", "step", "false"),
        )

    return rx.el.ol(rx.foreach(rows, _step), aria_label=label, class_name="k-steps")


def kbd(*keys: str) -> rx.Component:
    """Keys to press: kbd("Ctrl", "K")."""
    return rx.el.span(*[rx.el.kbd(key, class_name="k-kbd") for key in keys], class_name="k-keys")


def secret_box(value: Text, *, label: str = "Copy") -> rx.Component:
    """A code shown once (set-up code, recovery codes), with a button to copy it."""
    return rx.el.div(
        rx.el.code(value, class_name="k-grow", data_copy_source=""),
        icon_button(label, "copy", size="small", data_copy=""),
        class_name="k-secret",
    )


def description_list(*pairs: tuple[Child, Child], columns: Literal[1, 2, 3] = 1) -> rx.Component:
    """Names and values of a record: ("Phone", row["phone"])."""
    layouts = {
        1: "k-facts",
        2: "k-facts k-facts-2",
        3: "k-facts k-facts-3",
    }
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(name), rx.el.dd(value if not isinstance(value, str) or value else "Not recorded")
            )
            for name, value in pairs
        ],
        class_name=layouts[columns],
    )


def link_tabs(*tabs: tuple[Text, Text, Any], label: str = "Sections") -> rx.Component:
    """Tabs that are links: (label, href with its query, is this the current one). Linkable and walked back."""
    return rx.el.nav(
        *[
            link(
                text,
                href=href,
                class_name="k-tab",
                aria_current=rx.cond(current, "page", "false")
                if isinstance(current, rx.Var)
                else ("page" if current else "false"),
            )
            for text, href, current in tabs
        ],
        aria_label=label,
        class_name="k-tabs",
    )


def tabs(*panels: tuple[str, Child], id: str, label: str = "Sections") -> rx.Component:
    """Tabs inside one page, switched in the browser: (title, content). The first is open."""
    heads = [
        rx.el.button(
            title,
            type="button",
            role="tab",
            id=f"{id}-tab-{place}",
            aria_controls=f"{id}-panel-{place}",
            aria_selected="true" if place == 0 else "false",
            tab_index=0 if place == 0 else -1,
            class_name="k-tab",
        )
        for place, (title, _) in enumerate(panels)
    ]
    bodies = [
        rx.el.div(
            content,
            role="tabpanel",
            id=f"{id}-panel-{place}",
            aria_labelledby=f"{id}-tab-{place}",
            class_name="k-tab-panel" if place == 0 else "k-tab-panel k-tab-off",
        )
        for place, (_, content) in enumerate(panels)
    ]
    return rx.el.div(
        rx.el.div(*heads, role="tablist", aria_label=label, class_name="k-tabs", data_tabs=""), *bodies
    )
