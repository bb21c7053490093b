"""The list of appointments, and the Appointments tab of a patient's record."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.lists import asked, chip, column, list_table, list_toolbar
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.pages.patients.record_places import href_of_booking, may
from hms_app.pages.scheduling.appointment_parts import appointment_drawer
from hms_app.state.live import Live
from hms_app.state.patients.appointments import PatientAppointmentsState as OfPatient
from hms_app.state.scheduling.appointment import AppointmentState
from hms_app.state.scheduling.appointments import STATUSES
from hms_app.state.scheduling.appointments import AppointmentsState as S


@page_for(navigation.APPOINTMENT_LIST, on_load=[S.load], live=Live(S.refresh, "appointment"))
def appointments_page() -> rx.Component:
    """Find appointments; look at one, and take the list along."""
    return frame(
        navigation.APPOINTMENT_LIST,
        kit.page_header(
            "Appointments",
            "Every appointment, past and to come.",
            actions=kit.link_button(
                "Book appointment", navigation.BOOKING.route, variant="primary", icon="calendar-plus"
            ),
        ),
        rx.el.div(
            list_toolbar(
                S,
                [
                    _day("From", "from"),
                    _day("To", "to"),
                    chip(S, "Status", "status", STATUSES),
                    chip(S, "Practitioner", "practitioner", S.practitioners, shown=S.names["practitioner"]),
                    chip(S, "Service", "service", S.services, shown=S.names["service"]),
                    chip(S, "Department", "department", S.departments, shown=S.names["department"]),
                ],
                search="Search appointments",
                placeholder="Appointment or record number",
            ),
            list_table(
                S,
                [
                    column(S, "when", cell=_when, phone="title"),
                    column(S, "patient", cell=_patient),
                    column(S, "service"),
                    column(S, "practitioner"),
                    column(S, "room", phone="hide"),
                    column(S, "status", cell=_status),
                    column(S, "number", phone="hide"),
                ],
                label="Appointments",
                href=lambda row: row["href"],
                empty=kit.empty_state(
                    "No appointment matches", "Take away a filter, or book one.", icon="calendar-x"
                ),
            ),
        ),
    )


@page_for(
    navigation.PATIENT_APPOINTMENTS,
    on_load=[OfPatient.load],
    live=of_record(OfPatient.refresh),
)
def patient_appointments() -> rx.Component:
    """When the patient was and will be here; look at one, and book the next."""
    return record_frame(
        navigation.PATIENT_APPOINTMENTS,
        rx.cond(
            may(navigation.BOOKING.guard),
            kit.row(
                kit.link_button(
                    "Book appointment",
                    href_of_booking(),
                    variant="primary",
                    icon="calendar-plus",
                )
            ),
            rx.fragment(),
        ),
        kit.data_table(
            [
                column(OfPatient, "when", cell=_look, phone="title"),
                column(OfPatient, "service"),
                column(OfPatient, "practitioner"),
                column(OfPatient, "room", phone="hide"),
                column(OfPatient, "status", cell=_status),
                column(OfPatient, "number", phone="hide"),
            ],
            OfPatient.rows,
            label="Appointments, the latest first",
            empty=kit.empty_state("No appointments", "What is booked appears here.", icon="calendar-x"),
        ),
        rx.cond(
            OfPatient.has_next,
            kit.button(
                "Show earlier appointments",
                busy=OfPatient.is_fetching,
                on_click=OfPatient.show_more,
                icon="chevron-down",
            ),
            rx.fragment(),
        ),
        appointment_drawer(),
        state=OfPatient,
    )


def _day(label: str, part: str) -> rx.Component:
    return rx.el.div(
        kit.date_field(
            label,
            part,
            id=f"filter-{part}",
            hide_label=True,
            optional=True,
            mark=False,
            placeholder=label,
            default_value=asked(S, part),
            key=S.search_key,
            on_pick=lambda day: S.narrow(part, day),
        ),
        class_name="w-36",
    )


def _when(row: Any) -> rx.Component:
    return kit.cell_link(row["when"], row["href"])


def _look(row: Any) -> rx.Component:
    return rx.el.button(
        row["when"], type="button", class_name="k-cell-link", on_click=AppointmentState.look(row["id"])
    )


def _patient(row: Any) -> rx.Component:
    return rx.el.div(row["patient"], rx.el.div(row["mrn"], class_name="k-cell-detail"))


def _status(row: Any) -> rx.Component:
    return kit.badge(row["status"], row["tone"])
