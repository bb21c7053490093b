"""The doors: sign-in, second factor and invitation; plain forms that post to routes."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for
from hms_app.state.security.entrance import EntranceState


@page_for(navigation.SIGN_IN, on_load=[EntranceState.load])
def sign_in_page() -> rx.Component:
    """E-mail address and password; in a demo hospital also the list of sign-ins."""
    return kit.centered(
        _note(),
        kit.form(
            kit.text_field(
                "E-mail address",
                "email",
                type="email",
                auto_complete="username",
                auto_focus=True,
                max_length=254,
                data_typed_before="",
            ),
            kit.password_field("Password", "password", max_length=256),
            _way_back(),
            kit.submit_button("Sign in", wide=True, size="large"),
            action="/auth/sign-in",
            problem=EntranceState.problem,
        ),
        rx.cond(EntranceState.is_demo, _demo_sign_ins(), rx.fragment()),
        title="Sign in",
        subtitle="Forgotten your password? Ask your administrator for a new invitation.",
    )


@page_for(navigation.SECOND_FACTOR, on_load=[EntranceState.load])
def second_factor_page() -> rx.Component:
    """The six digits of the authenticator, or a recovery code."""
    return kit.centered(
        kit.form(
            kit.text_field(
                "Code",
                "code",
                hint="Six digits from your authenticator app. Without it: one of your recovery codes.",
                auto_complete="one-time-code",
                auto_focus=True,
                max_length=20,
                spell_check=False,
            ),
            _way_back(),
            kit.submit_button("Go on", wide=True, size="large"),
            action="/auth/second-factor",
            problem=EntranceState.problem,
        ),
        _quiet_link("Start again", navigation.SIGN_IN.route),
        title="Second factor",
        subtitle="Your password was right. Now show that you hold your authenticator.",
    )


@page_for(navigation.INVITATION, on_load=[EntranceState.load])
def invitation_page() -> rx.Component:
    """Choose a password, once, with the link an administrator gave."""
    return kit.centered(
        rx.cond(EntranceState.token, _choose_password(), _no_token()),
        title="Welcome",
        subtitle="Choose your password to accept the invitation.",
    )


def password_rules() -> rx.Component:
    """What a password must be, in one place for every page that asks for a new one."""
    rules = (
        "At least 15 characters: a sentence of four or five words is good",
        "Not on the list of common passwords, and not made of your name or the hospital's",
        "Any characters you like; spaces too. It never expires",
    )
    return rx.el.ul(
        *[
            rx.el.li(
                rx.el.span(kit.icon("check", size=14), class_name="mt-1 shrink-0"),
                rule,
                class_name="flex gap-2",
            )
            for rule in rules
        ],
        class_name="k-hint grid gap-1",
        aria_label="Password rules",
    )


def _choose_password() -> rx.Component:
    return kit.form(
        rx.el.input(type="hidden", name="token", value=EntranceState.token, read_only=True),
        kit.password_field("New password", "password", new=True, auto_focus=True, max_length=256),
        kit.password_field("The same again", "repeated", new=True, max_length=256),
        password_rules(),
        kit.submit_button("Set password", wide=True, size="large"),
        action="/auth/accept-invitation",
        problem=EntranceState.problem,
    )


def _no_token() -> rx.Component:
    return kit.stack(
        kit.callout(
            rx.cond(
                EntranceState.problem,
                EntranceState.problem,
                "This page needs the whole link from your invitation. Open the link itself, not a shortened one.",
            ),
            tone="warning",
            title="The invitation cannot be opened",
        ),
        _quiet_link("Go to sign-in", navigation.SIGN_IN.route),
    )


def _way_back() -> rx.Component:
    """Where the person was going; `assets/session-end.js` reads it from the address, also before the page is connected."""
    return rx.el.input(type="hidden", name="next", default_value="", data_way_back="")


def _note() -> rx.Component:
    return rx.cond(
        EntranceState.note,
        rx.el.div(kit.callout(EntranceState.note, tone="info"), class_name="mb-4"),
        rx.fragment(),
    )


def _quiet_link(text: str, href: str) -> rx.Component:
    return rx.el.p(kit.link(text, href=href), class_name="mt-4 text-center")


def _demo_sign_ins() -> rx.Component:
    def _one(row: Any) -> rx.Component:
        return rx.el.li(
            kit.native_form(
                rx.el.input(type="hidden", name="email", value=row["email"], read_only=True),
                rx.el.input(type="hidden", name="password", value=row["password"], read_only=True),
                _way_back(),
                rx.el.button(
                    rx.el.span(row["role"], class_name="font-medium whitespace-nowrap"),
                    rx.el.span(row["email"], class_name="k-hint [overflow-wrap:anywhere]"),
                    type="submit",
                    class_name=(
                        "flex w-full flex-wrap items-baseline justify-between gap-x-3 rounded-lg px-3 py-2 text-left "
                        "hover:bg-(--hover)"
                    ),
                ),
                action="/auth/sign-in",
            ),
            key=row["id"],
        )

    return rx.el.section(
        rx.el.h2("Demo hospital", class_name="k-section-title"),
        rx.el.p(
            "Every person and record is invented. Sign in with one press:",
            class_name="k-hint mb-2",
        ),
        rx.el.ul(rx.foreach(EntranceState.demo_sign_ins, _one), class_name="-mx-3"),
        class_name="mt-6 border-t border-(--line) pt-5",
    )
