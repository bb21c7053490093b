"""One user, with every act an administrator may do to them."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.security.dialogs import form_dialog, link_dialog, question_dialog
from hms_app.pages.security.session_table import session_table
from hms_app.state.security.user_detail import UserDetailState as S


@page_for(navigation.USER_DETAIL, on_load=[S.load])
def user_detail_page() -> rx.Component:
    """Facts and roles beside each other, the devices below; the acts in the header's menu."""
    return frame(
        navigation.USER_DETAIL,
        kit.page_header(
            rx.cond(S.name, S.name, "User"),
            S.email,
            actions=rx.cond(S.name, _acts(), rx.fragment()),
        ),
        rx.cond(
            S.name,
            kit.stack(
                rx.cond(S.problem & (S.dialog == ""), kit.callout(S.problem, tone="danger"), rx.fragment()),
                kit.grid(_facts(), _roles()),
                rx.cond(S.rights["revoke"], _sessions(), rx.fragment()),
            ),
            rx.cond(
                S.is_loading,
                kit.grid(kit.skeleton_card(5), kit.skeleton_card(5)),
                kit.error_state(S.problem, on_retry=S.load, title="This user cannot be shown"),
            ),
        ),
        _edit_dialog(),
        _record_dialog(),
        _unlink_dialog(),
        _role_dialog(),
        _end_role_dialog(),
        _disable_dialog(),
        _invite_again_dialog(),
        _link_dialog(),
        _sessions_dialog(),
        _session_dialog(),
    )


def _acts() -> rx.Component:
    return kit.row(
        rx.cond(S.rights["edit"], _opener("Edit", "pencil", "edit"), rx.fragment()),
        rx.cond(
            (S.status == "disabled") & S.rights["disable"],
            kit.button("Enable", icon="user-check", variant="primary", on_click=S.enable),
            rx.fragment(),
        ),
        kit.menu(
            kit.button("More", icon_end="chevron-down"),
            rx.cond(
                S.rights["invite"] & (S.status != "disabled"),
                kit.menu_item("New sign-in link", icon="mail-plus", on_click=S.open_dialog("invite-again")),
                rx.fragment(),
            ),
            rx.cond(
                S.rights["link"],
                rx.fragment(
                    kit.menu_item(
                        rx.cond(S.record, "Link to another patient record", "Link to a patient record"),
                        icon="link",
                        on_click=S.open_dialog("record"),
                    ),
                    rx.cond(
                        S.record,
                        kit.menu_item(
                            "Unlink the patient record", icon="unlink", on_click=S.open_dialog("unlink")
                        ),
                        rx.fragment(),
                    ),
                ),
                rx.fragment(),
            ),
            rx.cond(
                S.rights["revoke"],
                kit.menu_item("Sign out everywhere", icon="log-out", on_click=S.open_dialog("sessions")),
                rx.fragment(),
            ),
            kit.menu_link(
                "What they did (audit trail)",
                f"{navigation.AUDIT_TRAIL.route}?user={S.user_key}",
                icon="scroll-text",
            ),
            kit.menu_link(
                "Why can't they?", f"{navigation.ACCESS.route}?user={S.user_key}", icon="circle-help"
            ),
            rx.cond(
                S.rights["disable"] & (S.status != "disabled"),
                rx.fragment(
                    kit.menu_separator(),
                    kit.menu_item("Disable", icon="user-x", danger=True, on_click=S.open_dialog("disable")),
                ),
                rx.fragment(),
            ),
        ),
    )


def _opener(label: str, icon: str, dialog: str) -> rx.Component:
    return kit.button(label, icon=icon, on_click=S.open_dialog(dialog))


def _facts() -> rx.Component:
    second_factor = rx.cond(
        S.has_second_factor, kit.badge("On", tone="success"), kit.badge("Off", tone="warning")
    )
    return kit.card(
        kit.description_list(
            ("Status", kit.badge(S.status_words, tone=S.tone)),
            ("Name", S.name),
            ("E-mail address", S.email),
            ("Second factor", second_factor),
            ("Last active", S.last_seen),
            ("Added", S.created_at),
            ("Own patient record", rx.cond(S.record, S.record, "None")),
        ),
        title="Facts",
    )


def _roles() -> rx.Component:
    columns = [
        kit.Column("name", "Role", phone="title", cell=_role_name),
        kit.Column("starts_on", "From"),
        kit.Column("ends_on", "Until", cell=lambda row: rx.cond(row["ends_on"], row["ends_on"], "No end")),
        kit.Column("act", "", cell=_end_button),
    ]
    none = kit.empty_state("No role", "Without a role this person sees only their own profile.", compact=True)
    return kit.card(
        kit.data_table(
            columns, S.roles, label="Roles of this user", loading=S.is_loading, skeleton_rows=1, empty=none
        ),
        title="Roles",
        actions=rx.cond(
            S.rights["assign"],
            kit.button("Give role", icon="plus", size="small", on_click=S.open_dialog("role")),
            rx.fragment(),
        ),
        flush=True,
    )


def _role_name(row: Any) -> rx.Component:
    return kit.row(
        row["name"],
        rx.cond(
            row["is_current"], rx.fragment(), kit.badge("Not today", tone="neutral", icon="calendar-off")
        ),
    )


def _end_button(row: Any) -> rx.Component:
    return rx.cond(
        S.rights["assign"],
        kit.button(
            "Take away",
            size="small",
            variant="ghost",
            aria_label=f"Take {row['name']} away",
            on_click=S.ask_ending(row["id"]),
        ),
        rx.fragment(),
    )


def _sessions() -> rx.Component:
    return kit.card(
        session_table(
            S.sessions,
            label="Sessions of this user",
            loading=S.is_loading,
            on_end=lambda row: S.ask_session_end(row["id"]),
            empty=kit.empty_state("Not signed in on any device", icon="monitor-off", compact=True),
        ),
        title="Where they are signed in",
        flush=True,
        actions=rx.cond(
            S.sessions.length() > 1,
            kit.button(
                "Sign out everywhere", icon="log-out", size="small", on_click=S.open_dialog("sessions")
            ),
            rx.fragment(),
        ),
    )


def _edit_dialog() -> rx.Component:
    return form_dialog(
        S,
        "edit",
        "Edit user",
        kit.text_field("Name", "name", problems=S.problems, default_value=S.name, max_length=200),
        kit.text_field(
            "E-mail address",
            "email",
            type="email",
            problems=S.problems,
            default_value=S.email,
            max_length=254,
        ),
        submit=kit.submit_button("Save user"),
        on_submit=S.save,
        reopen=S.open_dialog(S.dialog),
        form_key=S.version,
    )


def _record_dialog() -> rx.Component:
    return form_dialog(
        S,
        "record",
        f"Which record does {S.name} open?",
        rx.el.p(
            "In the portal this sign-in opens that record, whole, and no other. Whose record it is (and was) is told,"
            " and the sign-in ends everywhere at once."
        ),
        kit.form_row(
            kit.text_field(
                "Record number",
                "mrn",
                hint="From the patient's card",
                problems=S.problems,
                input_mode="numeric",
                max_length=20,
            ),
            kit.text_field(
                "Date of birth",
                "birth",
                hint="As the patient says it",
                problems=S.problems,
                max_length=60,
            ),
        ),
        submit=kit.submit_button("Link record"),
        on_submit=S.link,
        form_key=S.version,
        reopen=S.open_dialog(S.dialog),
    )


def _unlink_dialog() -> rx.Component:
    return question_dialog(
        S,
        "unlink",
        f"Unlink the record of {S.name}?",
        f"{S.name} opens no record in the portal any more, and is signed out everywhere. The patient is told.",
        kit.button("Unlink record", variant="danger", on_click=S.unlink),
    )


def _role_dialog() -> rx.Component:
    return form_dialog(
        S,
        "role",
        "Give a role",
        kit.select_field("Role", "role_id", S.role_choices, placeholder="Choose", problems=S.problems),
        kit.form_row(
            kit.date_field("From", "starts_on", hint="Empty: today", problems=S.problems, optional=True),
            kit.date_field("Until", "ends_on", hint="This day included", problems=S.problems, optional=True),
        ),
        submit=kit.submit_button("Give role"),
        on_submit=S.give_role,
        reopen=S.open_dialog(S.dialog),
        description="It counts at once, on every screen the person has open.",
    )


def _end_role_dialog() -> rx.Component:
    return question_dialog(
        S,
        "end-role",
        f"Take {S.ending_name} away?",
        f"{S.name} loses what this role allows at once.",
        kit.button("Take role away", variant="danger", on_click=S.end_role),
    )


def _sessions_dialog() -> rx.Component:
    return question_dialog(
        S,
        "sessions",
        f"Sign {S.name} out everywhere?",
        "Every device of theirs has to sign in again. Unsaved work on them is lost.",
        kit.button("Sign out everywhere", variant="danger", on_click=S.end_sessions),
    )


def _session_dialog() -> rx.Component:
    return question_dialog(
        S,
        "session",
        f"Sign {S.name} out on {S.session_device}?",
        "That device has to sign in again. Unsaved work on it is lost.",
        kit.button("Sign out device", variant="danger", on_click=S.end_session),
    )


def _disable_dialog() -> rx.Component:
    return form_dialog(
        S,
        "disable",
        f"Disable {S.name}?",
        rx.el.p(
            "They are signed out at once and cannot sign in until somebody enables them. Nothing is deleted."
        ),
        kit.text_field("Reason", "reason", problems=S.problems, max_length=500),
        submit=kit.submit_button("Disable user", variant="danger"),
        on_submit=S.disable,
        reopen=S.open_dialog(S.dialog),
        alert=True,
    )


def _invite_again_dialog() -> rx.Component:
    return form_dialog(
        S,
        "invite-again",
        "New sign-in link",
        rx.el.p(f"{S.name} can choose a new password with it. Links made before stop working."),
        kit.checkbox_field(
            "The authenticator is lost too",
            "forget",
            hint="Removes their second factor. Make sure that it is really them.",
        ),
        submit=kit.submit_button("Make link"),
        on_submit=S.invite_again,
        reopen=S.open_dialog(S.dialog),
    )


def _link_dialog() -> rx.Component:
    return link_dialog(
        S,
        "Link ready",
        "Give this link to ",
        rx.el.strong(S.name),
        " yourself. It works once, for a week.",
        warning="The link is shown only now.",
    )
