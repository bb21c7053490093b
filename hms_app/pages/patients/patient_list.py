"""The patient list."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.core.live import PATIENTS
from hms_app.domain.patients.values import COLUMNS, ListColumn
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.state.live import Live
from hms_app.state.patients.patient_list import PatientListState as S
from hms_app.state.shell import ShellState

SEXES = [("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")]
AGES = [
    ("0-1", "Under 2 years"),
    ("2-11", "2 to 11 years"),
    ("12-17", "12 to 17 years"),
    ("18-39", "18 to 39 years"),
    ("40-64", "40 to 64 years"),
    ("65-", "65 years and older"),
]
LIVES = [("no", "Living"), ("yes", "Deceased")]
RECORDS = [("active", "Active"), ("inactive", "Inactive"), ("entered_in_error", "Entered in error")]
LAST_VISITS = [
    ("30", "In the last 30 days"),
    ("182", "In the last six months"),
    ("365", "In the last year"),
    ("over-365", "More than a year ago"),
    ("over-1095", "More than three years ago"),
    ("never", "Never here"),
]
EXPORT_FORM = "export-patients"
SHAPES: dict[str, dict[str, Any]] = {
    "name": {"phone": "title"},
    "mrn": {"width": "140px"},
    "birth_date": {"width": "140px"},
    "age": {"width": "110px", "phone": "hide"},
    "sex": {"width": "100px"},
    "status": {"width": "200px", "phone": "badge"},
}


@page_for(navigation.PATIENT_LIST, on_load=[S.load], live=Live(S.refresh, PATIENTS))
def patient_list() -> rx.Component:
    """Find a patient by any part of the name, number, phone, date of birth or identifier."""
    return frame(
        navigation.PATIENT_LIST,
        kit.page_header(
            "Patients",
            "Everyone known to this hospital.",
            actions=rx.cond(
                ShellState.registers_patients,
                kit.link_button(
                    "Register patient",
                    navigation.PATIENT_REGISTER.route,
                    variant="primary",
                    icon="user-round-plus",
                ),
                rx.fragment(),
            ),
        ),
        kit.toolbar(
            kit.search_field(
                "Search patients",
                on_search=S.search,
                placeholder="Name, number, phone or date of birth",
                default_value=S.asked["text"],
                key=S.q_key,
                wait_ms=200,
            ),
            _filters(),
            right=[kit.count(S.count), _columns_menu(), _views_menu(), _export_menu()],
        ),
        kit.data_table(
            [_column(name, column) for name, column in COLUMNS.items()],
            S.rows,
            label="Patients",
            sort=S.asked["sort"],
            on_sort=S.sort_by,
            loading=S.is_loading,
            problem=rx.cond(S.is_keeping, "", S.problem),
            on_retry=S.load,
            empty=_empty(),
            href=lambda row: row["href"],
            footer=kit.pager(
                summary=S.count,
                has_previous=S.has_previous,
                has_next=S.has_next,
                on_previous=S.previous_page,
                on_next=S.next_page,
            ),
        ),
        _filter_drawer(),
        _keeping_dialog(),
    )


def _filters() -> rx.Component:
    def chip(label: str, part: str, options: list[tuple[str, str]]) -> rx.Component:
        return kit.filter_chip(
            label, value=S.asked[part], options=options, on_choose=lambda value: S.narrow(part, value)
        )

    def chosen(label: str, part: str) -> rx.Component:
        return kit.set_filter(
            label, shown=rx.cond(S.asked[part], S.names[part], ""), on_remove=S.narrow(part, "")
        )

    return kit.filter_chips(
        chip("Sex", "sex", SEXES),
        kit.filter_chip("Age", value=S.age_band, options=AGES, on_choose=S.narrow_age, shown=S.age_words),
        _if_offered("last_visit", chip("Last visit", "last_visit", LAST_VISITS)),
        chip("Life", "deceased", LIVES),
        chip("Record", "status", RECORDS),
        chosen("Department", "department"),
        chosen("Practitioner", "practitioner"),
        chosen("Payer", "payer"),
        chosen("Condition", "condition"),
        kit.button(
            "More filters", icon="list-filter", size="small", variant="ghost", on_click=S.open_filters
        ),
    )


def _if_offered(part: str, control: rx.Component) -> rx.Component:
    return rx.cond(S.filters.contains(part), control, rx.fragment())


def _column(name: str, column: ListColumn) -> kit.Column:
    cells = {
        "name": lambda row: kit.cell_link(row["name"], row["href"]),
        "mrn": lambda row: rx.el.span(row["mrn"], class_name="k-mono"),
        "status": lambda row: kit.badge(row["status"], row["status_tone"]),
    }
    return kit.Column(
        name,
        column.label,
        cell=cells.get(name),
        sortable=column.sort == name,
        shown=True if name == "name" else S.columns.contains(name),
        **SHAPES.get(name, {}),
    )


def _columns_menu() -> rx.Component:
    return kit.menu(
        kit.button("Columns", icon="columns-3", size="small"),
        *[
            kit.menu_item(
                column.label, checked=S.columns.contains(name), many=True, on_click=S.toggle_column(name)
            )
            for name, column in COLUMNS.items()
            if name != "name"
        ],
        label="Columns",
    )  # fmt: skip


def _views_menu() -> rx.Component:
    return kit.menu(
        kit.button("Views", icon="bookmark", size="small"),
        rx.foreach(S.views, lambda view: kit.menu_link(view["name"], view["href"], key=view["id"])),
        rx.cond(S.views.length() > 0, kit.menu_separator(), rx.fragment()),
        kit.menu_link("All patients", navigation.PATIENT_LIST.route, icon="users-round"),
        kit.menu_item("Keep this view", icon="bookmark-plus", on_click=S.open_keeping),
        label="Views",
    )


def _export_menu() -> rx.Component:
    """The browser itself posts the question: what was searched for must not stand in an address."""
    fields = rx.foreach(
        S.asked.items(),
        lambda part: rx.el.input(type="hidden", name=part[0], value=part[1], key=part[0], read_only=True),
    )
    kinds = (("xlsx", "Excel workbook (XLSX)", "sheet"), ("csv", "Text table (CSV)", "file-text"))
    menu = kit.menu(
        kit.button("Export", icon="download", size="small"),
        *[
            kit.menu_item(label, icon=icon, type="submit", form=EXPORT_FORM, name="kind", value=kind)
            for kind, label, icon in kinds
        ],
        label="Export",
    )
    form = kit.native_form(fields, action="/exports/patients", id=EXPORT_FORM)
    return rx.cond(S.may_export, rx.fragment(form, menu), rx.fragment())  # fmt: skip


def _filter_drawer() -> rx.Component:
    return kit.drawer(
        "Filters",
        kit.form(
            kit.form_row(
                _age_field("From age", "age_from"),
                _age_field("To age", "age_to"),
            ),
            _if_offered("department", _select("Department", "department", S.departments, "Any department")),
            _if_offered(
                "practitioner",
                kit.combobox(
                    "Practitioner",
                    "practitioner",
                    on_search=S.find_practitioners,
                    options=S.practitioners,
                    default_value=S.asked["practitioner"],
                    default_label=rx.cond(S.asked["practitioner"], S.names["practitioner"], ""),
                    placeholder="Anybody",
                    optional=True,
                ),
            ),
            _if_offered(
                "condition",
                kit.combobox(
                    "Condition",
                    "condition",
                    on_search=S.find_conditions,
                    options=S.conditions,
                    default_value=S.asked["condition"],
                    default_label=rx.cond(S.asked["condition"], S.names["condition"], ""),
                    placeholder="Any condition",
                    hint="Now or before.",
                    optional=True,
                ),
            ),
            _if_offered("payer", _select("Payer", "payer", S.payers, "Any payer", hint="Who pays today.")),
            kit.form_actions(kit.submit_button("Show patients"), kit.button("Cancel", on_click=S.close_filters)),
            on_submit=S.apply_filters,
            guard_unsaved=False,
        ),
        id="patient-filters",
        open=S.is_filtering,
        on_close=S.close_filters,
        reopen=S.open_filters(),
    )  # fmt: skip


def _age_field(label: str, part: str) -> rx.Component:
    return kit.text_field(
        label,
        part,
        default_value=S.asked[part],
        input_mode="numeric",
        max_length=3,
        optional=True,
        hint="Years",
    )


def _select(label: str, part: str, options: Any, placeholder: str, hint: str = "") -> rx.Component:
    return kit.select_field(
        label, part, options, default_value=S.asked[part], placeholder=placeholder, optional=True, hint=hint
    )


def _keeping_dialog() -> rx.Component:
    return kit.dialog(
        "Keep this view",
        kit.form(
            kit.text_field(
                "Name", "name", problems=S.problems, max_length=60, auto_focus=True, placeholder="My diabetics"
            ),
            kit.form_actions(kit.submit_button("Keep view"), kit.button("Cancel", on_click=S.close_keeping)),
            on_submit=S.keep_view,
            problem=rx.cond(S.problems.length() > 0, "", S.problem),
            guard_unsaved=False,
        ),
        rx.cond(
            S.views.length() > 0,
            rx.el.div(
                rx.el.h3("Kept views", class_name="text-sm font-semibold mt-4 mb-1"),
                rx.foreach(S.views, _kept),
            ),
            rx.fragment(),
        ),
        id="keep-view",
        description="Filters, sort and columns, without what is searched for. Only you see it.",
        open=S.is_keeping,
        on_close=S.close_keeping,
        reopen=S.open_keeping(),
        size="small",
    )  # fmt: skip


def _kept(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(view["name"], class_name="k-grow truncate"),
        kit.icon_button("Remove this view", "trash-2", size="small", on_click=S.forget_view(view["id"])),
        key=view["id"],
        class_name="flex items-center gap-2",
    )


def _empty() -> rx.Component:
    return rx.cond(
        S.is_narrowed,
        kit.empty_state(
            "No patient matches",
            "Try fewer letters, another part of the name, the date of birth or the phone number, or remove a filter.",
            icon="search-x",
            action=kit.button("Clear search and filters", on_click=S.clear),
        ),
        kit.empty_state(
            "No patients yet",
            "Register the first one. An administrator brings in files under Administration, Imports.",
            icon="users-round",
            action=rx.cond(
                ShellState.registers_patients,
                kit.link_button(
                    "Register patient", navigation.PATIENT_REGISTER.route, icon="user-round-plus"
                ),
                rx.fragment(),
            ),
        ),
    )
