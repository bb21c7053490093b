"""The list of imports, and where a file is sent in."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.config import get_settings
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.lists import column, list_table, list_toolbar
from hms_app.state.interop.imports import ImportsState as S
from hms_app.state.live import Live

ACCEPTED = ".zip,.json,.ndjson,.csv,.tsv,.txt,.xlsx"
FORM = "add-import"


@page_for(navigation.IMPORTS, on_load=[S.load], live=Live(S.refresh, "import_job"))
def imports() -> rx.Component:
    """Send a file to be read in, and see how far the others are."""
    return frame(
        navigation.IMPORTS,
        kit.page_header(
            "Imports",
            "Files are checked first. Nothing is taken over before you say so.",
            actions=kit.button("Import a file", variant="primary", icon="upload", **kit.opens(FORM)),
        ),
        kit.stack(
            rx.el.div(
                kit.icon("upload", size=16),
                rx.el.span("Drop a Synthea ZIP, FHIR bundles or a patient list here"),
                data_drop_for=FORM,
                aria_hidden="true",
                class_name="k-drop pointer-coarse:hidden",
            ),
            list_toolbar(S, []),
            list_table(
                S,
                _columns(),
                label="Imports, newest first",
                empty=_nothing(),
                href=lambda row: row["href"],
            ),
        ),
        _add_drawer(),
    )


def _columns() -> list[kit.Column]:
    return [
        column(S, "name", cell=lambda row: kit.cell_link(row["name"], row["href"]), phone="title"),
        column(S, "kind_label", width="150px"),
        column(S, "size", numeric=True, width="100px", phone="hide"),
        column(S, "status_label", cell=_status, width="220px"),
        column(S, "by", width="180px"),
        column(S, "created", width="180px"),
    ]


def _status(row: Any) -> rx.Component:
    return kit.work_status(
        row["status_label"], row["tone"], is_busy=row["is_busy"], percent=row["percent"], name=row["name"]
    )


def _nothing() -> rx.Component:
    return kit.empty_state(
        "No imports yet",
        "Send a Synthea CSV export as ZIP, FHIR R4 as JSON, NDJSON or ZIP, or a patient list as CSV or XLSX.",
        icon="file-input",
        action=kit.button("Import a file", icon="upload", **kit.opens(FORM)),
    )


def _add_drawer() -> rx.Component:
    limit = get_settings().max_upload_mb
    form = kit.native_form(
        rx.el.div(data_upload_problem="", role="alert", class_name="k-callout", hidden=True),
        kit.file_field(
            "File",
            "file",
            accept=ACCEPTED,
            hint=f"ZIP, JSON, NDJSON, CSV or XLSX; at most {limit} MB. You can drop it here.",
        ),
        kit.description_list(
            ("Synthea export", "One ZIP archive with all sixteen CSV files"),
            ("FHIR R4", "A bundle as JSON, resources as NDJSON, or a ZIP of many of either"),
            ("Patient list", "One row a patient, with a heading; you say what each column holds"),
        ),
        rx.el.div(
            kit.progress_bar(0, label="Sent"),
            rx.el.span("", data_upload_words="", aria_live="polite", class_name="k-hint"),
            data_upload_progress="",
            hidden=True,
            class_name="flex flex-col gap-1",
        ),
        kit.form_actions(kit.submit_button("Send file"), kit.button("Cancel", variant="ghost", **kit.CLOSE)),
        action="/files/imports",
        enc_type="multipart/form-data",
        class_name="k-form",
        data_upload=f"{FORM}-done",
        data_max_bytes=str(get_settings().max_upload_bytes),
        data_drop_for=FORM,
    )
    return kit.drawer(
        "Import a file", form, id=FORM, description="It is checked before anything is taken over."
    )
