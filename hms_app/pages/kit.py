"""Every part of the component kit in every state, for people who build and check screens. Development only."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.config import get_settings
from hms_app.pages.guard import page_for
from hms_app.pages.kit_calendar import calendar_sample

PATIENTS: rx.Var[list[dict[str, str]]] = rx.Var.create(
    [
        {"id": "1", "href": "#", "name": "Adaeze Okafor", "number": "MRN-000241", "born": "3 Feb 1980", "age": "46",
         "balance": "1,240.00 USD", "status": "Checked in", "tone": "info"},
        {"id": "2", "href": "#", "name": "José Eduardo Gómez", "number": "MRN-000187", "born": "24 Nov 1953", "age": "72",
         "balance": "0.00 USD", "status": "Waiting", "tone": "warning"},
        {"id": "3", "href": "#", "name": "Lena Müller", "number": "MRN-000932", "born": "15 Aug 2019", "age": "7",
         "balance": "86.50 USD", "status": "Treated", "tone": "success"},
        {"id": "4", "href": "#", "name": "Nguyễn Thị Hoa", "number": "MRN-001104", "born": "9 Jan 1991", "age": "35",
         "balance": "12,018.75 USD", "status": "Missed", "tone": "danger"},
        {"id": "5", "href": "#", "name": "Sam O’Connor-Fitzgerald", "number": "MRN-000050", "born": "30 Jun 2002",
         "age": "24", "balance": "310.00 USD", "status": "Planned", "tone": "neutral"},
    ]
)  # fmt: skip
NO_ROWS: rx.Var[list[dict[str, str]]] = rx.Var.create(PATIENTS[:0].to(list[dict[str, str]]))
OPTIONS: rx.Var[list[dict[str, str]]] = rx.Var.create(
    [
        {"value": "1", "label": "Dr Amina Okafor", "detail": "Cardiology"},
        {"value": "2", "label": "Dr Jonas Weber", "detail": "Paediatrics"},
        {"value": "3", "label": "Dr Mei-Ling Chen", "detail": "General practice"},
    ]
)
TIMELINE: rx.Var[list[dict[str, str]]] = rx.Var.create(
    [
        {"id": "1", "day": "23 Nov 2026", "kind": "encounter", "kind_label": "Visit",
         "title": "Follow-up for high blood pressure", "detail": "Dr Amina Okafor, Cardiology", "time": "14:05"},
        {"id": "2", "day": "", "kind": "observation", "kind_label": "Observation", "title": "Blood pressure 138/86 mmHg",
         "detail": "", "time": "14:12"},
        {"id": "3", "day": "", "kind": "medication", "kind_label": "Medication", "title": "Lisinopril 10 mg oral tablet",
         "detail": "Once daily, started", "time": "14:20"},
        {"id": "4", "day": "2 Oct 2026", "kind": "immunization", "kind_label": "Immunization",
         "title": "Influenza, seasonal, injectable", "detail": "", "time": "09:30"},
        {"id": "5", "day": "", "kind": "allergy", "kind_label": "Allergy", "title": "Penicillin V",
         "detail": "Severe: anaphylaxis", "time": "09:10"},
    ]
)  # fmt: skip
PRESSURES: rx.Var[list[dict[str, Any]]] = rx.Var.create(
    [
        {"label": f"{month} 2026", "systolic": high, "diastolic": low}
        for month, high, low in [
            ("Jan", 142, 91), ("Feb", 139, 88), ("Mar", 144, 92), ("Apr", 136, 86), ("May", 133, 84),
            ("Jun", 135, 85), ("Jul", 131, 83), ("Aug", 128, 82), ("Sep", 130, 81), ("Oct", 127, 80),
        ]
    ]
)  # fmt: skip
PROBLEMS = {
    "phone": "This number has too few digits for Germany. Write it with its country code, such as +49 30 901820.",
    "sex": "Choose one.",
    "note": "Say why in a few words.",
}


def _shown(title: str, *children: Any, gap: bool = True) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="k-section-title"),
        rx.el.div(*children, class_name="k-stack" if gap else ""),
        class_name="k-stack",
    )


def _buttons() -> rx.Component:
    variants = [
        kit.row(
            kit.button("Book appointment", variant=variant, icon="calendar-plus"),
            kit.button("Small", variant=variant, size="small"),
            kit.button("Large", variant=variant, size="large"),
            kit.button("Disabled", variant=variant, disabled=True),
            kit.button("Saving", variant=variant, busy=True),
        )
        for variant in ("primary", "secondary", "ghost", "danger")
    ]
    return _shown(
        "Buttons",
        *variants,
        kit.row(
            kit.link_button("A link", "#", icon_end="arrow-right"),
            kit.icon_button("Refresh", "refresh-cw"),
            kit.icon_button("Print", "printer", variant="secondary"),
            kit.icon_button("More", "ellipsis", size="small"),
            kit.link("A link in words", href="#"),
            kit.kbd("Ctrl", "K"),
            kit.tooltip(kit.button("Has a tooltip"), "Shown on hover and on focus"),
        ),
    )


def _badges() -> rx.Component:
    tones = ["neutral", "accent", "info", "success", "warning", "danger"]
    return _shown(
        "Badges and people",
        kit.row(*[kit.badge(tone.capitalize(), tone) for tone in tones]),
        kit.row(*[kit.badge(f"{tone.capitalize()} 12", tone, plain=True) for tone in tones]),
        kit.row(
            kit.avatar("AO", size="small"),
            kit.avatar("JG"),
            kit.avatar("LM", size="large"),
            kit.logo(size=32),
        ),
    )


def _form() -> rx.Component:
    return _shown(
        "Form",
        kit.grid(
            kit.card(
                kit.form(
                    kit.form_section(
                        "Who it is",
                        kit.form_row(
                            kit.text_field("Given name", "given_name", placeholder="As in the passport"),
                            kit.text_field("Family name", "family_name", default_value="Okafor"),
                        ),
                        *_dates(),
                        kit.radio_group(
                            "Sex", "gender", [("female", "Female"), ("male", "Male"), ("other", "Other")], inline=True,
                            default_value="female",
                        ),
                        kit.select_field(
                            "Language", "language", [("en", "English"), ("de", "German")], placeholder="Choose a language"
                        ),
                        hint="The person is found by any part of the name.",
                    ),
                    kit.form_section(
                        "How to reach them",
                        kit.text_field("Email", "email", type="email", prefix="mail", hint="For reminders only."),
                        kit.text_field("Weight", "weight", suffix="kg", type="number", optional=True),
                        kit.combobox(
                            "Practitioner", "practitioner_id", on_search=_nothing, options=OPTIONS,
                            hint="Type a part of the name or the specialty.",
                        ),
                        kit.checkbox_field("Send reminders", "reminders", hint="By email, a day before.", default_checked=True),
                        kit.switch("Restricted record", "restricted", hint="Only its care team may open it."),
                    ),
                    kit.form_actions(kit.submit_button("Save patient"), kit.link_button("Cancel", "#", variant="ghost")),
                    on_submit=_said,
                    guard_unsaved=False,
                ),
                title="As it is filled in",
            ),
            kit.card(
                kit.form(
                    kit.text_field(
                        "Phone", "phone", id="wrong-phone", type="tel", default_value="030 12", problems=PROBLEMS
                    ),
                    kit.select_field(
                        "Sex", "sex", [("f", "Female")], placeholder="Choose", problems=PROBLEMS, id="wrong-sex"
                    ),
                    kit.textarea_field("Reason", "note", problems=PROBLEMS, id="wrong-note"),
                    kit.password_field("Password", "secret", hint="At least 12 characters.", default_value="correct horse"),
                    kit.file_field("Photo", "photo", accept="image/*", optional=True),
                    kit.text_field("Record number", "number", default_value="MRN-000241", disabled=True),
                    kit.form_actions(kit.submit_button("Saving patient", busy=True)),
                    problem="Dr Okafor is already booked 10:00-10:30. Next free: 10:45.",
                    guard_unsaved=False,
                ),
                title="Refused",
            ),
        ),
    )  # fmt: skip


def _dates() -> list[rx.Component]:
    return [
        kit.date_field("Date of birth", "born_on", latest="2026-11-28", on_pick=_nothing, optional=True),
        kit.form_row(
            kit.datetime_field("Arrives", "arrives_at", default_value="2026-11-23T14:05"),
            kit.time_field("Leaves", "leaves_at", placeholder="Such as 9.30pm", optional=True),
        ),
    ]


def _said(form: Any) -> Any:
    return rx.toast.success("Saved", description="What was typed stays in this browser.")


def _nothing(*_: Any) -> Any:
    return rx.console_log("searched")


COLUMNS = [
    kit.Column(
        "name", "Name", cell=lambda row: kit.cell_link(row["name"], row["href"]), sortable=True, phone="title"
    ),
    kit.Column("number", "Number", sortable=True),
    kit.Column("born", "Born", sortable=True),
    kit.Column("age", "Age", numeric=True, phone="hide"),
    kit.Column("status", "Status", cell=lambda row: kit.badge(row["status"], row["tone"])),
    kit.Column("balance", "Balance", numeric=True),
]


def _table(rows: rx.Var[Any], label: str, **props: Any) -> rx.Component:
    return kit.data_table(COLUMNS, rows, label=label, sort="-name", on_sort=_nothing, **props)


def _tables() -> rx.Component:
    return _shown(
        "Lists",
        rx.el.div(
            kit.toolbar(
                kit.search_field("Search patients", on_search=_nothing),
                kit.filter_chips(
                    kit.filter_chip("Sex", value="female", options=[("female", "Female"), ("male", "Male")], on_choose=_nothing),
                    kit.filter_chip("Status", value="", options=[("waiting", "Waiting")], on_choose=_nothing),
                ),
                right=[kit.count("1,000+ patients"), kit.link_button("Export", "#", icon="download", size="small")],
            ),
            _table(
                PATIENTS,
                "Patients",
                row_menu=lambda row: [
                    kit.menu_link("Open record", row["href"], icon="file-heart"),
                    kit.menu_item("Print label", icon="printer"),
                    kit.menu_separator(),
                    kit.menu_item("Restrict record", icon="lock", danger=True),
                ],
                href=lambda row: row["href"],
                footer=kit.pager(
                    summary="1-50 of 1,000+", has_previous=False, has_next=True, on_previous=_nothing, on_next=_nothing
                ),
            ),
        ),
        _table(NO_ROWS, "Patients while loading", loading=rx.Var.create(True), skeleton_rows=4),
        kit.grid(
            _table(
                NO_ROWS,
                "No patients",
                empty=kit.empty_state(
                    "No patient matches", "Take away a filter, or register the person.", icon="user-search",
                    action=kit.button("Register patient", variant="primary", icon="plus"),
                ),
            ),
            _table(
                NO_ROWS, "Failed list", problem=rx.Var.create("The list took longer than 10 seconds."), on_retry=_nothing
            ),
        ),
    )  # fmt: skip


def _cards() -> rx.Component:
    return _shown(
        "Cards and figures",
        kit.grid(
            kit.kpi_card("Visits today", "128", change="+12 %", change_tone="success", hint="against last Monday"),
            kit.kpi_card("Waiting now", "9", hint="longest 34 min", href="#"),
            kit.kpi_card("Taken today", "18,420.00", unit="USD", change="-3 %", change_tone="danger"),
            kit.kpi_card(
                "Systolic", "127", unit="mmHg", chart=kit.sparkline(PRESSURES, "systolic", label="Falling since January")
            ),
            columns=4,
        ),
        kit.grid(
            kit.chart_card(
                "Blood pressure",
                kit.line_chart(
                    PRESSURES, [("systolic", "Systolic"), ("diastolic", "Diastolic")], low=90, high=130,
                    label="Blood pressure from January to October 2026", unit="mmHg",
                ),
                unit="mmHg, the band is the reference range of the systolic value",
                explanation="Each point is one recorded measurement; nothing is averaged.",
            ),
            kit.chart_card(
                "Measurements",
                kit.bar_chart(PRESSURES, [("systolic", "Systolic")], label="Systolic by month"),
                unit="mmHg a month",
            ),
        ),
        kit.grid(
            kit.card(
                kit.description_list(
                    ("Phone", "+49 30 901820"), ("Email", ""), ("Address", "Unter den Linden 6, 10117 Berlin"),
                    ("Coverage", "Statutory"), columns=2,
                ),
                title="Contact",
                actions=kit.button("Edit", size="small", variant="ghost", icon="pencil"),
            ),
            kit.card(kit.timeline(TIMELINE), title="Timeline"),
        ),
    )  # fmt: skip


def _floating() -> rx.Component:
    return _shown(
        "What floats",
        kit.row(
            kit.button("Open a dialog", **kit.opens("kit-dialog")),
            kit.button("Open a drawer", **kit.opens("kit-drawer")),
            kit.menu(
                kit.button("Menu", icon_end="chevron-down"),
                kit.menu_heading("Record"),
                kit.menu_item("Edit", icon="pencil", detail="E"),
                kit.menu_item("Copy number", icon="copy"),
                kit.menu_separator(),
                kit.menu_item("Merge patients", icon="merge", danger=True),
                align="start",
            ),
            kit.button("Toast", on_click=rx.toast.success("Appointment booked for 10:45.")),
            kit.button("Refusal", on_click=rx.toast.error("Dr Okafor is already booked 10:00-10:30.")),
        ),
        kit.dialog(
            "Cancel Adaeze Okafor’s appointment?",
            rx.el.p("Today at 10:45 with Dr Weber. The patient is told by email."),
            id="kit-dialog",
            actions=[
                kit.button("Keep appointment", **kit.CLOSE),
                kit.button("Cancel appointment", variant="danger", **kit.CLOSE),
            ],
            alert=True,
        ),
        kit.drawer(
            "Adaeze Okafor",
            kit.description_list(
                ("Number", "MRN-000241"), ("Born", "3 Feb 1980"), ("Phone", "+49 30 901820")
            ),
            id="kit-drawer",
            description="A look aside without leaving the list.",
            actions=[kit.link_button("Open record", "#", variant="primary")],
        ),
    )


def _messages() -> rx.Component:
    return _shown(
        "Messages and waiting",
        kit.banner("Demo hospital. Every person and every record here is invented.", tone="demo"),
        kit.banner(
            "You opened this record in an emergency. Your reason is in the audit trail.", tone="warning"
        ),
        kit.banner("Connection lost. Nothing can be saved.", tone="danger"),
        *[
            kit.callout(
                "The chain of the audit trail was checked at 14:05.", tone=tone, title=tone.capitalize()
            )
            for tone in ("info", "success", "warning", "danger")
        ],
        kit.progress_bar(64, label="Import"),
        kit.work_status("Running", "info", is_busy=True, percent=64, name="the import"),
        kit.secret_box("H7QF-2KDM-9XPA"),
        kit.grid(
            kit.skeleton_card(), kit.card(kit.error_state("The server did not answer.", on_retry=_nothing))
        ),
    )


def _records() -> rx.Component:
    return _shown(
        "Records and tabs",
        kit.patient_banner(
            name="Adaeze Okafor", initials="AO", age="46 years", birth_date="3 Feb 1980", sex="Female",
            number="MRN-000241", allergies=["Penicillin V", "Peanut"], badges=[kit.badge("Restricted", "warning", icon="lock")],
            actions=kit.button("Edit", icon="pencil"), heading=False,
        ),
        kit.link_tabs(("Overview", "#", True), ("Timeline", "#", False), ("Vital signs", "#", False)),
        kit.tabs(
            ("Sessions", rx.el.p("This browser, since 14:05.")), ("Password", rx.el.p("Changed 2 Oct 2026.")), id="kit-tabs"
        ),
    )  # fmt: skip


def kit_page() -> rx.Component:
    """The whole kit on one page, with a switch between the themes."""
    themes = [
        kit.button(name.capitalize(), size="small", data_theme_set=name)
        for name in ("light", "dark", "system")
    ]
    return rx.el.main(
        kit.page_header(
            "Component kit",
            "Every part in every state. What is not here is not in the kit.",
            actions=kit.row(*themes),
            breadcrumbs=[("Home", "/")],
        ),
        kit.stack(
            _buttons(),
            _badges(),
            _form(),
            _tables(),
            _cards(),
            _records(),
            _floating(),
            _messages(),
            _shown("Calendar", calendar_sample()),
        ),
        class_name="k-main",
        id="content",
    )


if get_settings().mode == "development":
    page_for(navigation.KIT)(kit_page)
