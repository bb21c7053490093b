"""Screens for what went wrong: not permitted, not found. Each says what is so and what to do."""

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for


def _explained(title: str, text: str, icon: str, *actions: rx.Component) -> rx.Component:
    return kit.centered(
        rx.el.div(
            rx.el.span(kit.icon(icon, size=22), class_name="k-empty-icon"),
            rx.el.h1(title, class_name="k-page-title", tab_index=-1),
            rx.el.p(text, class_name="k-empty-text"),
            rx.el.div(*actions, class_name="k-empty-action"),
            class_name="k-empty k-compact",
        )
    )


@page_for(navigation.NOT_PERMITTED)
def not_permitted_page() -> rx.Component:
    """A screen this person's roles do not open."""
    return _explained(
        "Your roles do not open this screen",
        "Nothing is broken. Ask an administrator if your work needs it; the attempt is in the audit trail.",
        "shield-x",
        kit.link_button("Go to Today", navigation.HOME.route, variant="primary"),
        kit.link_button("Sign in as someone else", navigation.SIGN_IN.route, external=True),
    )


def not_found_page() -> rx.Component:
    """An address that leads nowhere; for `app.add_page(..., route="404")`."""
    return _explained(
        "There is nothing at this address",
        "The address may be mistyped, or what it showed was moved. Search for it with Ctrl K from any screen.",
        "map-pin-off",
        kit.link_button("Go to Today", navigation.HOME.route, variant="primary", external=True),
    )


def failed_page() -> rx.Component:
    """Shown in place of a screen that broke in the browser."""
    return _explained(
        "This screen stopped working",
        "What you saved is safe. Reload the page; if it stops again, tell your administrator what you did last.",
        "unplug",
        kit.link_button("Reload the page", "", variant="primary", external=True),
        kit.link_button("Go to Today", navigation.HOME.route, external=True),
    )


def error_boundary(stateful: bool) -> rx.Component:
    """For `app.app_wraps`: catches a screen that breaks in the browser and shows `failed_page` instead."""
    reported = {} if stateful else {"on_error": rx.noop()}
    return ErrorBoundary.create(fallback_render=rx.Var.create(failed_page()), **reported)
