"""The menu of a record's banner and the dialogs it opens; each entry only for who may, and only where it can be."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.core.permissions import Permission
from hms_app.domain.patients.values import DEATH_LABELS
from hms_app.pages.patients.record_places import href_of, may
from hms_app.state.patients.head import PatientHeadState as Head
from hms_app.state.patients.record_actions import RecordActionsState as S

EDIT = may(Permission.PATIENTS_PATIENT_EDIT)
MERGE = may(Permission.PATIENTS_PATIENT_MERGE)
RESTRICT = may(Permission.PATIENTS_RESTRICTED_EDIT)
NAME = Head.banner["name"]
STATUS = Head.banner["status_code"]
IS_OPEN = (STATUS == "active") | (STATUS == "inactive")


def record_actions() -> rx.Component:
    """Correct, and the rest in a menu; nothing for who may do none of it."""
    return rx.fragment(
        rx.cond(
            EDIT & IS_OPEN,
            kit.link_button("Edit", href_of(navigation.PATIENT_EDIT), icon="pencil", size="small"),
            rx.fragment(),
        ),
        _papers(),
        rx.cond(
            (EDIT & (STATUS != "merged")) | (RESTRICT & IS_OPEN) | (MERGE & IS_OPEN),
            kit.menu(
                kit.button("More", icon_end="chevron-down", size="small"),
                _when(EDIT & IS_OPEN, _photo_entry()),
                _when(EDIT & IS_OPEN, _death_entries()),
                _when(RESTRICT & IS_OPEN, _restriction_entries()),
                _when(MERGE & IS_OPEN, _merge_entry()),
                _when(EDIT, _status_entries()),
                label="Actions on this record",
            ),
            rx.fragment(),
        ),
    )


def record_dialogs() -> rx.Component:
    """Every dialog of the menu; the one that is asked for is there."""
    return rx.fragment(
        _photo_dialog(),
        _death_dialog(),
        _merge_dialog(),
        _reason_dialog(
            "no-death",
            f"{NAME} is alive?",
            "The day of death is taken off the record; the history keeps it.",
            "Mark as alive",
            S.undo_death,
        ),
        _reason_dialog(
            "restrict",
            f"Restrict the record of {NAME}?",
            "Only people who may see restricted records will find it: not by search, list or address.",
            "Restrict record",
            S.restrict,
        ),
        _reason_dialog(
            "open",
            f"Lift the restriction of {NAME}?",
            "All who may see patients will find this record again.",
            "Lift restriction",
            S.open_record,
        ),
        _reason_dialog(
            "deactivate",
            f"Deactivate the record of {NAME}?",
            "For somebody who no longer comes here. The record stays and can be read, changed and taken up again.",
            "Deactivate record",
            S.deactivate,
        ),
        _reason_dialog(
            "reactivate",
            f"Take the record of {NAME} into use again?",
            "It is found and changed like any other from now on.",
            "Reactivate record",
            S.reactivate,
        ),
        _reason_dialog(
            "retract",
            f"Was the record of {NAME} entered in error?",
            "It is kept, but no list or search offers it and nobody can change it. It can be reactivated.",
            "Mark as entered in error",
            S.retract,
            danger=True,
        ),
    )


def _when(condition: Any, part: rx.Component) -> rx.Component:
    return rx.cond(condition, part, rx.fragment())


def _death_entries() -> rx.Component:
    return rx.cond(
        Head.banner["deceased"] == "",
        kit.menu_item("Mark deceased", icon="calendar-x-2", on_click=S.ask("death")),
        rx.fragment(
            kit.menu_item("Correct the day of death", icon="calendar-x-2", on_click=S.ask("death")),
            kit.menu_item("Not deceased", icon="undo-2", on_click=S.ask("no-death")),
        ),
    )


def _restriction_entries() -> rx.Component:
    return rx.cond(
        Head.banner["restricted"] == "",
        kit.menu_item("Restrict record", icon="lock", on_click=S.ask("restrict")),
        kit.menu_item("Lift restriction", icon="lock-open", on_click=S.ask("open")),
    )


def _status_entries() -> rx.Component:
    return rx.match(
        STATUS,
        (
            "active",
            rx.fragment(
                kit.menu_item("Deactivate record", icon="circle-minus", on_click=S.ask("deactivate")),
                kit.menu_separator(),
                _retract_entry(),
            ),
        ),
        (
            "inactive",
            rx.fragment(
                kit.menu_item("Reactivate record", icon="circle-check", on_click=S.ask("reactivate")),
                kit.menu_separator(),
                _retract_entry(),
            ),
        ),
        (
            "entered_in_error",
            kit.menu_item("Reactivate record", icon="circle-check", on_click=S.ask("reactivate")),
        ),
        rx.fragment(),
    )


def _retract_entry() -> rx.Component:
    return kit.menu_item("Entered in error", icon="octagon-alert", danger=True, on_click=S.ask("retract"))


def _papers() -> rx.Component:
    """What is printed for the patient; a new tab, so that the record stays open."""

    def _paper(label: str, file: str, drawing: str) -> rx.Component:
        address = f"/papers/patients/{Head.shown_for}/{file}"
        return kit.menu_link(label, address, icon=drawing, external=True, target="_blank")

    return kit.menu(
        kit.button("Print", icon="printer", size="small"),
        _paper("Card", "card.pdf", "id-card"),
        _paper("Wristband", "wristband.pdf", "scan-barcode"),
        _when(may(Permission.PATIENTS_RECORD_EXPORT), _export_entries()),
        label="Print",
    )


def _export_entries() -> rx.Component:
    """The whole record, for people and for another hospital's computer; each download is in the audit trail."""
    address = f"/exports/patients/{Head.shown_for}"
    return rx.fragment(
        kit.menu_separator(),
        kit.menu_link("Whole record (PDF)", f"{address}/record.pdf", icon="file-text", external=True),
        kit.menu_link("Whole record (FHIR)", f"{address}/record.json", icon="file-json", external=True),
    )


def _photo_entry() -> rx.Component:
    return kit.menu_item(
        rx.cond(Head.banner["photo"], "Change photo", "Add photo"), icon="camera", on_click=S.ask("photo")
    )


def _photo_dialog() -> rx.Component:
    return kit.dialog(
        f"Photo of {NAME}",
        kit.form(
            kit.photo_field("Photo", "photo", to="/files/pictures/record", problems=S.problems),
            kit.form_actions(
                kit.submit_button("Save photo"),
                rx.cond(
                    Head.banner["photo"],
                    kit.button("Remove photo", icon="trash-2", on_click=S.remove_photo),
                    rx.fragment(),
                ),
                kit.button("Cancel", variant="ghost", on_click=S.close),
            ),
            on_submit=S.change_photo,
            problem=rx.cond(S.problems.contains("photo"), "", S.problem),
            guard_unsaved=False,
        ),
        id="record-photo",
        open=S.dialog == "photo",
        on_close=S.close,
        reopen=S.ask(S.dialog),
    )


def _death_dialog() -> rx.Component:
    return kit.dialog(
        f"When did {NAME} die?",
        kit.form(
            kit.select_field(
                "Known is",
                "known",
                [(known.value, label) for known, label in DEATH_LABELS.items()],
                default_value="day",
                hint="Of a month or a year any day of it will do",
                problems=S.problems,
            ),
            kit.form_row(
                kit.date_field("Day", "died_on", problems=S.problems, auto_focus=True, optional=True),
                kit.time_field(
                    "Time",
                    "died_at",
                    hint="Leave empty when only the day is known",
                    problems=S.problems,
                    optional=True,
                ),
            ),
            kit.form_actions(
                kit.submit_button("Mark deceased"), kit.button("Cancel", variant="ghost", on_click=S.close)
            ),
            on_submit=S.record_death,
            problem=S.problem,
            guard_unsaved=False,
        ),
        id="record-death",
        open=S.dialog == "death",
        on_close=S.close,
        reopen=S.ask(S.dialog),
    )


def _merge_entry() -> rx.Component:
    return kit.menu_item("Merge with another record", icon="merge", on_click=S.ask("merge"))


def _merge_dialog() -> rx.Component:
    return kit.dialog(
        f"Which other record is {NAME}'s too?",
        kit.form(
            rx.el.p(
                "Both are put side by side first. What stays is chosen there, and nothing is merged before."
            ),
            kit.combobox(
                "Other record",
                "other",
                on_search=S.find_other,
                options=S.others,
                placeholder="Name, number, phone or date of birth",
                problems=S.problems,
                auto_focus=True,
            ),
            kit.form_actions(
                kit.submit_button("Compare records"),
                kit.button("Cancel", variant="ghost", on_click=S.close),
            ),
            on_submit=S.compare_with,
            problem=rx.cond(S.problems.contains("other"), "", S.problem),
            guard_unsaved=False,
        ),
        id="record-merge",
        open=S.dialog == "merge",
        on_close=S.close,
        reopen=S.ask(S.dialog),
    )


def _reason_dialog(
    dialog: str, title: Any, text: str, verb: str, on_submit: Any, *, danger: bool = False
) -> rx.Component:
    return kit.dialog(
        title,
        kit.form(
            rx.el.p(text),
            kit.text_field("Reason", "reason", problems=S.problems, max_length=500, auto_focus=True),
            kit.form_actions(
                kit.submit_button(verb, variant="danger" if danger else "primary"),
                kit.button("Cancel", variant="ghost", on_click=S.close),
            ),
            on_submit=on_submit,
            problem=rx.cond(S.problems.contains("reason"), "", S.problem),
            guard_unsaved=False,
        ),
        id=f"record-{dialog}",
        open=S.dialog == dialog,
        on_close=S.close,
        reopen=S.ask(S.dialog),
        alert=True,
    )
