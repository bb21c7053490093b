"""The audit trail: who did what, when, to which record; and proof that nobody changed it."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.lists import asked, column, list_table
from hms_app.state.security.audit_trail import AuditTrailState as S

ACTIONS = [
    ("security.session", "Sign-ins and sessions"),
    ("security.user", "Users"),
    ("security.role", "Roles"),
    ("security.password", "Passwords"),
    ("security.second_factor", "Second factors"),
    ("security.sign_in", "Sign-ins linked to records"),
    ("patients.record.accessed", "Records looked at"),
    ("patients.list.", "Lists and searches of patients"),
    ("patients.", "Patients"),
    ("clinical.", "Clinical record"),
    ("organization.", "Hospital"),
    ("interop.", "Files in and out"),
    ("audit.", "Audit trail"),
]


@page_for(navigation.AUDIT_TRAIL, on_load=[S.load])
def audit_trail_page() -> rx.Component:
    """Filters, the newest entries first, one entry aside in a drawer."""
    return frame(
        navigation.AUDIT_TRAIL,
        kit.page_header(
            navigation.AUDIT_TRAIL.title,
            "Who did what, when and to which record. Nothing here can be changed or removed.",
            actions=rx.cond(
                S.may_export, kit.button("Export", icon="download", on_click=S.export), rx.fragment()
            ),
        ),
        kit.stack(_chain(), _filters(), _table()),
        _drawer(),
    )


def _chain() -> rx.Component:
    verdict = rx.cond(
        S.is_whole,
        kit.badge("Whole", tone="success"),
        kit.badge("Tampered with", tone="danger"),
    )
    return kit.card(
        rx.el.div(
            rx.el.div(
                kit.row(
                    rx.el.h2("Chain", class_name="k-section-title"),
                    rx.cond(S.is_verified, verdict, kit.badge("Not verified on this visit", tone="neutral")),
                ),
                rx.el.p(
                    rx.cond(
                        S.is_verified,
                        S.verdict,
                        "Each entry carries the hash of the one before. Keep the head elsewhere to prove it later.",
                    ),
                    class_name="text-(--muted)",
                ),
                rx.el.ul(
                    rx.foreach(S.chain_problems, lambda text: rx.el.li(text, key=text)),
                    class_name="list-disc pl-5 text-(--danger)",
                ),
                class_name="min-w-0 grid gap-1",
            ),
            rx.cond(
                S.may_verify,
                kit.button("Verify now", icon="shield-check", busy=S.is_verifying, on_click=S.verify),
                rx.fragment(),
            ),
            class_name="flex flex-wrap items-start justify-between gap-3",
        ),
        rx.cond(
            S.head,
            rx.el.div(
                rx.el.p(
                    "Head of the chain: number of the newest entry, and its hash",
                    class_name="k-hint mt-3 mb-1",
                ),
                kit.secret_box(S.head, label="Copy the head"),
                class_name="min-w-0 [&_code]:break-all",
            ),
            rx.fragment(),
        ),
    )


def _filters() -> rx.Component:
    return kit.filter_form(
        kit.combobox(
            "Person",
            "user",
            on_search=S.find_people,
            options=S.people,
            default_value=asked(S, "user"),
            default_label=S.person_name,
            placeholder="Anybody",
            optional=True,
        ),
        kit.select_field(
            "What", "action", ACTIONS, placeholder="Everything", default_value=asked(S, "action"), optional=True
        ),
        rx.cond(
            S.may_ask_patient,
            kit.text_field(
                "Record number", "patient", default_value=asked(S, "patient"), placeholder="Any",
                input_mode="numeric", max_length=18, optional=True,
            ),
            rx.fragment(),
        ),
        kit.date_field("From", "from", default_value=asked(S, "from"), problems=S.problems, optional=True),
        kit.date_field("To", "to", default_value=asked(S, "to"), problems=S.problems, optional=True),
        on_submit=S.narrow_all,
        on_all=S.clear,
        key=S.search_key,
        beside=[kit.count(S.count)],
    )  # fmt: skip


def _table() -> rx.Component:
    columns = [
        column(S, "act", cell=_act, phone="title"),
        column(S, "actor_name"),
        column(S, "occurred_at"),
        column(S, "subject"),
        column(S, "ip_address", phone="hide"),
    ]
    return list_table(
        S,
        columns,
        label="Audit entries",
        problem=rx.cond(S.problem, S.problem, S.list_problem),
        compact=True,
        empty=kit.empty_state("No entry matches", "Widen the dates, or remove a filter.", icon="scroll-text"),
    )


def _act(row: Any) -> rx.Component:
    return rx.el.button(
        row["act"],
        type="button",
        on_click=S.open_entry(row["id"]),
        aria_haspopup="dialog",
        class_name="k-cell-link text-left",
    )


def _drawer() -> rx.Component:
    return kit.drawer(
        f"Entry {S.open_id}",
        kit.stack(
            kit.description_list(
                ("Action", rx.el.code(S.entry["action"])),
                ("Who", S.entry["actor_name"]),
                ("When", S.entry["occurred_at"]),
                ("From", rx.cond(S.entry["ip_address"], S.entry["ip_address"], "The server itself")),
                ("Record", S.entry["subject"]),
                ("Patient", rx.cond(S.entry["patient"], S.entry["patient"], "None")),
                ("Reason", rx.cond(S.entry["reason"], S.entry["reason"], "None given")),
            ),
            rx.cond(S.changes.length() > 0, _changes(), rx.fragment()),
            rx.cond(S.hidden.length() > 0, kit.callout(rx.foreach(S.hidden, _sentence)), rx.fragment()),
            rx.cond(S.entry["listed"], _listed(), rx.fragment()),
            rx.cond(S.entry["hash"], _hash(), rx.fragment()),
        ),
        id="audit-entry",
        open=S.open_id != "",
        on_close=S.close_entry,
    )


def _sentence(sentence: Any) -> rx.Component:
    return rx.el.p(sentence, key=sentence)


def _listed() -> rx.Component:
    """Whom a list showed, by the numbers of their records."""
    return rx.el.div(
        rx.el.h3("Patients it showed", class_name="k-section-title"),
        rx.el.p(S.entry["listed"], class_name="text-[13px] tabular-nums [overflow-wrap:anywhere]"),
    )


def _hash() -> rx.Component:
    return rx.el.div(
        rx.el.h3("Hash", class_name="k-section-title"),
        rx.el.code(S.entry["hash"], class_name="k-hint break-all"),
    )


def _changes() -> rx.Component:
    columns = [
        kit.Column("id", "Field", phone="title"),
        kit.Column("before", "Before", cell=lambda row: _value(row["before"])),
        kit.Column("after", "After", cell=lambda row: _value(row["after"])),
    ]
    return rx.el.div(
        rx.el.h3("Before and after", class_name="k-section-title mb-2"),
        kit.simple_table(columns, S.changes, label="Fields before and after"),
        class_name="min-w-0 overflow-x-auto",
    )


def _value(text: Any) -> rx.Component:
    return rx.cond(
        text,
        rx.el.span(text, class_name="[overflow-wrap:anywhere]"),
        rx.el.span("empty", class_name="text-(--faint)"),
    )
