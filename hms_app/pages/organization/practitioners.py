"""Practitioners: who treats patients, here or elsewhere."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.entries import choice_line, list_page, name_column, text_line
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.state.live import Live
from hms_app.state.organization.practitioners import PractitionersState as State

WORKS = [("here", "Here"), ("elsewhere", "Elsewhere")]


@page_for(
    navigation.PRACTITIONERS, on_load=[State.load], live=Live(State.refresh, "practitioner", "department")
)
def practitioners_page() -> rx.Component:
    """Find a practitioner; add, change and close one."""
    return list_page(
        navigation.PRACTITIONERS,
        State,
        subtitle="Who treats patients here, and who is named in records from elsewhere.",
        noun="practitioner",
        columns=[
            name_column(State, detail="user_name"),
            column(State, "specialty"),
            column(State, "works_at"),
            column(State, "registration_number", phone="hide"),
        ],
        filters=[chip(State, "Works", "only", WORKS)],
        fields=[
            kit.form_row(
                text_line(State, "Title", "prefix", optional=True, hint="Such as Dr."),
                text_line(State, "Given names", "given_names", optional=True, auto_focus=True),
            ),
            text_line(State, "Family name", "family_name"),
            text_line(State, "Specialty", "specialty", optional=True),
            text_line(
                State,
                "Registration number",
                "registration_number",
                optional=True,
                hint="Of the medical council; unique in this hospital.",
            ),
            choice_line(
                State, "Department", "department_id", State.departments, placeholder="None", optional=True
            ),
            kit.combobox(
                "Sign-in of this person",
                "user_id",
                on_search=State.find_users,
                options=State.users,
                default_value=State.form["user_id"],
                default_label=State.form["user_name"],
                problems=State.problems,
                hint="Links the practitioner to the user who signs in.",
                optional=True,
            ),
        ],
        hint="Add the doctors, nurses and therapists who see patients.",
    )
