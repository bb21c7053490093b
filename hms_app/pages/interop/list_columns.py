"""The columns of a list: what each holds, how its texts are written, and the first rows as they will be read."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.domain.interop.values import FIELD_LABELS
from hms_app.state.interop.import_job import ImportJobState as S

FIELDS = [("", "Leave out"), *((field.value, label) for field, label in FIELD_LABELS.items())]
ORDERS = [
    ("dmy", "Day first: 03/04/1980 is 3 April"),
    ("mdy", "Month first: 03/04/1980 is 4 March"),
    ("ymd", "Year first: 1980/04/03"),
]
NAMES = [("given_first", "Given names first"), ("family_first", "Family name first")]


def columns_step() -> rx.Component:
    """Say what the columns hold, see the first rows, then have the list checked."""
    return rx.fragment(
        kit.form(
            kit.card(
                kit.data_table(_columns(), S.columns, label="Columns of the list"),
                title="Columns",
                subtitle="Guessed from the headings. Change what is wrong; leave out what is not needed.",
                flush=True,
            ),
            kit.card(_writing(), title="How the list is written"),
            kit.form_actions(
                rx.cond(
                    S.is_mapped,
                    kit.button("Check the list", variant="primary", icon="list-checks", on_click=S.check),
                    rx.fragment(),
                ),
                rx.cond(
                    S.is_mapped,
                    kit.submit_button("Keep columns", busy=S.is_busy, variant="secondary"),
                    kit.submit_button("Keep columns", busy=S.is_busy),
                ),
                kit.button("Cancel import", variant="ghost", on_click=S.cancel),
            ),
            on_submit=S.keep_columns,
            problem=S.refusal,
            key=S.mapping_key,
            aria_label="Columns of the list",
        ),
        _preview(),
    )


def _columns() -> list[kit.Column]:
    return [
        kit.Column("heading", "Heading", phone="title", width="220px"),
        kit.Column(
            "samples", "First values", cell=lambda row: rx.el.span(row["samples"], class_name="k-hint")
        ),
        kit.Column("field", "Holds", cell=_choice, width="300px"),
    ]


def _choice(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.select(
                *[rx.el.option(label, value=value) for value, label in FIELDS],
                name=row["name"],
                default_value=row["field"],
                aria_label=f"What the column {row['heading']} holds",
                class_name="k-input k-select",
            ),
            rx.el.span(kit.icon("chevron-down"), class_name="k-affix k-affix-end"),
            class_name="k-affixed",
        ),
        kit.field_error(row["problem"]),
    )


def _writing() -> rx.Component:
    return rx.el.div(
        rx.cond(
            S.is_ambiguous,
            kit.callout(
                "The dates of birth in figures can be read in more than one order. Choose the one of this list.",
                tone="warning",
            ),
            rx.fragment(),
        ),
        kit.form_row(
            kit.select_field(
                "Dates in figures", "date_order", ORDERS, default_value=S.mapping["date_order"], problems=S.problems
            ),
            kit.select_field(
                "Names in one column", "name_order", NAMES, default_value=S.mapping["name_order"],
                hint="A comma always ends the family name",
            ),
        ),
        kit.form_row(
            kit.text_field(
                "Where the list comes from", "source", default_value=S.mapping["source"], max_length=80,
                problems=S.problems, hint="The same rows of the same source are the same patients",
            ),
            _key_column(),
        ),
        kit.checkbox_field(
            "Register people who look like somebody registered already",
            "takes_lookalikes",
            default_checked=S.mapping["takes_lookalikes"] != "",
            hint="Otherwise they are left out and reported",
        ),
        class_name="flex flex-col gap-4",
    )  # fmt: skip


def _key_column() -> rx.Component:
    return kit.select_field(
        "Rows are told apart by",
        "key_column",
        S.key_options,
        placeholder="All that the row says",
        default_value=S.mapping["key_column"],
        optional=True,
        problems=S.problems,
        hint="A column with a number of its own for each patient",
    )


def _preview() -> rx.Component:
    columns = [
        kit.Column("line", "Line", numeric=True, width="70px", phone="hide"),
        kit.Column("name", "Name", phone="title"),
        kit.Column("birth", "Born"),
        kit.Column("sex", "Sex"),
        kit.Column("contact", "Phone and e-mail"),
        kit.Column("address", "Address"),
        kit.Column("identifiers", "Numbers"),
        kit.Column("problem", "", cell=_verdict),
    ]
    return kit.card(
        kit.data_table(columns, S.preview, label="First rows as they are read"),
        title="First rows, as they are read",
        subtitle="Keep the columns to see what a change does.",
        flush=True,
    )  # fmt: skip


def _verdict(row: Any) -> rx.Component:
    return rx.cond(row["problem"] != "", kit.field_error(row["problem"]), kit.badge("Fine", "success"))
