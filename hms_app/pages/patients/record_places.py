"""The pages of the record that is open: their addresses, and who may go there."""

import reflex as rx

from hms_app import navigation
from hms_app.core.permissions import Guard
from hms_app.navigation import Screen
from hms_app.state.patients.head import PatientHeadState as Head


def may(permission: Guard) -> rx.Var[bool]:
    """Whether the person at the screen may do this with a record; what counts is asked again by the use case."""
    return Head.rights.contains(str(permission))


def href_of(screen: Screen, query: str = "") -> rx.Var[str]:
    """The address of a page of the record that is open."""
    before, _, after = screen.route.partition("[patient_id]")
    return rx.Var.create(f"{before}{Head.shown_for}{after}{query}")


def href_of_booking() -> rx.Var[str]:
    """The address at which an appointment is booked for the patient whose record is open."""
    return rx.Var.create(f"{navigation.BOOKING.route}?patient={Head.shown_for}")
