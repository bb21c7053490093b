"""Documents: a list beside which each is looked at, and a place to drop new ones."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.config import get_settings
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.values import DOCUMENT_LABELS
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.pages.patients.record_places import may
from hms_app.state.clinical.documents import DocumentsState as S

KINDS = [(kind.value, label) for kind, label in DOCUMENT_LABELS.items()]
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.gif,.webp,.tif,.tiff,.txt,.docx,.odt,.dcm"
FORM = "add-document"


@page_for(navigation.PATIENT_DOCUMENTS, on_load=[S.load], live=of_record(S.refresh))
def documents() -> rx.Component:
    """Find, look at, download and add documents about a patient."""
    may_edit = may(Permission.CLINICAL_DOCUMENT_EDIT)
    return record_frame(
        navigation.PATIENT_DOCUMENTS,
        kit.toolbar(
            kit.filter_chips(
                chip(S, "Kind", "kind", KINDS),
            ),
            right=[rx.cond(may_edit, _add_button(), rx.fragment())],
        ),
        rx.cond(may_edit, rx.fragment(_drop_strip(), _add_drawer()), rx.fragment()),
        _list(may_edit),
        _look(may_edit),
        _retract(),
        state=S,
    )


def _add_button() -> rx.Component:
    return kit.button("Add document", variant="primary", icon="plus", **kit.opens(FORM))


def _drop_strip() -> rx.Component:
    """A file dropped here opens the form with the file in it."""
    return rx.el.div(
        kit.icon("upload", size=16),
        rx.el.span("Drop a file here to add it"),
        data_drop_for=FORM,
        aria_hidden="true",
        class_name="k-drop pointer-coarse:hidden",
    )


def _list(may_edit: Any) -> rx.Component:
    columns = [
        column(S, "title", cell=_title, phone="title"),
        column(S, "kind"),
        column(S, "day"),
        column(S, "file", phone="hide"),
        column(S, "recorded", phone="hide"),
    ]
    return rx.fragment(
        kit.data_table(
            columns,
            S.rows,
            label="Documents, newest first",
            empty=_nothing(may_edit),
            row_menu=lambda row: _acts(row, may_edit),
        ),
        rx.cond(
            S.has_next,
            kit.button(
                "Show earlier documents", busy=S.is_fetching, on_click=S.show_more, icon="chevron-down"
            ),
            rx.fragment(),
        ),
    )


def _title(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.button(row["title"], type="button", class_name="k-cell-link", on_click=S.look(row["id"])),
        rx.cond(
            row["is_error"],
            rx.el.div(kit.badge("Entered in error", "danger", icon="circle-x"), class_name="pt-0.5"),
            rx.fragment(),
        ),
    )


def _acts(row: Any, may_edit: Any) -> list[rx.Component]:
    return [
        kit.menu_item("Look at it", icon="eye", on_click=S.look(row["id"])),
        kit.menu_link("Download", row["href"], icon="download", external=True),
        rx.cond(
            may_edit & ~row["is_error"].to(bool),
            kit.menu_item(
                "Entered in error", icon="circle-x", danger=True, on_click=S.ask_retract(row["id"])
            ),
            rx.fragment(),
        ),
    ]


def _nothing(may_edit: Any) -> rx.Component:
    return rx.cond(
        S.is_narrowed,
        kit.empty_state(
            "No documents of this kind",
            "Show every kind to see the others.",
            icon="search-x",
            action=kit.button("Show all kinds", on_click=S.clear),
        ),
        kit.empty_state(
            "No documents yet",
            rx.cond(
                may_edit,
                "Add letters, reports and scans: PDF, images, Word, text or DICOM.",
                "Letters, reports and scans appear here.",
            ),
            icon="paperclip",
            action=rx.cond(
                may_edit, kit.button("Add document", icon="plus", **kit.opens(FORM)), rx.fragment()
            ),
        ),
    )


def _add_drawer() -> rx.Component:
    limit = get_settings().max_upload_mb
    form = kit.native_form(
        rx.el.div(data_upload_problem="", role="alert", class_name="k-callout", hidden=True),
        rx.el.input(type="hidden", name="patient_id", default_value=S.shown_for),
        kit.file_field(
            "File",
            "file",
            accept=ACCEPTED,
            hint=f"PDF, image, Word, OpenDocument, text or DICOM; at most {limit} MB. You can drop it here.",
        ),
        kit.form_row(
            kit.select_field("Kind", "kind", KINDS, placeholder="Choose"),
            kit.date_field("Dated", "occurred_on", optional=True, hint="Today unless given"),
        ),
        kit.text_field("Title", "title", optional=True, max_length=200, hint="The file's name unless given"),
        kit.textarea_field("Note", "note", optional=True, rows=3, max_length=2000),
        rx.el.div(
            kit.progress_bar(0, label="Sent"),
            rx.el.span("", data_upload_words="", aria_live="polite", class_name="k-hint"),
            data_upload_progress="",
            hidden=True,
            class_name="flex flex-col gap-1",
        ),
        kit.form_actions(
            kit.submit_button("Add document"), kit.button("Cancel", variant="ghost", **kit.CLOSE)
        ),
        action="/files/documents",
        enc_type="multipart/form-data",
        class_name="k-form",
        data_upload=f"{FORM}-done",
        data_max_bytes=str(get_settings().max_upload_bytes),
        data_drop_for=FORM,
    )
    return rx.fragment(
        kit.drawer("Add document", form, id=FORM),
        rx.el.button(id=f"{FORM}-done", type="button", hidden=True, on_click=S.added),
    )


def _look(may_edit: Any) -> rx.Component:
    shown = S.shown
    return kit.drawer(
        shown["title"],
        rx.el.div(
            rx.cond(
                shown["is_error"],
                kit.callout(rx.el.span("Entered in error: ", shown["error"]), tone="danger"),
                rx.fragment(),
            ),
            rx.cond(shown["id"] != "", _preview(shown), rx.fragment()),
            rx.cond(shown["note"], rx.el.p(shown["note"], class_name="whitespace-pre-wrap"), rx.fragment()),
            kit.description_list(
                ("Kind", shown["kind"]),
                ("Dated", shown["day"]),
                ("File", rx.el.span(shown["file_name"], " · ", shown["file"])),
                ("Added", shown["recorded"]),
                columns=2,
            ),
            class_name="flex flex-col gap-4",
        ),
        id="look-at-document",
        open=shown["id"] != "",
        on_close=S.look(""),
        actions=[
            kit.link_button("Download", shown["href"], variant="primary", icon="download", external=True),
            rx.cond(
                may_edit & ~shown["is_error"].to(bool),
                kit.button("Entered in error", variant="ghost", on_click=S.ask_retract(shown["id"])),
                rx.fragment(),
            ),
        ],
        size="large",
    )


def _preview(shown: Any) -> rx.Component:
    return rx.match(
        shown["preview"],
        (
            "pdf",
            rx.el.iframe(
                src=shown["shown_at"],
                title=shown["title"],
                class_name="w-full h-[60vh] border border-(--line) rounded-md bg-(--surface)",
            ),
        ),
        (
            "image",
            rx.el.img(
                src=shown["shown_at"],
                alt=shown["title"],
                class_name="max-w-full max-h-[60vh] mx-auto rounded-md border border-(--line)",
            ),
        ),
        kit.empty_state(
            "No preview of this kind of file", "Download it to open it on this computer.", icon="file"
        ),
    )


def _retract() -> rx.Component:
    asked = S.retracting
    return kit.dialog(
        "Mark as entered in error",
        kit.form(
            rx.el.p(
                rx.el.strong(asked["title"]),
                " stays in the record, marked, and counts no longer.",
                class_name="text-[13px]",
            ),
            kit.textarea_field("Why", "reason", problems=S.problems, rows=2, max_length=500),
            kit.form_actions(
                kit.submit_button("Mark as entered in error", busy=S.is_saving, variant="danger"),
                kit.button("Cancel", variant="ghost", on_click=S.ask_retract("")),
            ),
            on_submit=S.retract,
            problem=S.dialog_problem,
        ),
        id="retract-document",
        open=asked["id"] != "",
        on_close=S.ask_retract(""),
        reopen=S.ask_retract(asked["id"]),
    )
