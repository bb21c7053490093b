"""Correcting who a patient is, alone or after somebody else saved first."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.versions import versioned
from hms_app.domain.patients.values import FIELD_LABELS, MARITAL_LABELS, SEX_LABELS
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.pages.patients.record_places import href_of
from hms_app.state.patients.edit import EditPatientState as S

SEXES = list(SEX_LABELS.items())
MARITAL = [(value, label or "Not asked") for value, label in MARITAL_LABELS.items()]


@page_for(navigation.PATIENT_EDIT, on_load=[S.load], live=of_record(S.refresh))
def edit_page() -> rx.Component:
    """The form; or both versions, field by field."""
    return record_frame(
        navigation.PATIENT_EDIT,
        kit.narrow(
            versioned(
                S,
                _form(),
                on_submit=S.save,
                leave=kit.link_button("Keep theirs", href_of(navigation.PATIENT_RECORD), variant="ghost"),
            )
        ),
        state=S,
        has_tabs=False,
    )


def _form() -> rx.Component:
    return kit.form(
        kit.form_section(
            "Name",
            kit.form_row(_text("family_name", auto_focus=True), _text("given_names")),
            kit.form_row(_text("preferred_name", optional=True), _text("maiden_name", optional=True)),
            kit.form_row(
                _text("prefix", optional=True, max_length=20), _text("suffix", optional=True, max_length=20)
            ),
        ),
        kit.form_section(
            "Birth and sex",
            _text(
                "birth",
                optional=True,
                max_length=40,
                hint="Such as 3 Feb 1980, 1980, 42 y or 7 months.",
            ),
            kit.form_row(_choice("sex_at_birth", SEXES), _choice("gender", SEXES)),
        ),
        kit.form_section(
            "About the patient",
            kit.form_row(_choice("marital_status", MARITAL), _language()),
            _text("birth_place", optional=True, max_length=200),
            kit.form_row(_text("race", optional=True), _text("ethnicity", optional=True)),
        ),
        kit.form_actions(
            kit.submit_button("Save patient", busy=S.is_saving),
            kit.link_button("Cancel", href_of(navigation.PATIENT_RECORD), variant="ghost"),
        ),
        on_submit=S.save,
        problem=S.refusal,
        key=S.form_key,
        aria_label="Correct a patient",
    )


def _text(name: str, *, max_length: int = 100, **props: Any) -> rx.Component:
    return kit.text_field(
        FIELD_LABELS[name],
        name,
        problems=S.problems,
        default_value=S.form[name],
        max_length=max_length,
        auto_complete="off",
        **props,
    )


def _choice(name: str, options: list[tuple[str, str]]) -> rx.Component:
    return kit.select_field(
        FIELD_LABELS[name], name, options, problems=S.problems, default_value=S.form[name]
    )


def _language() -> rx.Component:
    """The usual languages; what a file brought otherwise stays a choice."""
    return kit.select_field(
        FIELD_LABELS["language"],
        "language",
        S.languages,
        placeholder="Not asked",
        problems=S.problems,
        default_value=S.form["language"],
        optional=True,
    )
