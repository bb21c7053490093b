"""The tab "Identifiers and consents"."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.core.permissions import Permission
from hms_app.domain.patients.values import CONSENT_LABELS, DECISION_LABELS, DETAIL_FORMS, DetailKind
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
from hms_app.state.patients.identifiers import IdentifiersState as S

KINDS = [(kind.value, label) for kind, label in CONSENT_LABELS.items()]
DECISIONS = [(decision.value, label) for decision, label in DECISION_LABELS.items()]
EDITS_IDENTIFIERS = may(Permission.PATIENTS_IDENTIFIER_EDIT)
EDITS_CONSENTS = may(Permission.PATIENTS_CONSENT_EDIT)


@page_for(navigation.PATIENT_IDENTIFIERS, on_load=[S.load], live=of_record(S.refresh))
def identifiers_page() -> rx.Component:
    """Numbers that others gave the patient, and what the patient agreed to."""
    return record_frame(
        navigation.PATIENT_IDENTIFIERS,
        kit.columns(
            [
                rows_card(
                    "Identifiers",
                    S.groups["identifier"],
                    lambda row: detail_row(row, row_menu(S, row, EDITS_IDENTIFIERS)),
                    "No further identifiers are recorded.",
                    rx.cond(EDITS_IDENTIFIERS, add_button("Identifier", S.add("identifier")), rx.fragment()),
                    past=S.past["identifier"],
                )
            ],
            [rx.cond(S.sees_consents, _consents(), rx.fragment())],
        ),
        form_drawer(
            S,
            ("identifier", _identifier_fields(), S.save_identifier),
            ("consent", _consent_fields(), S.record_consent),
        ),
        question_dialogs(
            S,
            (["identifier"], S.end_identifier, S.retract_identifier),
            (["consent"], S.withdraw_consent, S.retract_consent),
        ),
        state=S,
    )


def _consents() -> rx.Component:
    return rows_card(
        "Consents",
        S.consents,
        lambda row: detail_row(row, _consent_menu(row)),
        "The patient has not been asked yet.",
        rx.cond(EDITS_CONSENTS, add_button("Decision", S.add("consent")), rx.fragment()),
    )


def _consent_menu(row: Any) -> rx.Component:
    return rx.cond(
        EDITS_CONSENTS & (row["state"] != "entered_in_error"),
        kit.menu(
            kit.icon_button("More actions", "ellipsis", size="small", tip=False),
            rx.cond(
                row["may_withdraw"],
                rx.fragment(
                    kit.menu_item("Withdraw", icon="undo-2", on_click=S.ask("end", row["id"])),
                    kit.menu_separator(),
                ),
                rx.fragment(),
            ),
            kit.menu_item(
                "Entered in error", icon="octagon-alert", danger=True, on_click=S.ask("retract", row["id"])
            ),
        ),
        rx.fragment(),
    )


def _identifier_fields() -> list[Any]:
    form = DETAIL_FORMS[DetailKind.IDENTIFIER]
    return [
        choice(S, form, "type", placeholder="Choose"),
        text(S, form, "value", max_length=100),
        text(
            S,
            form,
            "issuer",
            optional=True,
            max_length=100,
            hint="A country, an authority or a hospital",
        ),
    ]


def _consent_fields() -> list[Any]:
    return [
        kit.select_field("What", "kind", KINDS, placeholder="Choose", problems=S.problems),
        kit.radio_group("Decision", "decision", DECISIONS, problems=S.problems, inline=True),
        kit.form_row(
            kit.date_field(
                "Recorded on", "recorded_on", hint="Empty: today", problems=S.problems, optional=True
            ),
            kit.date_field(
                "Valid until", "valid_until", hint="This day included", problems=S.problems, optional=True
            ),
        ),
        kit.textarea_field("Note", "note", rows=3, problems=S.problems, optional=True, max_length=500),
    ]
