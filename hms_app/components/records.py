"""Parts of a record page: the patient's banner and the timeline."""

from typing import Any

import reflex as rx

from hms_app.components.buttons import link
from hms_app.components.display import avatar, badge
from hms_app.components.icons import icon as draw
from hms_app.components.kinds import Child, Text, given


def patient_banner(
    *,
    name: Text,
    initials: Text,
    age: Text,
    birth_date: Text,
    photo: Text = "",
    sex: Text,
    number: Text,
    href: Text = "",
    allergies: rx.Var[Any] | list[str] | None = None,
    allergy_note: Text = "",
    badges: list[Child] | None = None,
    actions: Child | None = None,
    heading: bool = True,
) -> rx.Component:
    """Who this is, always in sight: name, age and birth date, sex, number, allergies. `allergies` are words."""
    title: Any = link(name, href=href, class_name="k-patient-link") if given(href) else name
    alerts: list[Any] = []
    if isinstance(allergies, rx.Var):
        alerts.append(
            rx.foreach(
                allergies, lambda text: rx.el.li(badge(text, "danger", icon="triangle-alert"), key=text)
            )
        )
    else:
        alerts.extend(rx.el.li(badge(text, "danger", icon="triangle-alert")) for text in allergies or [])
    if given(allergy_note):
        alerts.append(rx.el.li(badge(allergy_note, "neutral", plain=True)))
    return rx.el.section(
        _face(initials, photo),
        rx.el.div(
            rx.el.h1(title, class_name="k-patient-name", tab_index=-1)
            if heading
            else rx.el.p(title, class_name="k-patient-name"),
            rx.el.ul(
                rx.el.li(age, rx.el.span(birth_date, class_name="k-patient-born")),
                rx.el.li(sex),
                rx.el.li(rx.el.span(number, class_name="k-mono")),
                class_name="k-patient-facts",
            ),
            class_name="k-patient-who",
        ),
        rx.el.ul(
            *alerts,
            *[rx.el.li(item) for item in badges or []],
            class_name="k-patient-alerts",
            aria_label="Allergies and alerts",
        ),
        rx.el.div(actions, class_name="k-patient-actions") if actions is not None else rx.fragment(),
        class_name="k-patient",
        aria_label="Patient",
    )


def _face(initials: Text, photo: Text) -> rx.Component:
    drawn = avatar(initials, size="large")
    if not given(photo):
        return drawn
    return rx.cond(photo, rx.el.img(src=photo, alt="", class_name="k-avatar k-large k-face"), drawn)


KIND_ICONS = {
    "encounter": "stethoscope",
    "condition": "activity",
    "medication": "pill",
    "observation": "chart-line",
    "procedure": "scissors",
    "allergy": "triangle-alert",
    "immunization": "syringe",
    "care_plan": "clipboard-list",
    "imaging": "scan",
    "report": "clipboard-check",
    "device": "cpu",
    "supply": "package",
    "note": "file-text",
    "document": "paperclip",
    "appointment": "calendar",
    "billing": "receipt",
}
"""Icons of the timeline's kinds of entry, by the row's `kind`."""


def kind_icon(kind: Text, *, size: int = 16) -> rx.Component:
    """The icon of a kind of clinical entry."""
    if isinstance(kind, str):
        return draw(KIND_ICONS.get(kind, "circle"), size=size)
    cases = [(name, draw(drawing, size=size)) for name, drawing in KIND_ICONS.items()]
    return rx.match(kind, *cases, draw("circle", size=size))


def timeline(rows: rx.Var[Any], *, label: str = "Timeline", details: Any = None) -> rx.Component:
    """Entries, newest first, under date headings.

    `rows` is a flat state list with the keys `id`, `day` (the heading; empty on all but the first row of a day),
    `kind`, `kind_label`, `title`, `detail`, `time`. `details(row)` may add more below an entry.
    """

    def _entry(row: Any) -> rx.Component:
        return rx.el.li(
            rx.cond(row["day"], rx.el.h3(row["day"], class_name="k-time-day"), rx.fragment()),
            rx.el.div(
                rx.el.span(kind_icon(row["kind"]), class_name="k-time-icon", data_kind=row["kind"]),
                rx.el.div(
                    rx.el.div(
                        rx.el.p(row["title"], class_name="k-time-title"),
                        rx.el.span(row["time"], class_name="k-time-clock"),
                        class_name="k-time-head",
                    ),
                    rx.el.p(
                        rx.el.span(row["kind_label"], class_name="k-time-kind"),
                        rx.cond(row["detail"], rx.el.span(row["detail"]), rx.fragment()),
                        class_name="k-time-detail",
                    ),
                    details(row) if details is not None else rx.fragment(),
                    class_name="k-grow min-w-0",
                ),
                class_name="k-time-entry",
            ),
            key=row["id"],
        )

    return rx.el.ol(rx.foreach(rows, _entry), class_name="k-timeline", aria_label=label)
