"""What a form on a record shows when somebody else saved first: both versions, field by field."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.domain.records.values import THEIRS, YOURS


def versioned(state: Any, form: rx.Component, *, on_submit: Any, leave: Child) -> rx.Component:
    """The form; both versions instead of it while somebody has to choose between them.

    `state` is a `VersionsState`, `on_submit` the handler of the form itself, `leave` the way out that keeps theirs.
    """
    return rx.cond(
        state.others != "", _choices(state, on_submit, leave), rx.fragment(changed_note(state), form)
    )


def changed_note(state: Any) -> rx.Component:
    """A quiet line over a form whose row somebody else changed: it stays as it was typed."""
    return rx.el.p(state.changed, class_name="k-hint", role="status", hidden=state.changed == "")


def gone_note(state: Any) -> rx.Component:
    """Over a form whose row was marked as an error meanwhile: what was typed can still become a row of its own."""
    return rx.cond(
        state.gone != "",
        kit.callout(
            "It takes no more changes. What you typed is still here: save it as a new entry if it holds.",
            tone="warning",
            title=state.gone,
        ),
        rx.fragment(),
    )


def question_about(state: Any, *ask: Child, answers: Child, close: Any) -> list[Child]:
    """The inside of a dialog about a row: what it asks, and what somebody else made of the row meanwhile.

    `answers` are its buttons; a row that was marked as an error meanwhile takes none, `close` only shuts the dialog.
    """
    return [
        rx.cond(state.others != "", _changes(state), changed_note(state)),
        *ask,
        rx.cond(
            state.gone != "",
            rx.fragment(
                kit.callout("Nothing further can become of it.", tone="warning", title=state.gone),
                kit.form_actions(kit.button("Close", on_click=close)),
            ),
            answers,
        ),
    ]


def _changes(state: Any) -> rx.Component:
    return kit.callout(
        "Look at it again; what you typed is still here and can be sent.",
        rx.el.ul(
            rx.foreach(
                state.versions,
                lambda row: rx.el.li(
                    f"{row['label']}: ", _value(row["was"]), " became ", _value(row["theirs"]), key=row["id"]
                ),
            )
        ),
        tone="warning",
        title=state.others,
    )


def _choices(state: Any, on_submit: Any, leave: Child) -> rx.Component:
    return kit.form(
        kit.callout(
            "Nothing of theirs is overwritten and nothing of yours is lost. What only one of you changed is chosen"
            " already; look at the rest and choose.",
            tone="warning",
            title=state.others,
        ),
        rx.cond(
            state.versions.length() > 0,
            rx.el.div(rx.foreach(state.versions, lambda row: _both(state, row)), class_name="k-stack"),
            kit.callout("Both of you typed the same.", tone="success"),
        ),
        kit.form_actions(kit.submit_button("Save these choices", busy=state.is_saving), leave),
        on_submit=on_submit,
        problem=state.refusal,
        aria_label="Choose between two versions",
        data_keeps="no",  # What was typed stays kept for the form itself, until one of both versions is saved.
    )


def _both(state: Any, row: Any) -> rx.Component:
    problem = state.problems[row["id"]]
    return rx.el.fieldset(
        rx.el.legend(row["label"], class_name="k-label float-left w-full pb-1"),
        rx.el.div(
            _side(state, row, THEIRS, "Theirs", row["theirs"]),
            _side(state, row, YOURS, "Yours", row["yours"]),
            class_name="k-radios clear-both",
        ),
        rx.el.div(
            rx.cond(
                problem,
                kit.field_error(problem),
                rx.el.p(rx.cond(row["was"], f"It was: {row['was']}", "It was empty"), class_name="k-hint"),
            ),
            class_name="k-note",
            aria_live="polite",
        ),
        class_name="k-card k-card-body",
        key=row["id"],
    )


def _side(state: Any, row: Any, side: str, whose: str, value: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name=row["id"],
            value=side,
            class_name="k-radio",
            default_checked=row["preferred"] == side,
            aria_invalid=rx.cond(state.problems[row["id"]], "true", "false"),
        ),
        rx.el.span(rx.el.span(f"{whose}: ", class_name="text-(--muted)"), _value(value)),
        class_name="k-tick",
    )


def _value(value: Any) -> rx.Component:
    return rx.cond(
        value,
        rx.el.strong(value, class_name="font-semibold break-words whitespace-pre-line"),
        rx.el.span("empty", class_name="text-(--faint)"),
    )
