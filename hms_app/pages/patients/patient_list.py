"""The patient list."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
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


@page_for(navigation.PATIENT_LIST, on_load=[S.load])
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
                default_value=S.q,
                key=S.q_key,
                wait_ms=200,
            ),
            _filters(),
            right=[kit.count(S.count)],
        ),
        kit.data_table(
            _columns(),
            S.rows,
            label="Patients",
            sort=S.sort,
            on_sort=S.sort_by,
            loading=S.is_loading,
            problem=S.problem,
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
    )


def _filters() -> rx.Component:
    life = [("no", "Living"), ("yes", "Deceased")]
    record = [("active", "Active"), ("inactive", "Inactive")]
    return kit.filter_chips(
        kit.filter_chip("Sex", value=S.sex, options=SEXES, on_choose=S.filter_sex),
        kit.filter_chip("Age", value=S.age, options=AGES, on_choose=S.filter_age),
        kit.filter_chip("Life", value=S.deceased, options=life, on_choose=S.filter_deceased),
        kit.filter_chip("Record", value=S.status, options=record, on_choose=S.filter_status),
    )


def _columns() -> list[kit.Column]:
    return [
        kit.Column(
            "name",
            "Name",
            cell=lambda row: kit.cell_link(row["name"], row["href"]),
            sortable=True,
            phone="title",
        ),
        kit.Column(
            "mrn",
            "Number",
            cell=lambda row: rx.el.span(row["mrn"], class_name="k-mono"),
            sortable=True,
            width="140px",
        ),
        kit.Column("birth_date", "Born", sortable=True, width="140px"),
        kit.Column("age", "Age", width="110px", phone="hide"),
        kit.Column("sex", "Sex", width="100px"),
        kit.Column(
            "status",
            "Record",
            cell=lambda row: kit.badge(row["status"], row["status_tone"]),
            width="200px",
            phone="hide",
        ),
    ]


def _empty() -> rx.Component:
    return rx.cond(
        S.is_narrowed,
        kit.empty_state(
            "No patient matches",
            "Try fewer letters, another part of the name, the date of birth or the phone number.",
            icon="search-x",
            action=kit.button("Clear search and filters", on_click=S.clear),
        ),
        kit.empty_state(
            "No patients yet",
            "Register the first one. An administrator brings in patient files with the command hms.py import.",
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
