""" "Why can't I?": one question, one answer an administrator can act on."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.state.security.access import AccessState as S


@page_for(navigation.ACCESS, on_load=[S.load])
def access_page() -> rx.Component:
    """The question at the top, the answer below it; the address keeps both."""
    return frame(
        navigation.ACCESS,
        kit.page_header(
            navigation.ACCESS.title,
            "Choose a person and what they want to do: you see what it takes, and what they lack.",
        ),
        kit.narrow(
            kit.stack(
                rx.cond(S.is_loading, kit.skeleton_card(4), kit.card(_question())),
                rx.cond(S.has_answer, _answer(), rx.fragment()),
            )
        ),
    )


def _question() -> rx.Component:
    return kit.form(
        kit.combobox(
            "Person",
            "user",
            on_search=S.find_users,
            options=S.options,
            default_value=S.user_key,
            default_label=S.user_name,
            placeholder="Name or e-mail",
            problems=S.problems,
        ),
        kit.select_field(
            "Wants to", "for", S.things, placeholder="Choose a screen or an act", default_value=S.thing,
            problems=S.problems,
        ),
        kit.form_actions(kit.submit_button("Explain")),
        on_submit=S.ask,
        problem=S.problem,
        guard_unsaved=False,
        key=f"{S.user_key}-{S.thing}",
    )  # fmt: skip


def _answer() -> rx.Component:
    return kit.card(
        kit.stack(
            kit.callout(S.sentence, tone=rx.cond(S.is_allowed, "success", "warning")),
            rx.cond(
                S.reasons.length() > 0,
                rx.el.div(
                    rx.el.h3("Why not", class_name="k-section-title"),
                    rx.el.ul(
                        rx.foreach(S.reasons, lambda reason: rx.el.li(reason, key=reason)),
                        class_name="list-disc pl-5",
                    ),
                ),
                rx.fragment(),
            ),
            kit.description_list(
                (
                    "It takes",
                    rx.el.span(S.permission_sentence, " ", rx.el.code(S.permission, class_name="k-hint")),
                ),
                ("Roles that give it", _roles()),
            ),
            kit.row(
                kit.link_button(
                    f"Open {S.user_name}", f"/administration/users/{S.user_key}", icon="user-round"
                ),
                kit.link_button("Open roles", navigation.ROLES.route, icon="shield-check"),
            ),
        ),
        title="Answer",
    )


def _roles() -> rx.Component:
    return rx.cond(
        S.roles_giving.length() > 0,
        kit.row(rx.foreach(S.roles_giving, lambda name: kit.badge(name, plain=True))),
        "None",
    )
