"""What the tabs of a record's rows are made of: a card of rows, the drawer with its form, the dialogs."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.components.versions import gone_note, question_about, versioned
from hms_app.domain.records.values import Form


def rows_card(
    title: str,
    rows: Any,
    row: Callable[[Any], rx.Component],
    nothing: str,
    *adds: Child,
    past: Any = None,
) -> rx.Component:
    """A card with the rows of one group, or why there are none; `past` ones wait behind a click.

    `adds` are the buttons of its head.
    """
    return kit.card(
        rx.cond(
            rows.length() > 0,
            _list(rows, row, title),
            rx.el.p(nothing, class_name="text-(--muted) text-[13px]"),
        ),
        _past(past, row, title) if past is not None else rx.fragment(),
        title=title,
        actions=rx.fragment(*adds),
    )


def _past(rows: Any, row: Callable[[Any], rx.Component], title: str) -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        rx.el.details(
            rx.el.summary(
                f"Ended or wrong ({rows.length()})",
                class_name="cursor-pointer text-[13px] text-(--muted) py-1",
            ),
            _list(rows, row, f"{title}, ended or wrong"),
            class_name="mt-3",
        ),
        rx.fragment(),
    )


def _list(rows: Any, row: Callable[[Any], rx.Component], label: str) -> rx.Component:
    return rx.el.ul(
        rx.foreach(rows, row), class_name="flex flex-col divide-y divide-(--line)", aria_label=label
    )


def detail_row(row: Any, menu: rx.Component) -> rx.Component:
    """What it says, what it is, whether it counts, and its menu."""
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(row["title"], class_name="font-medium text-[13px] [overflow-wrap:anywhere]"),
                rx.cond(row["status"], kit.badge(row["status"], row["tone"]), rx.fragment()),
                class_name="flex flex-wrap items-center gap-x-2 gap-y-1",
            ),
            rx.el.p(
                rx.el.span(row["label"]),
                rx.cond(row["detail"], rx.el.span(" · ", row["detail"]), rx.fragment()),
                class_name="text-(--muted) text-[12px] [overflow-wrap:anywhere]",
            ),
            rx.cond(
                row["note"],
                rx.el.p(row["note"], class_name="text-(--muted) text-[12px] italic [overflow-wrap:anywhere]"),
                rx.fragment(),
            ),
            class_name="min-w-0 grow",
        ),
        menu,
        key=row["id"],
        class_name="flex items-start gap-2 py-2 first:pt-0 last:pb-0",
    )


def row_menu(state: Any, row: Any, allowed: Any) -> rx.Component:
    """Correct, end, and call it an error; for who may, and while the row is none."""
    return rx.cond(
        allowed & (row["state"] != "entered_in_error"),
        kit.menu(
            kit.icon_button("More actions", "ellipsis", size="small", tip=False),
            rx.cond(
                row["may_correct"],
                kit.menu_item("Correct", icon="pencil", on_click=state.edit(row["id"])),
                rx.fragment(),
            ),
            rx.cond(
                row["state"] == "ended",
                kit.menu_item("Valid again", icon="undo-2", on_click=state.ask("again", row["id"])),
                kit.menu_item("End", icon="calendar-x-2", on_click=state.ask("end", row["id"])),
            ),
            kit.menu_separator(),
            kit.menu_item(
                "Entered in error",
                icon="octagon-alert",
                danger=True,
                on_click=state.ask("retract", row["id"]),
            ),
        ),
        rx.fragment(),
    )


def add_button(label: str, on_click: Any) -> rx.Component:
    """A small button in the head of a card."""
    return kit.button(label, icon="plus", size="small", on_click=on_click)


def form_drawer(state: Any, *forms: tuple[str, list[Child], Any]) -> rx.Component:
    """The drawer over the tab: for each kind its fields and the handler that saves them."""
    leave = kit.button("Keep theirs", variant="ghost", on_click=state.close)
    cases = [
        (kind, versioned(state, _form(state, fields, on_submit), on_submit=on_submit, leave=leave))
        for kind, fields, on_submit in forms
    ]
    is_new = state.opened == "new"
    return kit.drawer(
        rx.cond(is_new, f"Add {state.opened_words}", f"Correct {state.opened_words}"),
        rx.match(state.opened_kind, *cases, rx.fragment()),
        id="detail-form",
        open=state.opened != "",
        on_close=state.close,
        reopen=state.open_again(state.opened, state.opened_kind),
    )


def _form(state: Any, fields: list[Child], on_submit: Any) -> rx.Component:
    return kit.form(
        gone_note(state),
        *fields,
        kit.form_actions(
            kit.submit_button("Save", busy=state.is_saving),
            kit.button("Cancel", variant="ghost", on_click=state.close),
        ),
        on_submit=on_submit,
        problem=rx.cond(state.problems.length() > 0, "", state.refusal),
        key=state.form_key,
    )


def question_dialogs(
    state: Any, *kinds: tuple[list[str], Any, Any], end_label: str = "No longer valid from"
) -> rx.Component:
    """The dialogs that end and retract: for each list of kinds the handlers to do so."""
    return rx.fragment(
        *[
            rx.cond(
                _is_one_of(state.opened_kind, names),
                rx.fragment(
                    _end_dialog(state, names[0], on_end, end_label),
                    _retract_dialog(state, names[0], on_retract),
                ),
                rx.fragment(),
            )
            for names, on_end, on_retract in kinds
        ],
        kit.reopener(state.ask(state.asked, state.asked_id)),
    )


def _is_one_of(kind: Any, names: list[str]) -> Any:
    checks = [kind == name for name in names]
    result = checks[0]
    for check in checks[1:]:
        result = result | check
    return result


def _end_dialog(state: Any, name: str, on_end: Any, label: str) -> rx.Component:
    labels = {"coverage": "Last day", "consent": "Withdrawn on"}
    return rx.fragment(
        kit.dialog(
            rx.cond(
                state.opened_kind == "consent", f"Withdraw: {state.asked_title}?", f"End {state.asked_title}?"
            ),
            kit.form(
                *question_about(
                    state,
                    kit.date_field(
                        labels.get(name, label),
                        "ended_on",
                        default_value=state.asked_today,
                        problems=state.problems,
                    ),
                    answers=_answers(state, "Withdraw" if name == "consent" else "End it"),
                    close=state.close,
                ),
                on_submit=on_end,
                problem=rx.cond(state.problems.contains("ended_on"), "", state.refusal),
                guard_unsaved=False,
            ),
            id=f"end-{name}",
            open=state.asked == "end",
            on_close=state.close,
            reopen=state.ask(state.asked, state.asked_id),
            size="small",
        ),
        kit.dialog(
            f"Does {state.asked_title} count again?",
            kit.form(
                *question_about(
                    state,
                    rx.el.p("Its end is taken off; the history keeps it."),
                    answers=_answers(state, "Valid again"),
                    close=state.close,
                ),
                on_submit=on_end,
                problem=state.refusal,
                guard_unsaved=False,
            ),
            id=f"again-{name}",
            open=state.asked == "again",
            on_close=state.close,
            reopen=state.ask(state.asked, state.asked_id),
            size="small",
        ),
    )


def _retract_dialog(state: Any, name: str, on_retract: Any) -> rx.Component:
    return kit.dialog(
        f"Was {state.asked_title} entered in error?",
        kit.form(
            *question_about(
                state,
                rx.el.p("It stays to be seen with your name and the reason, and counts no more."),
                kit.text_field("Reason", "reason", problems=state.problems, max_length=500, auto_focus=True),
                answers=_answers(state, "Mark as entered in error", variant="danger"),
                close=state.close,
            ),
            on_submit=on_retract,
            problem=rx.cond(state.problems.contains("reason"), "", state.refusal),
            guard_unsaved=False,
        ),
        id=f"retract-{name}",
        open=state.asked == "retract",
        on_close=state.close,
        reopen=state.ask(state.asked, state.asked_id),
        alert=True,
    )


def _answers(state: Any, label: str, **props: Any) -> rx.Component:
    return kit.form_actions(
        kit.submit_button(label, **props), kit.button("Cancel", variant="ghost", on_click=state.close)
    )


def text(state: Any, form: Form, name: str, *, max_length: int = 200, **props: Any) -> rx.Component:
    """A text of the form in the drawer."""
    return kit.text_field(
        form[name].label,
        name,
        problems=state.problems,
        default_value=state.form[name],
        max_length=max_length,
        auto_complete="off",
        **props,
    )


def choice(state: Any, form: Form, name: str, options: Any = None, **props: Any) -> rx.Component:
    """A choice of the form in the drawer, among its words unless `options` are given."""
    return kit.select_field(
        form[name].label,
        name,
        list(form[name].words.items()) if options is None else options,
        problems=state.problems,
        default_value=state.form[name],
        **props,
    )
