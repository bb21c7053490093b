"""The frame around every screen of a person who is signed in: side menu, top bar, banners, command palette."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.kinds import Child
from hms_app.navigation import Screen
from hms_app.pages.session_parts import look_again, session_parts
from hms_app.state.base import SessionState
from hms_app.state.shell import ShellState

MENU_ICONS = sorted({screen.icon for screen in navigation.SCREENS if screen.group})
TITLES = {screen.route: screen for screen in navigation.SCREENS}


def frame(
    screen: Screen, *content: Child, crumbs: list[tuple[Any, Any]] | None = None, overlay: Child | None = None
) -> rx.Component:
    """Put a screen's content into the frame. `crumbs` are (label, href) between the screen's parent and itself;
    `overlay` is a part that lies over everything, such as a dialog of the whole page."""
    return rx.el.div(
        rx.el.a("Skip to the content", href="#content", class_name="k-skip"),
        rx.el.div(
            _side(screen),
            rx.el.div(
                _demo_banner(),
                _top_bar(screen, crumbs or []),
                rx.el.main(*content, id="content", class_name="k-main", tab_index=-1),
                class_name="k-column",
            ),
            class_name="k-frame",
        ),
        _side_drawer(screen),
        _palette(),
        *([overlay] if overlay is not None else []),
        look_again(screen),
        session_parts(),
    )


def _demo_banner() -> rx.Component:
    text = "Demo hospital. Every person and every record here is invented; do not enter real ones."
    return rx.cond(ShellState.is_demo, kit.banner(text, tone="demo"), rx.fragment())


def _menu_icon(entry: Any, size: int = 18) -> rx.Component:
    drawings = [(name, kit.icon(name, size=size)) for name in MENU_ICONS]
    return rx.match(entry["icon"], *drawings, kit.icon("circle", size=size))


def _nav(screen: Screen) -> rx.Component:
    current = screen.parent or screen.route

    def _entry(entry: Any) -> rx.Component:
        return rx.el.li(
            kit.link(
                _menu_icon(entry),
                rx.el.span(entry["title"]),
                href=entry["route"],
                class_name="k-nav-link",
                aria_current=rx.cond(entry["route"] == current, "page", "false"),
                data_tip=entry["title"],
                data_tip_when="icons",
            ),
            key=entry["route"],
        )

    def _group(group: Any) -> rx.Component:
        return rx.el.div(
            rx.el.p(group["title"], class_name="k-nav-title"),
            rx.el.ul(rx.foreach(group["entries"], _entry)),
            class_name="k-nav-group",
            key=group["title"],
        )

    return rx.el.nav(
        rx.cond(
            ShellState.menu.length() > 0,
            rx.foreach(ShellState.menu, _group),
            rx.el.div(kit.skeleton_lines(6), class_name="k-nav-waiting"),
        ),
        aria_label="Main menu",
        class_name="k-nav",
    )


def _brand() -> rx.Component:
    name = ShellState.hospital_name
    own_logo = rx.el.img(src=ShellState.hospital_logo, alt="", class_name="k-hospital-logo")
    return kit.link(
        rx.cond(ShellState.hospital_logo, own_logo, kit.logo(size=28)),
        rx.el.span(name, title=name, class_name="k-side-name"),
        href="/",
        class_name="k-brand",
        aria_label=rx.cond(name, f"{name}, home", "Home"),
        data_tip=name,
        data_tip_when="icons",
    )


def _side(screen: Screen) -> rx.Component:
    return rx.el.aside(
        rx.el.div(_brand(), class_name="k-side-head"),
        _nav(screen),
        rx.el.div(
            rx.el.button(
                kit.icon("panel-left-close", size=18),
                rx.el.span("Collapse menu"),
                type="button",
                class_name="k-nav-link k-collapse",
                data_menu_collapse="",
                data_tip="Show the whole menu",
                data_tip_when="icons",
            ),
            class_name="k-side-foot",
        ),
        aria_label="Side menu",
        class_name="k-side",
    )


def _side_drawer(screen: Screen) -> rx.Component:
    return rx.el.dialog(
        rx.el.div(
            _brand(),
            rx.el.span(class_name="k-grow"),
            kit.icon_button("Close the menu", "x", tip=False, **kit.CLOSE),
            class_name="k-side-head",
        ),
        _nav(screen),
        id="side-menu",
        aria_label="Menu",
        data_modal="client",
        class_name="k-side-drawer",
    )


def _trail(screen: Screen, crumbs: list[tuple[Any, Any]]) -> rx.Component:
    steps: list[rx.Component] = []
    parent = TITLES.get(screen.parent or "")
    group = screen.group or (parent.group if parent else None)
    if group and group != (parent or screen).title:
        steps.append(rx.el.li(group))
    if parent:
        steps.append(rx.el.li(kit.link(parent.title, href=parent.route, class_name="k-crumb")))
    steps.extend(rx.el.li(kit.link(text, href=href, class_name="k-crumb")) for text, href in crumbs)
    steps.append(rx.el.li(screen.title, aria_current="page"))
    return rx.el.nav(rx.el.ol(*steps, class_name="k-where"), aria_label="Where you are", class_name="min-w-0")


def _top_bar(screen: Screen, crumbs: list[tuple[Any, Any]]) -> rx.Component:
    return rx.el.header(
        rx.el.span(
            kit.icon_button("Open the menu", "menu", tip=False, **kit.opens("side-menu")),
            class_name="k-only-phone",
        ),
        _trail(screen, crumbs),
        rx.el.span(class_name="k-grow"),
        rx.el.button(
            kit.icon("search"),
            rx.el.span("Search patients, screens, actions", class_name="k-grow"),
            kit.kbd("Ctrl", "K"),
            type="button",
            aria_label="Search",
            aria_keyshortcuts="Control+K",
            data_palette_open="",
            class_name="k-search-trigger",
        ),
        _bell(),
        _person_menu(),
        class_name="k-top",
    )


def _bell() -> rx.Component:
    def _notice(row: Any) -> rx.Component:
        words = [
            rx.el.p(row["title"], class_name="k-notice-title"),
            rx.cond(row["body"], rx.el.p(row["body"], class_name="k-notice-text"), rx.fragment()),
            rx.el.p(row["created_at"], class_name="k-hint"),
        ]
        return rx.cond(
            row["link"],
            kit.link(
                *words, href=row["link"], role="menuitem", class_name="k-notice",
                data_unread=rx.cond(row["is_read"], "no", "yes"), key=row["id"],
            ),
            rx.el.div(
                *words, role="menuitem", tab_index=-1, class_name="k-notice",
                data_unread=rx.cond(row["is_read"], "no", "yes"), key=row["id"],
            ),
        )  # fmt: skip

    trigger = kit.icon_button(
        rx.cond(ShellState.unread, f"Notices, {ShellState.unread} new", "Notices"), "bell", tip=False,
        on_click=ShellState.mark_read,
    )  # fmt: skip
    dot = rx.el.span(ShellState.unread, class_name="k-bell-dot", aria_hidden="true")
    return rx.el.div(
        kit.menu(
            trigger,
            rx.cond(
                ShellState.notices.length() > 0,
                rx.el.div(
                    rx.foreach(ShellState.notices, _notice), class_name="k-notices", role="presentation"
                ),
                rx.el.div(
                    kit.empty_state(
                        "No notices", "What concerns you appears here.", icon="bell-off", compact=True
                    ),
                    class_name="k-notices",
                    role="menuitem",
                    tab_index=-1,
                ),
            ),
            label="Notices",
        ),
        rx.cond(ShellState.unread, dot, rx.fragment()),
        class_name="k-bell",
    )


def _person_menu() -> rx.Component:
    trigger = rx.el.button(
        kit.avatar(ShellState.initials),
        rx.el.span(
            rx.el.span(SessionState.user_name, class_name="k-person-name"),
            rx.el.span(SessionState.role_names, class_name="k-person-role"),
            class_name="k-person-words",
        ),
        type="button",
        aria_label=f"Your menu: {SessionState.user_name}",
        class_name="k-person",
    )
    themes = [("light", "Light", "sun"), ("dark", "Dark", "moon"), ("system", "As the system", "monitor")]
    return kit.menu(
        trigger,
        kit.menu_heading(SessionState.user_name),
        kit.menu_link(navigation.MY_ACCOUNT.title, navigation.MY_ACCOUNT.route, icon="user-round-cog"),
        kit.menu_separator(),
        kit.menu_heading("Appearance"),
        *[kit.menu_item(title, icon=drawing, data_theme_set=value) for value, title, drawing in themes],
        kit.menu_separator(),
        kit.native_form(
            kit.menu_item("Sign out", icon="log-out", type="submit"),
            action="/auth/sign-out",
            role="presentation",
        ),
        label="Your menu",
    )


def _palette() -> rx.Component:
    return rx.el.dialog(
        rx.el.div(
            kit.icon("search", size=20),
            rx.cond(
                ShellState.searches_patients,
                _palette_input(on_change=ShellState.find_patients.debounce(180)),
                _palette_input(),
            ),
            class_name="k-palette-box",
        ),
        rx.el.div(
            rx.cond(ShellState.found_patients.length() > 0, _found_patients(), rx.fragment()),
            rx.foreach(ShellState.menu, _palette_group),
            _palette_actions(),
            rx.el.p("Nothing found. Try a part of the name, or another word.", class_name="k-options-empty",
                    data_palette_empty="", data_hidden=""),
            id="palette-list",
            role="listbox",
            aria_label="Results",
            class_name="k-palette-list",
        ),
        rx.el.div(
            rx.el.span(kit.kbd("↑", "↓"), " to move"),
            rx.el.span(kit.kbd("Enter"), " to open"),
            rx.el.span(kit.kbd("Esc"), " to close"),
            class_name="k-palette-foot",
        ),
        id="command-palette",
        aria_label="Search",
        data_modal="client",
        class_name="k-dialog k-palette",
    )  # fmt: skip


def _palette_input(**events: Any) -> rx.Component:
    return rx.el.input(
        type="text",
        role="combobox",
        aria_label="Search patients, screens and actions",
        aria_expanded="true",
        aria_controls="palette-list",
        aria_autocomplete="list",
        placeholder="Search patients, screens, actions",
        auto_complete="off",
        spell_check=False,
        data_palette_input="",
        class_name="k-palette-input",
        **events,
    )


def _found_patients() -> rx.Component:
    def _patient(row: Any) -> rx.Component:
        return kit.link(
            kit.icon("user-round", size=18),
            rx.el.span(
                rx.el.span(row["name"]),
                rx.el.span(row["detail"], class_name="k-palette-detail"),
                class_name="k-palette-words k-grow",
            ),
            href=row["href"],
            id=f"palette-patient-{row['id']}",
            key=row["id"],
            **_PALETTE_ITEM,
        )

    return rx.el.div(
        rx.el.p("Patients", class_name="k-palette-group", role="presentation"),
        rx.foreach(ShellState.found_patients, _patient),
        role="group",
        aria_label="Patients",
        data_palette_section="",
    )


_PALETTE_ITEM: dict[str, Any] = {
    "role": "option",
    "aria_selected": "false",
    "tab_index": -1,
    "data_palette_item": "",
    "class_name": "k-palette-item",
}


def _palette_group(group: Any) -> rx.Component:
    def _entry(entry: Any) -> rx.Component:
        return kit.link(
            _menu_icon(entry),
            rx.el.span(entry["title"], class_name="k-grow"),
            href=entry["route"],
            id=f"palette-screen-{entry['route']}",
            data_words=f"{entry['title']} {group['title']}",
            key=entry["route"],
            **_PALETTE_ITEM,
        )

    return rx.el.div(
        rx.el.p(group["title"], class_name="k-palette-group", role="presentation"),
        rx.foreach(group["entries"], _entry),
        role="group",
        aria_label=group["title"],
        data_palette_section="",
        key=group["title"],
    )


def _palette_actions() -> rx.Component:
    def _theme(value: str, title: str, drawing: str) -> rx.Component:
        return rx.el.button(
            kit.icon(drawing, size=18),
            rx.el.span(title, class_name="k-grow"),
            type="button",
            id=f"palette-theme-{value}",
            data_theme_set=value,
            data_words=f"{title} theme appearance",
            **_PALETTE_ITEM,
        )

    return rx.el.div(
        rx.el.p("Actions", class_name="k-palette-group", role="presentation"),
        kit.link(
            kit.icon("user-round-cog", size=18),
            rx.el.span(navigation.MY_ACCOUNT.title, class_name="k-grow"),
            href=navigation.MY_ACCOUNT.route,
            id="palette-account",
            data_words="my profile sessions password second factor account",
            **_PALETTE_ITEM,
        ),
        _theme("light", "Use the light theme", "sun"),
        _theme("dark", "Use the dark theme", "moon"),
        _theme("system", "Use the system's theme", "monitor"),
        role="group",
        aria_label="Actions",
        data_palette_section="",
    )
