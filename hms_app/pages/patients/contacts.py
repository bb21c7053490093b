"""The tab "Contacts and coverage"."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.core.permissions import Permission
from hms_app.domain.patients.values import DETAIL_FORMS, DetailKind
from hms_app.pages.guard import page_for
from hms_app.pages.patients.detail_parts import (
    add_button,
    choice,
    detail_row,
    form_drawer,
    question_dialogs,
    row_menu,
    rows_card,
    text,
)
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.pages.patients.record_places import may
from hms_app.state.patients.contacts import ContactsState as S

EDITS_CONTACTS = may(Permission.PATIENTS_CONTACT_EDIT)
EDITS_COVERAGE = may(Permission.PATIENTS_COVERAGE_EDIT)
CONTACT_KINDS = ["phone", "email", "address", "relation"]


@page_for(navigation.PATIENT_CONTACTS, on_load=[S.load], live=of_record(S.refresh))
def contacts_page() -> rx.Component:
    """How the patient is reached, whom to call, and who pays."""
    return record_frame(
        navigation.PATIENT_CONTACTS,
        kit.columns(
            [
                _card(
                    "point",
                    "Phones and e-mail",
                    "No phone or e-mail address is recorded.",
                    ("Phone", "phone"),
                    ("E-mail", "email"),
                ),
                _card("address", "Addresses", "No address is recorded.", ("Address", "address")),
                _card(
                    "relation",
                    "Contacts and guarantors",
                    "Nobody to call is recorded.",
                    ("Contact", "relation"),
                ),
            ],
            [rx.cond(S.sees_coverage, _coverage_card(), rx.fragment())],
        ),
        form_drawer(
            S,
            ("phone", _phone_fields(), S.save_contact),
            ("email", _email_fields(), S.save_contact),
            ("address", _address_fields(), S.save_contact),
            ("relation", _relation_fields(), S.save_contact),
            ("coverage", _coverage_fields(), S.save_coverage),
        ),
        question_dialogs(
            S,
            (CONTACT_KINDS, S.end_contact, S.retract_contact),
            (["coverage"], S.end_coverage, S.retract_coverage),
        ),
        state=S,
    )


def _card(group: str, title: str, nothing: str, *adds: tuple[str, str]) -> rx.Component:
    buttons = [rx.cond(EDITS_CONTACTS, add_button(label, S.add(kind)), rx.fragment()) for label, kind in adds]
    return rows_card(
        title, S.groups[group], lambda row: _row(row, EDITS_CONTACTS), nothing, *buttons, past=S.past[group]
    )


def _coverage_card() -> rx.Component:
    return rows_card(
        "Coverage",
        S.groups["coverage"],
        lambda row: _row(row, EDITS_COVERAGE),
        "No coverage is valid today.",
        rx.cond(EDITS_COVERAGE, add_button("Coverage", S.add("coverage")), rx.fragment()),
        past=S.past["coverage"],
    )


def _row(row: Any, allowed: Any) -> rx.Component:
    return detail_row(row, row_menu(S, row, allowed))


def _phone_fields() -> list[Any]:
    form = DETAIL_FORMS[DetailKind.PHONE]
    return [
        text(S, form, "number", type="tel", max_length=40, auto_focus=True,
             hint="As people write it here; a number abroad with its country code"),
        choice(S, form, "use"),
    ]  # fmt: skip


def _email_fields() -> list[Any]:
    form = DETAIL_FORMS[DetailKind.EMAIL]
    return [text(S, form, "value", type="email", max_length=254, auto_focus=True), choice(S, form, "use")]


def _address_fields() -> list[Any]:
    form = DETAIL_FORMS[DetailKind.ADDRESS]
    return [
        text(S, form, "address_line", optional=True, auto_focus=True),
        kit.form_row(
            text(S, form, "postal_code", optional=True, max_length=20), text(S, form, "city", optional=True)
        ),
        kit.form_row(text(S, form, "region", optional=True), text(S, form, "county", optional=True)),
        choice(S, form, "country", S.countries, placeholder="Not given", optional=True),
        choice(S, form, "use"),
    ]


def _relation_fields() -> list[Any]:
    form = DETAIL_FORMS[DetailKind.RELATION]
    return [
        text(S, form, "name", max_length=100, auto_focus=True),
        choice(S, form, "kind"),
        text(
            S,
            form,
            "relationship_name",
            optional=True,
            max_length=60,
            hint="Such as mother or neighbour",
        ),
        text(S, form, "phone", type="tel", optional=True, max_length=40),
    ]


def _coverage_fields() -> list[Any]:
    form = DETAIL_FORMS[DetailKind.COVERAGE]
    return [
        kit.combobox(
            form["payer_id"].label,
            "payer_id",
            on_search=S.find_payers,
            options=S.payers,
            default_value=S.form["payer_id"],
            default_label=S.form["payer_id-text"],
            problems=S.problems,
        ),
        choice(S, form, "rank", hint="Only one coverage is primary at a time"),
        text(S, form, "plan", optional=True, max_length=100),
        text(S, form, "member_number", optional=True, max_length=100),
        kit.form_row(_date("starts_on"), _date("ends_on", hint="This day included")),
        text(S, form, "share", optional=True, suffix="%", input_mode="decimal", max_length=6),
    ]


def _date(name: str, **props: Any) -> rx.Component:
    return kit.date_field(
        DETAIL_FORMS[DetailKind.COVERAGE][name].label,
        name,
        problems=S.problems,
        default_value=S.form[name],
        optional=True,
        **props,
    )
