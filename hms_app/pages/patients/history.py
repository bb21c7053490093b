"""History: what is known about a patient, kind by kind, with the form that records and corrects it."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.kinds import Child
from hms_app.domain.clinical.values import (
    CRITICALITY_LABELS,
    RELATIONSHIP_LABELS,
    SOCIAL_QUESTIONS,
    HistoryKind,
)
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import record_frame
from hms_app.state.patients.history import HistoryState as S

DATE_HINT = "As exact as it is known: 2019, May 2019 or 6 May 2019"
CATEGORIES = [
    ("medication", "Medicine"),
    ("food", "Food"),
    ("environment", "Environment"),
    ("other", "Other"),
]
SEVERITIES = [("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")]
YES_NO = [("yes", "Yes"), ("no", "No")]


@page_for(navigation.PATIENT_HISTORY, on_load=[S.load])
def history() -> rx.Component:
    """Allergies, conditions, medications, immunizations, family and social history."""
    return record_frame(
        navigation.PATIENT_HISTORY,
        rx.el.div(rx.foreach(S.sections, _section), class_name="columns-1 xl:columns-2 gap-4"),
        _form_drawer(),
        _act_dialog(),
        state=S,
    )


def _section(section: Any) -> rx.Component:
    entries = section["entries"].to(list[dict[str, Any]])
    past = section["past"].to(list[dict[str, Any]])
    add = kit.button(
        "Add",
        size="small",
        icon="plus",
        on_click=S.add(section["kind"]),
        aria_label=rx.Var.create("Record ") + section["noun"].to(str),
    )
    none_known = kit.button(
        "Record that none are known", size="small", icon="check", on_click=S.state_none_known
    )
    card = kit.card(
        rx.cond(
            entries.length() > 0,
            _list(entries, section),
            rx.el.p("Nothing is recorded.", class_name="text-(--muted) text-[13px]"),
        ),
        rx.cond(
            past.length() > 0,
            rx.el.details(
                rx.el.summary(
                    section["past_label"], class_name="cursor-pointer text-[13px] text-(--muted) py-1"
                ),
                _list(past, section),
                class_name="pt-2",
            ),
            rx.fragment(),
        ),
        title=section["title"],
        actions=rx.cond(
            section["may_edit"],
            rx.el.div(
                rx.cond(section["offers_none_known"], none_known, rx.fragment()),
                add,
                class_name="flex flex-wrap gap-2",
            ),
            rx.fragment(),
        ),
    )
    return rx.el.div(card, key=section["kind"], class_name="break-inside-avoid mb-4")


def _list(entries: Any, section: Any) -> rx.Component:
    return rx.el.ul(
        rx.foreach(entries, lambda entry: _entry(entry, section)),
        class_name="flex flex-col divide-y divide-(--line)",
    )


def _entry(entry: Any, section: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(entry["title"], class_name="font-medium text-[13px] break-words"),
                rx.cond(
                    entry["is_severe"],
                    kit.badge("High criticality", "danger", icon="triangle-alert"),
                    rx.fragment(),
                ),
                rx.cond(
                    entry["status"],
                    kit.badge(entry["status"], rx.cond(entry["is_error"], "danger", "neutral")),
                    rx.fragment(),
                ),
                class_name="flex flex-wrap items-center gap-2",
            ),
            _line(entry["detail"]),
            _line(entry["note"]),
            _line(entry["recorded"]),
            class_name="min-w-0 grow",
        ),
        rx.el.span(
            entry["when"], class_name="text-[12px] text-(--muted) tabular-nums text-right pt-0.5 max-w-40"
        ),
        rx.cond(section["may_edit"].to(bool) & ~entry["is_error"].to(bool), _menu(entry), rx.fragment()),
        key=entry["id"],
        class_name="flex items-start gap-3 py-2 first:pt-0 last:pb-0",
    )


def _line(text: Any) -> rx.Component:
    return rx.cond(
        text,
        rx.el.p(text, class_name="text-(--muted) text-[12px] break-words whitespace-pre-line"),
        rx.fragment(),
    )


def _menu(entry: Any) -> rx.Component:
    ending = rx.match(
        entry["kind"],
        (HistoryKind.CONDITION.value, "Resolve"),
        (HistoryKind.MEDICATION.value, "Stop"),
        "No longer holds",
    )
    return kit.menu(
        kit.icon_button(
            rx.Var.create("Actions for ") + entry["title"].to(str), "ellipsis", size="small", tip=False
        ),
        kit.menu_item("Correct", icon="pencil", on_click=S.edit(entry["kind"], entry["id"])),
        rx.cond(
            entry["is_open"],
            kit.menu_item(ending, icon="circle-check", on_click=S.ask("end", entry["kind"], entry["id"])),
            rx.fragment(),
        ),
        kit.menu_item(
            "Entered in error",
            icon="circle-x",
            danger=True,
            on_click=S.ask("retract", entry["kind"], entry["id"]),
        ),
    )


def _form_drawer() -> rx.Component:
    fields = {
        HistoryKind.ALLERGY: _allergy_fields(),
        HistoryKind.CONDITION: [_term("Condition"), _text("Since", "onset", hint=DATE_HINT)],
        HistoryKind.MEDICATION: [
            _term("Medicine"),
            _text("Dosage", "dosage", hint="As it is told to the patient: 1 tablet in the morning"),
            _text("Since", "started", hint=DATE_HINT),
            _text("Reason", "reason"),
        ],
        HistoryKind.IMMUNIZATION: [
            _term("Vaccine"),
            kit.form_row(
                _text("Given", "given", hint="Today unless given; 2019 or May 2019 will do"),
                _text("Lot number", "lot_number"),
            ),
        ],
        HistoryKind.FAMILY: _family_fields(),
        HistoryKind.SOCIAL: _social_fields(),
    }
    body = rx.match(
        S.form_kind, *[(kind.value, _form(parts)) for kind, parts in fields.items()], rx.fragment()
    )
    return kit.drawer(S.form_title, body, id="history-form", open=S.form_kind != "", on_close=S.close_form)


def _form(fields: list[Child]) -> rx.Component:
    return kit.form(
        *fields,
        kit.textarea_field(
            "Note",
            "note",
            rows=2,
            optional=True,
            max_length=2000,
            problems=S.problems,
            default_value=S.form["note"],
        ),
        kit.form_actions(
            kit.submit_button(rx.cond(S.form_entry == "new", "Record", "Save"), busy=S.is_saving),
            kit.button("Cancel", variant="ghost", on_click=S.close_form),
        ),
        on_submit=S.save,
        problem=S.form_problem,
        key=S.form_key,
    )


def _allergy_fields() -> list[Child]:
    return [
        _term("Substance"),
        kit.form_row(
            _select("Category", "category", CATEGORIES, placeholder="Choose"),
            _select("Kind", "kind", [("allergy", "Allergy"), ("intolerance", "Intolerance")]),
        ),
        kit.form_row(
            _select(
                "Criticality",
                "criticality",
                [(word.value, label) for word, label in CRITICALITY_LABELS.items()],
                placeholder="Not assessed",
                optional=True,
            ),
            _text("Since", "onset", hint="2019 or May 2019 will do"),
        ),
        *[_reaction(place) for place in (1, 2, 3)],
    ]


def _reaction(place: int) -> Child:
    name = f"reaction_{place}"
    return kit.form_row(
        kit.combobox(
            f"Reaction {place}",
            name,
            on_search=S.search_reaction,
            options=S.choices,
            default_value=S.form[name],
            default_label=S.form[f"{name}-text"],
            placeholder="Type, such as hives",
            empty="New here: kept as typed",
            problems=S.problems,
            optional=True,
            free=True,
        ),
        _select(f"Severity {place}", f"severity_{place}", SEVERITIES, placeholder="Unknown", optional=True),
    )


def _family_fields() -> list[Child]:
    relatives = [(word.value, label) for word, label in RELATIONSHIP_LABELS.items()]
    return [
        _select("Relative", "relationship", relatives, placeholder="Choose"),
        _term("Condition"),
        kit.form_row(
            kit.text_field(
                "Age when it began",
                "age_at_onset",
                type="number",
                min="0",
                max="130",
                suffix="years",
                optional=True,
                problems=S.problems,
                default_value=S.form["age_at_onset"],
            ),
            _select("Deceased", "is_deceased", YES_NO, placeholder="Unknown", optional=True),
        ),
    ]


def _social_fields() -> list[Child]:
    questions = [(question.code, question.title) for question in SOCIAL_QUESTIONS]
    usual = kit.select_field(
        "Answer",
        "answer",
        S.answers,
        placeholder="Choose",
        problems=S.problems,
        default_value=S.form["answer"],
        key=S.form["question"],
    )
    free = kit.text_field(
        "Answer",
        "answer",
        max_length=300,
        problems=S.problems,
        default_value=S.form["answer"],
        key=S.form["question"],
    )
    return [
        _select("Question", "question", questions, placeholder="Choose", on_change=S.choose_question),
        rx.cond(S.answers.length() > 0, usual, free),
        _text("Asked", "asked", hint="Today unless given"),
    ]


def _term(label: str) -> rx.Component:
    return kit.combobox(
        label,
        "term",
        on_search=S.search_term,
        options=S.choices,
        default_value=S.form["term"],
        default_label=S.form["term-text"],
        placeholder="Type a few letters",
        empty="New here: it is kept as you type it, without a code",
        problems=S.problems,
        free=True,
        auto_focus=True,
        max_length=300,
    )


def _text(label: str, name: str, *, hint: str = "") -> rx.Component:
    return kit.text_field(
        label, name, hint=hint, optional=True, problems=S.problems, default_value=S.form[name]
    )


def _select(
    label: str,
    name: str,
    options: list[tuple[str, str]],
    *,
    placeholder: str = "",
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    return kit.select_field(
        label,
        name,
        options,
        placeholder=placeholder,
        optional=optional,
        problems=S.problems,
        default_value=S.form[name],
        **props,
    )


def _act_dialog() -> rx.Component:
    is_end = S.act == "end"
    verb = rx.cond(
        is_end,
        rx.match(S.asked["kind"], ("condition", "Resolve"), ("medication", "Stop"), "Record the end"),
        "Mark as entered in error",
    )
    return kit.dialog(
        verb,
        kit.form(
            rx.el.p(
                rx.el.strong(S.asked["title"]),
                rx.cond(is_end, "", " stays in the record, marked, and counts no longer."),
                class_name="text-[13px]",
            ),
            rx.cond(
                is_end,
                kit.text_field(
                    "Ended",
                    "ended",
                    optional=True,
                    hint="Today unless given; 2019 or May 2019 will do",
                    problems=S.problems,
                ),
                rx.fragment(),
            ),
            rx.cond(
                is_end,
                kit.text_field(
                    "Why", "reason", id="end-reason", optional=True, max_length=500, problems=S.problems
                ),
                kit.textarea_field(
                    "Why", "reason", id="error-reason", rows=2, max_length=500, problems=S.problems
                ),
            ),
            kit.form_actions(
                rx.cond(
                    is_end,
                    kit.submit_button(verb, busy=S.is_saving),
                    kit.submit_button(verb, busy=S.is_saving, variant="danger"),
                ),
                kit.button("Cancel", variant="ghost", on_click=S.ask("", "", "")),
            ),
            on_submit=S.finish,
            problem=S.form_problem,
        ),
        id="history-act",
        open=S.act != "",
        on_close=S.ask("", "", ""),
    )
