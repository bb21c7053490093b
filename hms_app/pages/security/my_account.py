"""My profile and sessions: who I am here, my password, my second factor, my devices."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.security.dialogs import form_dialog
from hms_app.pages.security.entrance import password_rules
from hms_app.pages.security.session_table import session_table
from hms_app.state.security.my_account import MyAccountState as S


@page_for(navigation.MY_ACCOUNT, on_load=[S.load])
def my_account_page() -> rx.Component:
    """One column of cards, each with its own act."""
    return frame(
        navigation.MY_ACCOUNT,
        kit.page_header(navigation.MY_ACCOUNT.title, "Who you are here, and how you prove it."),
        kit.stack(
            rx.cond(S.note, kit.callout(S.note, tone="success"), rx.fragment()),
            rx.cond(S.problem & (S.dialog == ""), kit.callout(S.problem, tone="danger"), rx.fragment()),
            kit.grid(
                kit.stack(_profile(), _second_factor()),
                _password(),
            ),
            _sessions(),
        ),
        _second_factor_dialog(),
        _codes_dialog(),
        _removal_dialog(),
        _sign_out_dialog(),
    )


def _profile() -> rx.Component:
    facts = kit.description_list(("Name", S.name), ("E-mail address", S.email), ("Roles", S.roles))
    return kit.card(
        rx.cond(S.is_loading, kit.skeleton_lines(3), facts),
        title="Profile",
        subtitle="An administrator can change your name and address.",
    )


def _password() -> rx.Component:
    return kit.card(
        kit.form(
            kit.password_field("Password now", "password", id="field-password-now", max_length=256),
            kit.password_field("New password", "new_password", new=True, max_length=256),
            kit.password_field("New password again", "repeated", new=True, max_length=256),
            password_rules(),
            kit.row(kit.submit_button("Change password")),
            action="/auth/change-password",
            problem=S.password_problem,
        ),
        title="Password",
        subtitle=rx.cond(S.password_changed, f"Last changed {S.password_changed}", ""),
    )


def _second_factor() -> rx.Component:
    have = rx.fragment(
        kit.badge("On", tone="success"),
        rx.el.p(f"Recovery codes left: {S.codes_left}", class_name="text-(--muted)"),
        kit.row(
            kit.button("New recovery codes", icon="rotate-cw", on_click=S.renew_codes),
            kit.button("Remove", icon="trash-2", variant="danger", on_click=S.ask_removal),
        ),
    )
    lack = rx.fragment(
        kit.badge("Off", tone="warning"),
        rx.el.p(
            "A second factor keeps a stolen password useless. You need an authenticator app on your phone.",
            class_name="text-(--muted)",
        ),
        kit.row(
            kit.button("Set up", icon="shield-plus", variant="primary", on_click=S.begin_second_factor),
        ),
    )
    return kit.card(
        rx.el.div(
            rx.cond(S.is_loading, kit.skeleton_lines(3), rx.cond(S.has_second_factor, have, lack)),
            class_name="grid justify-items-start gap-3",
        ),
        title="Second factor",
    )


def _sessions() -> rx.Component:
    return kit.card(
        session_table(
            S.sessions,
            label="Your sessions",
            loading=S.is_loading,
            on_end=lambda row: S.end_session(row["id"]),
        ),
        title="Where you are signed in",
        subtitle="End what you do not know, then change your password.",
        flush=True,
        actions=kit.button(
            "Sign out everywhere", icon="log-out", size="small", **kit.opens("sign-out-everywhere")
        ),
    )


def _sign_out_dialog() -> rx.Component:
    return kit.dialog(
        "Sign out everywhere?",
        rx.el.p("Every device, this one too, has to sign in again. Unsaved work on them is lost."),
        kit.native_form(
            kit.row(
                kit.submit_button("Sign out everywhere", variant="danger"),
                kit.button("Cancel", **kit.CLOSE),
            ),
            action="/auth/sign-out-everywhere",
            class_name="mt-4",
        ),
        id="sign-out-everywhere",
        size="small",
        alert=True,
    )


def _second_factor_dialog() -> rx.Component:
    return kit.dialog(
        "Set up your second factor",
        rx.el.ol(
            rx.el.li("Open your authenticator app and add an entry."),
            rx.el.li("Let it read this picture, or type the key below it."),
            rx.el.li("Enter the six digits it shows."),
            class_name="list-decimal pl-5",
        ),
        rx.el.img(
            src=S.qr,
            alt="QR code of the key below",
            class_name="mx-auto my-4 size-48 rounded-lg bg-white p-2",
        ),
        kit.secret_box(S.secret, label="Copy the key"),
        kit.form(
            kit.text_field(
                "Code",
                "code",
                problems=S.problems,
                auto_complete="one-time-code",
                input_mode="numeric",
                max_length=10,
            ),
            kit.form_actions(
                kit.submit_button("Turn on"),
                kit.button("Cancel", on_click=S.close_dialog),
            ),
            on_submit=S.confirm_second_factor,
            problem=S.problem,
            guard_unsaved=False,
        ),
        id="second-factor-dialog",
        open=S.dialog == "second-factor",
        on_close=S.close_dialog,
    )


def _codes_dialog() -> rx.Component:
    return kit.dialog(
        "Your recovery codes",
        kit.callout(
            "Each works once, when your authenticator is not at hand. They are not shown again: print them or "
            "keep them in your password manager.",
            tone="warning",
        ),
        rx.el.ul(
            rx.foreach(S.codes, lambda code: rx.el.li(rx.el.code(code), key=code)),
            class_name="my-4 grid grid-cols-2 gap-2 rounded-lg bg-(--canvas) p-4 text-center tabular-nums",
        ),
        id="recovery-codes-dialog",
        open=S.dialog == "codes",
        on_close=S.close_dialog,
        actions=[kit.button("I have kept them", variant="primary", on_click=S.close_dialog)],
    )


def _removal_dialog() -> rx.Component:
    return form_dialog(
        S,
        "remove",
        "Remove your second factor?",
        rx.el.p("Your password alone will then open your account, and your recovery codes stop working."),
        kit.password_field("Password", id="field-removal-password", problems=S.problems, max_length=256),
        submit=kit.submit_button("Remove second factor", variant="danger"),
        on_submit=S.remove_second_factor,
        keep="Keep it",
        size="small",
        alert=True,
    )
