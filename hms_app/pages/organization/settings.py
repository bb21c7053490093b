"""The hospital's settings."""

from typing import cast

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.versions import versioned
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.organization.hospital_fields import (
    logo_field,
    name_field,
    place_fields,
    writing_fields,
)
from hms_app.state.organization.settings import SettingsState as State


@page_for(navigation.SETTINGS, on_load=[State.load])
def settings_page() -> rx.Component:
    """What the hospital is called, where it is, and how it writes money and dates."""
    return frame(
        navigation.SETTINGS,
        kit.page_header("Hospital settings", "Name and address stand on every paper the hospital prints."),
        rx.cond(
            State.is_loading,
            kit.narrow(kit.skeleton_card(6)),
            rx.cond(State.may_edit, _form(), _read_only()),
        ),
    )


def _form() -> rx.Component:
    keep_theirs = kit.button("Keep theirs", variant="ghost", on_click=State.load)
    return kit.narrow(versioned(State, _fields(), on_submit=State.save, leave=keep_theirs))


def _fields() -> rx.Component:
    return kit.form(
        kit.form_section(
            "Identity",
            name_field(State.problems, _value),
            logo_field(State.problems, State.form["logo_url"]),
            rx.cond(
                State.form["logo_url"] != "",
                rx.el.div(
                    kit.button("Remove the logo", icon="trash-2", size="small", on_click=State.remove_logo)
                ),
                rx.fragment(),
            ),
        ),
        kit.form_section("Address and contact", *place_fields(State.problems, _value)),
        kit.form_section(
            "Dates, times and money",
            *writing_fields(State.problems, _value),
            hint="Amounts already written keep the currency they were written in.",
        ),
        rx.el.p("Now written as ", rx.el.strong(State.form["example"]), class_name="k-hint"),
        kit.form_actions(kit.submit_button("Save settings", busy=State.is_saving)),
        on_submit=State.save,
        problem=State.refusal,
        key=State.form_key,
    )


def _read_only() -> rx.Component:
    shown = [
        ("Name", "name"),
        ("Street and number", "address_line"),
        ("Postal code", "postal_code"),
        ("Town", "city"),
        ("State or region", "region"),
        ("Country", "country_name"),
        ("Phone", "phone"),
        ("E-mail address", "email"),
        ("Currency", "currency"),
        ("Time zone", "zone_name"),
        ("Dates and money", "example"),
        ("Set up on", "founded_at"),
    ]
    return rx.cond(
        State.problem != "",
        kit.error_state(State.problem, on_retry=State.load),
        kit.card(kit.description_list(*[(label, State.form[name]) for label, name in shown], columns=2)),
    )


def _value(name: str) -> rx.Var[str]:
    return cast("rx.Var[str]", State.form[name])
