"""Booking on a page of its own, from the record, the menu and the palette."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.scheduling.booking_form import booking_form
from hms_app.state.scheduling.booking import BookingState as S


@page_for(navigation.BOOKING, on_load=[S.load])
def booking_page() -> rx.Component:
    """Book an appointment."""
    return frame(
        navigation.BOOKING,
        kit.page_header("Book appointment", "Choose a patient, a service and a free time."),
        rx.el.div(booking_form(), class_name="max-w-[760px]"),
    )
