"""The set-up page of an empty hospital; dead once there is one."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.domain.scheduling.values.clinics import CLINIC_LABELS
from hms_app.domain.security.rules.passwords import MIN_LENGTH
from hms_app.pages.guard import page_for
from hms_app.pages.organization.hospital_fields import name_field, place_fields, writing_fields
from hms_app.state.security.set_up import SetUpState as State

KINDS = [(kind.value, label) for kind, label in CLINIC_LABELS.items()]
FIRST_VALUES = {"language": "en"}


@page_for(navigation.SET_UP, on_load=[State.load])
def set_up_page() -> rx.Component:
    """The one-time code, the hospital, and its first administrator."""
    return kit.centered(
        kit.form(
            kit.form_section(
                "One-time code",
                kit.text_field(
                    "Code from the terminal",
                    "code",
                    problems=State.problems,
                    hint="It was printed where the hospital was started, and shows that you may set it up.",
                    auto_complete="off",
                    auto_focus=True,
                    max_length=100,
                ),
            ),
            kit.form_section(
                "Your hospital",
                name_field(State.problems, _value),
                hint="Its logo is chosen in the settings, once you are signed in.",
            ),
            kit.form_section("Address and contact", *place_fields(State.problems, _value)),
            kit.form_section("Dates, times and money", *writing_fields(State.problems, _value)),
            kit.form_section(
                "First administrator",
                *_administrator(),
                hint="Looks after users, roles and settings. More people are invited later.",
            ),
            kit.form_section("Appointments", *_appointments()),
            kit.checkbox_field(
                "Load the demo patients",
                "wants_demo",
                hint="27 invented patients, departments and rooms to look around with. "
                "Leave it out for a hospital that will hold real people.",
            ),
            kit.form_actions(kit.submit_button("Set up the hospital", busy=State.is_saving, size="large")),
            on_submit=State.submit,
            problem=State.problem,
            on_mount=rx.call_script("window.hmsOwnZone && window.hmsOwnZone('field-zone_name')"),
        ),
        title="Set up your hospital",
        subtitle="A few minutes, once. Everything but the code can be changed later.",
        wide=True,
    )


def _appointments() -> list[rx.Component]:
    return [
        kit.select_field(
            "Kind of clinic",
            "clinic_kind",
            KINDS,
            placeholder="None of these, or later",
            hint="Makes five services and consulting hours to begin with.",
            problems=State.problems,
            optional=True,
        ),
        kit.checkbox_field(
            "I see patients myself",
            "sees_patients",
            hint="Adds you as the first practitioner, who can be booked at once.",
            problems=State.problems,
        ),
    ]


def _administrator() -> list[rx.Component]:
    return [
        kit.text_field("Name", "admin_name", problems=State.problems, auto_complete="name", max_length=120),
        kit.text_field(
            "E-mail address to sign in with",
            "admin_email",
            type="email",
            problems=State.problems,
            auto_complete="username",
            max_length=254,
        ),
        kit.password_field(
            "Password",
            "password",
            new=True,
            problems=State.problems,
            hint=f"At least {MIN_LENGTH} characters; a sentence is easy to remember. No common password, no names.",
            max_length=256,
        ),
        kit.password_field(
            "The same password again", "password_again", new=True, problems=State.problems, max_length=256
        ),
    ]


def _value(name: str) -> str:
    return FIRST_VALUES.get(name, "")
