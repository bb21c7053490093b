"""Somebody was registered: their number, their papers, and where it goes on from here."""

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.state.patients.register import RegisterState as S
from hms_app.state.shell import ShellState


def registered() -> rx.Component:
    """What stands in the form's place afterwards."""
    done = S.done
    return kit.narrow(
        kit.card(
            rx.el.div(
                rx.el.span(kit.icon("circle-check", size=28), class_name="text-(--success)"),
                rx.el.div(
                    rx.el.h2(
                        done["name"],
                        " is registered",
                        class_name="k-section-title",
                        tab_index=-1,
                        data_takes_focus="",
                    ),
                    rx.el.p(done["detail"], class_name="text-(--muted)"),
                    rx.el.p("Record number", class_name="k-hint pt-3"),
                    rx.el.p(done["mrn"], class_name="k-mono text-[24px] leading-[32px] font-semibold"),
                    class_name="min-w-0",
                ),
                class_name="flex gap-4 items-start",
            ),
            rx.el.div(
                kit.button(
                    "Register another", variant="primary", icon="user-round-plus", on_click=S.start_over
                ),
                kit.link_button("Open record", done["href"], icon="file-heart"),
                rx.cond(
                    ShellState.checks_in,
                    kit.link_button(
                        "Give a number", f"{navigation.DESK.route}?patient={done['id']}", icon="footprints"
                    ),
                    rx.fragment(),
                ),
                kit.link_button("Print card", done["card"], icon="id-card", external=True, target="_blank"),
                kit.link_button(
                    "Print wristband", done["wristband"], icon="scan-barcode", external=True, target="_blank"
                ),
                class_name="k-row k-wrap pt-5",
            ),
        )
    )
