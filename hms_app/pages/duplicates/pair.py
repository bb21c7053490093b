"""Two records side by side, and the decision about them."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.state.duplicates.pair import DuplicatePairState as S

MAY_MERGE = (S.merge["id"] == "") & (S.pair["obstacles"].length() == 0)
SURVIVOR = rx.cond(S.survivor == "first", S.first["name"], S.second["name"])
SURVIVOR_MRN = rx.cond(S.survivor == "first", S.first["mrn"], S.second["mrn"])
MERGED = rx.cond(S.survivor == "first", S.second["name"], S.first["name"])
MERGED_MRN = rx.cond(S.survivor == "first", S.second["mrn"], S.first["mrn"])


@page_for(navigation.DUPLICATE_PAIR, on_load=[S.load])
def duplicate_pair_page() -> rx.Component:
    """See what two records share and where they differ; merge them, or say that they are two people."""
    return frame(
        navigation.DUPLICATE_PAIR,
        rx.cond(
            S.missing,
            kit.error_state(S.missing, on_retry=S.load, title="These records cannot be compared"),
            rx.cond(S.first["id"] != "", _pair(), _waiting()),
        ),
    )


def _pair() -> rx.Component:
    return rx.fragment(
        kit.page_header(
            "Compare two records",
            rx.cond(
                MAY_MERGE,
                rx.fragment(
                    rx.el.strong(SURVIVOR, " (", SURVIVOR_MRN, ") stays"),
                    " and takes in ",
                    rx.el.strong(MERGED, " (", MERGED_MRN, ")"),
                    ". Choose in each marked line which value stays.",
                ),
                "The marked lines differ.",
            ),
            actions=kit.row(_dismiss_button(), _merge_button()),
        ),
        rx.el.div(_standing(), _likeness(), _records(), _holdings(), class_name="flex flex-col gap-4"),
        _merge_dialog(),
        _dismiss_dialog(),
        _undo_dialog(),
    )


def _waiting() -> rx.Component:
    return kit.stack(kit.skeleton("title"), kit.skeleton_card(4), kit.skeleton_card(8))


def _dismiss_button() -> rx.Component:
    return rx.cond(
        S.merge["id"] != "",
        rx.fragment(),
        rx.cond(
            S.pair["is_dismissed"],
            kit.button("Put it back on the worklist", icon="undo-2", on_click=S.reopen),
            kit.button("Not a duplicate", icon="users-round", on_click=S.ask("dismiss")),
        ),
    )


def _merge_button() -> rx.Component:
    return rx.cond(
        S.merge["id"] != "",
        kit.button("Undo merge", icon="split", variant="danger", on_click=S.ask("undo")),
        kit.button(
            "Merge",
            icon="merge",
            variant="primary",
            on_click=S.ask("merge"),
            disabled=~MAY_MERGE,
        ),
    )


def _standing() -> rx.Component:
    """What was decided already, and what forbids a merge now."""
    return rx.fragment(
        rx.cond(
            S.merge["id"] != "",
            kit.callout(S.merge["sentence"], S.merge["moved"], title="These records are merged"),
            rx.foreach(
                S.pair["obstacles"],
                lambda sentence: rx.el.div(kit.callout(sentence, tone="warning"), key=sentence),
            ),
        ),
        rx.cond(
            S.pair["is_dismissed"],
            kit.callout(S.pair["decided"], title="Somebody said that these are two people", tone="info"),
            rx.fragment(),
        ),
    )


def _likeness() -> rx.Component:
    return kit.card(
        rx.el.div(
            rx.el.div(
                rx.el.span("One person: ", class_name="text-(--muted)"),
                kit.badge(S.pair["percent"], S.pair["tone"], plain=True),
                class_name="flex items-center gap-2",
            ),
            rx.el.div(
                _list("What speaks for it", S.pair["reasons"], "Nothing"),
                _list("What speaks against it", S.pair["doubts"], "Nothing"),
                class_name="grid grid-cols-1 gap-4 sm:grid-cols-2",
            ),
            class_name="flex flex-col gap-3",
        ),
        title="How alike they are",
    )


def _list(title: str, sentences: Any, nothing: str) -> rx.Component:
    return rx.el.div(
        rx.el.h3(title, class_name="k-label"),
        rx.cond(
            sentences.length() > 0,
            rx.el.ul(
                rx.foreach(sentences, lambda sentence: rx.el.li(sentence, key=sentence)),
                class_name="list-disc pl-5",
            ),
            rx.el.p(nothing, class_name="text-(--muted)"),
        ),
    )


def _records() -> rx.Component:
    """Both records, field by field, with the value that a merge keeps chosen in each line that differs."""
    return kit.card(
        rx.el.div(
            rx.el.table(
                rx.el.caption("Both records, field by field", class_name="sr-only"),
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th("Field", scope="col"),
                        _head("first", S.first),
                        _head("second", S.second),
                    )
                ),
                rx.el.tbody(rx.foreach(S.fields, _line)),
                class_name="k-table k-compare",
            ),
            class_name="overflow-x-auto",
            tab_index=0,
            role="region",
            aria_label="Both records, field by field",
            data_kept="merge-choices",
            key=S.shown_key,  # Choices follow the hand at once; another pair starts afresh.
        ),
        title="Who they are",
        flush=True,
    )


def _head(side: str, view: Any) -> rx.Component:
    return rx.el.th(
        kit.link(view["name"], href=view["href"], class_name="k-link font-semibold"),
        rx.el.div(view["mrn"], class_name="k-mono"),
        rx.el.div(view["detail"], class_name="k-cell-detail"),
        rx.cond(view["status"], kit.badge(view["status"], "neutral"), rx.fragment()),
        _stays(side),
        scope="col",
        class_name="align-top whitespace-normal",
    )


def _stays(side: str) -> rx.Component:
    return rx.cond(
        S.merge["id"] != "",
        rx.fragment(),
        rx.el.div(
            rx.cond(
                S.survivor == side,
                kit.badge("Stays", "success", icon="circle-check"),
                kit.badge("Is taken in", "warning", icon="merge"),
            ),
            _survivor_choice(side),
            class_name="flex flex-col items-start gap-1 pt-1",
        ),
    )


def _survivor_choice(side: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="survivor",
            value=side,
            default_checked=S.survivor == side,
            on_change=S.choose_survivor(side),
            class_name="k-radio",
        ),
        rx.el.span("This number stays"),
        class_name="k-tick",
    )


def _line(field: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            field["label"],
            rx.cond(field["is_different"], rx.el.span(" differs", class_name="sr-only"), rx.fragment()),
            scope="row",
            class_name="font-normal text-(--muted)",
        ),
        _value(field, "first"),
        _value(field, "second"),
        key=field["id"],
        data_differs=rx.cond(field["is_different"], "true", "false"),
    )


def _value(field: Any, side: str) -> rx.Component:
    shown = rx.cond(field[side], field[side], rx.el.span("Not recorded", class_name="text-(--muted)"))
    return rx.el.td(
        rx.cond(
            field["is_different"] & (S.merge["id"] == ""),
            rx.el.label(
                rx.el.input(
                    type="radio",
                    name=field["id"],
                    value=side,
                    default_checked=field["kept"] == side,
                    on_change=S.keep(field["id"], side),
                    class_name="k-radio",
                    aria_label=rx.Var.create(f"{field['label']}: ")
                    + rx.cond(field[side], field[side], "not recorded"),
                ),
                rx.el.span(shown),
                class_name="k-tick",
            ),
            shown,
        ),
        class_name="whitespace-normal",
    )


def _holdings() -> rx.Component:
    return rx.cond(
        S.holdings.length() > 0,
        kit.card(
            kit.simple_table(
                [
                    kit.Column("label", "Entries"),
                    kit.Column("first", S.first["mrn"], numeric=True),
                    kit.Column("second", S.second["mrn"], numeric=True),
                ],
                S.holdings,
                label="What each record holds",
            ),
            title="What each record holds",
            flush=True,
        ),
        rx.fragment(),
    )


def _merge_dialog() -> rx.Component:
    return kit.dialog(
        rx.Var.create("Merge ") + MERGED + " into " + SURVIVOR + "?",
        kit.form(
            rx.el.p(
                "Everything of ", MERGED_MRN, " goes to ", SURVIVOR_MRN, ", whose number stays. ",
                MERGED_MRN, " then leads to it. The merge can be undone.",
            ),
            rx.cond(
                S.pair["wants_reason"],
                _reason("merge-why", "The sexes differ: say why this is one person all the same.", optional=False),
                _reason("merge-reason", "For instance who confirmed it."),
            ),
            kit.form_actions(
                kit.button("Cancel", on_click=S.close),
                kit.submit_button("Merge records", busy=S.is_saving),
            ),
            on_submit=S.confirm_merge,
            problem=S.problem,
            guard_unsaved=False,
        ),
        id="merge-records",
        open=S.dialog == "merge",
        on_close=S.close,
        reopen=S.ask(S.dialog),
    )  # fmt: skip


def _dismiss_dialog() -> rx.Component:
    return kit.dialog(
        rx.Var.create("Are ") + S.first["name"] + " and " + S.second["name"] + " two people?",
        kit.form(
            rx.el.p("The pair does not come up again, unless somebody puts it back on the worklist."),
            _reason("dismiss-reason", "For instance: twins."),
            kit.form_actions(
                kit.button("Cancel", on_click=S.close), kit.submit_button("Two people", busy=S.is_saving)
            ),
            on_submit=S.dismiss,
            problem=S.problem,
            guard_unsaved=False,
        ),
        id="dismiss-pair",
        open=S.dialog == "dismiss",
        on_close=S.close,
        reopen=S.ask(S.dialog),
    )


def _undo_dialog() -> rx.Component:
    return kit.dialog(
        rx.Var.create("Part ") + S.first["name"] + " and " + S.second["name"] + " again?",
        kit.form(
            rx.el.p(
                "Every entry goes back to the record it came from. What was added after the merge stays with the"
                " surviving record, except what belongs to a visit that goes back; a field that was changed since"
                " keeps its later value."
            ),
            _reason("undo-reason", "For instance: two people after all."),
            kit.form_actions(
                kit.button("Cancel", on_click=S.close), kit.submit_button("Undo merge", busy=S.is_saving)
            ),
            on_submit=S.confirm_undo,
            problem=S.problem,
            guard_unsaved=False,
        ),
        id="undo-merge",
        open=S.dialog == "undo",
        on_close=S.close,
        reopen=S.ask(S.dialog),
    )


def _reason(id: str, hint: str, *, optional: bool = True) -> rx.Component:
    return kit.textarea_field(
        "Reason", "reason", id=id, hint=hint, optional=optional, problems=S.problems, rows=2, max_length=500
    )
