"""History: what is known about a patient, kind by kind, with the form that records and corrects it."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.kinds import Child
from hms_app.components.versions import gone_note, question_about, versioned
from hms_app.domain.clinical.values import HISTORY_FORMS, LONGEST_TERM, MOST_REACTIONS, HistoryKind
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.state.clinical.history import HistoryState as S

DATE_HINT = "As exact as it is known: 2019, May 2019 or 6 May 2019"


@page_for(navigation.PATIENT_HISTORY, on_load=[S.load], live=of_record(S.refresh))
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
        HistoryKind.CONDITION: [
            _term(HistoryKind.CONDITION),
            _text(HistoryKind.CONDITION, "onset", hint=DATE_HINT),
        ],
        HistoryKind.MEDICATION: _medication_fields(),
        HistoryKind.IMMUNIZATION: [
            _term(HistoryKind.IMMUNIZATION),
            kit.form_row(
                _text(HistoryKind.IMMUNIZATION, "given", hint="Today unless given; 2019 or May 2019 will do"),
                _text(HistoryKind.IMMUNIZATION, "lot_number"),
            ),
        ],
        HistoryKind.FAMILY: _family_fields(),
        HistoryKind.SOCIAL: _social_fields(),
    }
    leave = kit.button("Keep theirs", variant="ghost", on_click=S.close_form)
    body = rx.match(
        S.form_kind,
        *[
            (kind.value, versioned(S, _form(parts), on_submit=S.save, leave=leave))
            for kind, parts in fields.items()
        ],
        rx.fragment(),
    )
    return kit.drawer(
        S.form_title,
        body,
        id="history-form",
        open=S.form_kind != "",
        on_close=S.close_form,
        reopen=S.edit(S.form_kind, S.form_entry),
    )


def _form(fields: list[Child]) -> rx.Component:
    return kit.form(
        gone_note(S),
        *fields,
        rx.cond((S.form_entry == "new") & (S.visits.length() > 0), _visit_choice(), rx.fragment()),
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
        problem=_on_top(),
        key=S.form_key,
    )


def _visit_choice() -> rx.Component:
    return kit.select_field(
        "Visit",
        "visit",
        S.visits,
        placeholder="No particular visit",
        hint="In which it was found out or done",
        optional=True,
        problems=S.problems,
        default_value=S.form["visit"],
    )


def _on_top() -> Any:
    """A refusal that stands beside no field."""
    return rx.cond(S.problems.length() > 0, "", S.refusal)


def _allergy_fields() -> list[Child]:
    kind = HistoryKind.ALLERGY
    return [
        _term(kind),
        kit.form_row(_select(kind, "category", placeholder="Choose"), _select(kind, "kind")),
        kit.form_row(
            _select(kind, "criticality", placeholder="Not assessed", optional=True),
            _text(kind, "onset", hint="2019 or May 2019 will do"),
        ),
        *[_reaction(place) for place in range(1, MOST_REACTIONS + 1)],
    ]


def _reaction(place: int) -> Child:
    return kit.form_row(
        _search(
            HistoryKind.ALLERGY,
            f"reaction_{place}",
            S.search_reaction,
            placeholder="Type, such as hives",
            empty="New here: kept as typed",
            optional=True,
        ),
        _select(HistoryKind.ALLERGY, f"severity_{place}", placeholder="Unknown", optional=True),
    )


def _medication_fields() -> list[Child]:
    kind = HistoryKind.MEDICATION
    return [
        _term(kind),
        _text(kind, "dosage", hint="As it is told to the patient: 1 tablet in the morning"),
        _text(kind, "started", hint=DATE_HINT),
        _text(kind, "reason"),
        rx.cond(S.warning != "", _allergy_override(), rx.fragment()),
    ]


def _allergy_override() -> rx.Component:
    """The allergy that the medicine meets, and why it is given all the same; the form says which warning was read."""
    return kit.stack(
        rx.el.div(
            kit.callout(
                "Choose another medicine, or say why this one is given all the same.",
                tone="danger",
                title=S.warning,
            ),
            role="alert",
        ),
        rx.el.input(type="hidden", name="allergy_warning", value=S.warning, read_only=True),
        _text(HistoryKind.MEDICATION, "allergy_reason", optional=False, max_length=500, auto_focus=True),
    )


def _family_fields() -> list[Child]:
    kind = HistoryKind.FAMILY
    return [
        _select(kind, "relationship", placeholder="Choose"),
        _term(kind),
        kit.form_row(
            _text(kind, "age_at_onset", type="number", min="0", max="130", suffix="years"),
            _select(kind, "is_deceased", placeholder="Unknown", optional=True),
        ),
    ]


def _social_fields() -> list[Child]:
    kind = HistoryKind.SOCIAL
    key = S.form["question"]
    usual = _select(kind, "answer", S.answers, placeholder="Choose", key=key)
    free = _text(kind, "answer", optional=False, max_length=LONGEST_TERM, key=key)
    return [
        _select(kind, "question", placeholder="Choose", on_change=S.choose_question),
        rx.cond(S.answers.length() > 0, usual, free),
        _text(kind, "asked", hint="Today unless given"),
    ]


def _term(kind: HistoryKind) -> rx.Component:
    return _search(
        kind,
        "term",
        S.search_term,
        placeholder="Type a few letters",
        empty="New here: it is kept as you type it, without a code",
        auto_focus=True,
        max_length=LONGEST_TERM,
    )


def _search(kind: HistoryKind, name: str, on_search: Any, **props: Any) -> rx.Component:
    return kit.combobox(
        HISTORY_FORMS[kind][name].label,
        name,
        on_search=on_search,
        options=S.choices,
        default_value=S.form[name],
        default_label=S.form[f"{name}-text"],
        problems=S.problems,
        free=True,
        **props,
    )


def _text(kind: HistoryKind, name: str, *, optional: bool = True, **props: Any) -> rx.Component:
    return kit.text_field(
        HISTORY_FORMS[kind][name].label,
        name,
        optional=optional,
        problems=S.problems,
        default_value=S.form[name],
        **props,
    )


def _select(kind: HistoryKind, name: str, options: Any = None, **props: Any) -> rx.Component:
    field = HISTORY_FORMS[kind][name]
    return kit.select_field(
        field.label,
        name,
        [(str(value), label) for value, label in field.words.items()] if options is None else options,
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
            *question_about(
                S,
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
                answers=kit.form_actions(
                    rx.cond(
                        is_end,
                        kit.submit_button(verb, busy=S.is_saving),
                        kit.submit_button(verb, busy=S.is_saving, variant="danger"),
                    ),
                    kit.button("Cancel", variant="ghost", on_click=S.ask("", "", "")),
                ),
                close=S.ask("", "", ""),
            ),
            on_submit=S.finish,
            problem=_on_top(),
        ),
        id="history-act",
        open=S.act != "",
        on_close=S.ask("", "", ""),
        reopen=S.ask(S.act, S.asked["kind"], S.asked["id"]),
    )
