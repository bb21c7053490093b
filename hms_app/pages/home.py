"""The first screen of everyone who is signed in."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.core.live import PATIENTS
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.state.home import HomeState as S
from hms_app.state.live import Live
from hms_app.state.shell import ShellState

ICONS = sorted({screen.icon for screen in navigation.SCREENS if screen.group})


@page_for(
    navigation.HOME,
    on_load=[S.load],
    live=Live(S.refresh, PATIENTS, "department", "room", "practitioner", "payer", "app_user"),
)
def home() -> rx.Component:
    """Greeting, patient search, recent patients, what is still to set up, and where to go."""
    return frame(
        navigation.HOME,
        rx.cond(
            S.greeting == "",
            rx.cond(S.problem != "", kit.error_state(S.problem, on_retry=S.load), _waiting()),
            rx.el.div(
                kit.page_header(S.greeting, S.today),
                kit.stack(
                    rx.foreach(S.warnings, _warning),
                    rx.cond(S.finds_patients, _search(), rx.fragment()),
                    rx.cond(S.steps.length() > 0, _setup(), rx.fragment()),
                    rx.cond(S.finds_patients, _recent(), rx.fragment()),
                    _places(),
                ),
            ),
        ),
    )


def _waiting() -> rx.Component:
    return kit.stack(
        kit.skeleton("title", width="280px"),
        kit.skeleton("block", height="64px"),
        kit.grid(*[kit.skeleton_card() for _ in range(3)], columns=3),
    )


def _warning(sentence: Any) -> rx.Component:
    return rx.el.div(kit.callout(sentence, tone="warning"), key=sentence)


def _search() -> rx.Component:
    return kit.card(
        rx.el.div(
            kit.search_field(
                "Find a patient",
                on_search=S.search,
                name="find",
                placeholder="Name, number, phone or date of birth",
            ),
            class_name="[&_.k-search]:max-w-none [&_.k-search]:w-full",
        ),
        rx.cond(
            S.found.length() > 0,
            rx.el.div(_patients(S.found), class_name="pt-3"),
            rx.cond(
                S.text.length() >= 2,
                rx.el.p(
                    "No patient matches. Try fewer letters, another part of the name, or the date of birth.",
                    class_name="text-(--muted) text-[13px] pt-3",
                    role="status",
                ),
                rx.fragment(),
            ),
        ),
        title="Find a patient",
        actions=rx.cond(ShellState.registers_patients, _register(), rx.fragment()),
    )


def _register() -> rx.Component:
    return kit.link_button(
        "Register patient", navigation.PATIENT_REGISTER.route, icon="user-round-plus", size="small"
    )


def _patients(rows: Any) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            rows,
            lambda row: rx.el.li(
                kit.link(
                    rx.el.span(row["name"], class_name="font-medium grow min-w-0 truncate"),
                    rx.el.span(
                        row["birth_date"],
                        " · ",
                        row["sex"],
                        class_name="text-(--muted) text-[13px] hidden sm:inline",
                    ),
                    rx.el.span(row["mrn"], class_name="k-mono text-[13px] text-(--muted)"),
                    href=row["href"],
                    class_name="flex items-center gap-3 px-2 py-2 min-h-11 rounded-lg hover:bg-(--hover)",
                ),
                key=row["id"],
            ),
        ),
        class_name="flex flex-col -mx-2",
    )


def _recent() -> rx.Component:
    return kit.card(
        rx.cond(
            S.recent.length() > 0,
            _patients(S.recent),
            kit.empty_state(
                "No patient opened yet",
                "Patients whose record you open appear here.",
                icon="history",
                compact=True,
                action=kit.link_button("Open the patient list", navigation.PATIENT_LIST.route),
            ),
        ),
        title="Recently opened",
        subtitle="Only you see this list.",
    )


def _setup() -> rx.Component:
    return kit.card(
        rx.el.ol(rx.foreach(S.steps, _step), class_name="flex flex-col divide-y divide-(--line)"),
        title="Set up your hospital",
        subtitle="What is still missing before the first day.",
    )


def _step(step: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(
            step["is_done"],
            rx.el.span(kit.icon("circle-check", size=18), class_name="text-(--success)"),
            rx.el.span(kit.icon("circle-dashed", size=18), class_name="text-(--faint)"),
        ),
        rx.el.div(
            rx.el.p(step["title"], class_name="font-medium"),
            rx.el.p(step["detail"], class_name="text-(--muted) text-[13px]"),
            class_name="grow min-w-0",
        ),
        rx.cond(
            step["is_done"],
            kit.badge("Done", "success", plain=True),
            kit.link_button("Open", step["href"], size="small", aria_label=f"Open: {step['title']}"),
        ),
        class_name="flex items-center gap-3 py-3 first:pt-0 last:pb-0",
        key=step["href"],
    )


def _places() -> rx.Component:
    def _place(place: Any) -> rx.Component:
        drawings = [(name, kit.icon(name, size=20)) for name in ICONS]
        return kit.link(
            rx.el.span(
                rx.match(place["icon"], *drawings, kit.icon("circle", size=20)),
                class_name="text-(--accent) shrink-0",
            ),
            rx.el.span(place["title"], class_name="font-medium min-w-0 truncate"),
            href=place["href"],
            class_name="k-card flex items-center gap-3 px-4 min-h-14 hover:border-(--line-strong)",
            key=place["href"],
        )

    return rx.cond(
        S.places.length() > 0,
        rx.el.nav(
            rx.foreach(S.places, _place),
            aria_label="Where you can go",
            class_name="grid grid-cols-2 lg:grid-cols-3 xl:grid-cols-4 gap-3",
        ),
        rx.fragment(),
    )
