"""Users: who may sign in, and the invitation of somebody new."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column, list_table, list_toolbar
from hms_app.pages.security.dialogs import form_dialog, link_dialog
from hms_app.state.live import Live
from hms_app.state.security.users import UsersState as S

STATUSES = [("active", "Active"), ("invited", "Invited"), ("disabled", "Disabled")]
COLUMNS = [
    column(S, "name", cell=lambda r: kit.cell_link(r["name"], r["href"], r["email"]), phone="title"),
    column(S, "status", cell=lambda r: kit.badge(r["status"], tone=r["tone"]), phone="badge"),
    column(S, "roles"),
    column(S, "second_factor", phone="hide"),
    column(S, "last_seen"),
]


@page_for(navigation.USERS, on_load=[S.load], live=Live(S.refresh, "app_user", "user_role", "role"))
def users_page() -> rx.Component:
    """Search, a status filter, and one row a person."""
    return frame(
        navigation.USERS,
        kit.page_header(
            navigation.USERS.title,
            "People who may sign in, and what their roles let them do.",
            actions=rx.cond(
                S.may_invite,
                kit.button("Invite user", variant="primary", icon="user-plus", on_click=S.open_invitation),
                rx.fragment(),
            ),
        ),
        list_toolbar(
            S,
            [chip(S, "Status", "status", STATUSES)],
            search="Search users",
            placeholder="Name or e-mail",
        ),
        list_table(
            S,
            COLUMNS,
            label="Users",
            href=lambda row: row["href"],
            empty=kit.empty_state(
                "No user matches", "Try another name, or remove a filter.", icon="user-round-search"
            ),
        ),
        _invite_dialog(),
        _link_dialog(),
    )


def _invite_dialog() -> rx.Component:
    return form_dialog(
        S,
        "invite",
        "Invite a user",
        kit.text_field("Name", "name", problems=S.problems, auto_complete="off", max_length=200),
        kit.text_field(
            "E-mail address",
            "email",
            type="email",
            problems=S.problems,
            auto_complete="off",
            max_length=254,
        ),
        rx.cond(
            S.role_choices.length() > 0,
            kit.select_field(
                "Role",
                "role_id",
                S.role_choices,
                placeholder="No role yet",
                hint="From today on. Dates can be given on the user's page.",
                problems=S.problems,
                optional=True,
            ),
            rx.fragment(),
        ),
        submit=kit.submit_button("Invite user"),
        on_submit=S.invite,
        reopen=S.open_invitation(),
        description="They choose their own password with a link that you give them.",
    )


def _link_dialog() -> rx.Component:
    return link_dialog(
        S,
        "Invitation ready",
        "Give this link to ",
        rx.el.strong(S.invited_name),
        f" yourself. It works once, until {S.invitation_expires}.",
        warning="The link is shown only now. If it is lost, invite the person again.",
    )
