"""Form fields: label above, hint below, the error in the hint's place, a `name` on every control."""

from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.element import Element

from hms_app.components.icons import icon as draw
from hms_app.components.kept import form_mark
from hms_app.components.kinds import Child, Flag, Problems, Text, given

LONGEST_SEARCH = 300
"""Characters of what is searched for while it is typed; each pause sends all of it."""
Options = list[tuple[str, str]] | rx.Var[Any]
"""(value, label) pairs, or a state variable of rows with the keys `value` and `label`."""


def problem_of(problems: Problems, name: str) -> Text:
    """The sentence about one field: an empty text when there is none."""
    if problems is None:
        return ""
    if isinstance(problems, dict):
        return problems.get(name, "")
    return problems[name]


def field_error(text: Text, *, id: str = "") -> rx.Component:
    """An error sentence with its icon. Empty text shows nothing."""
    identity = {"id": id} if id else {}
    sentence = rx.el.p(
        draw("circle-alert", size=14), rx.el.span(text), class_name="k-field-error", **identity
    )
    return rx.cond(text, sentence, rx.fragment()) if isinstance(text, rx.Var) else sentence


def field_note(hint: Text, problem: Text, id: str) -> rx.Component:
    """The line below a control, `<id>-note`: its hint, or what is wrong with it."""
    quiet = rx.el.p(hint, class_name="k-hint") if given(hint) else rx.fragment()
    if isinstance(problem, rx.Var):
        body: rx.Component = rx.cond(problem, field_error(problem), quiet)
    else:
        body = field_error(problem) if problem else quiet
    return rx.el.div(body, id=f"{id}-note", aria_live="polite", class_name="k-note")


def control_wiring(problem: Text, id: str) -> dict[str, Any]:
    """What ties a control to the note of its `field`, as keywords for the control."""
    invalid: Any = "false"
    if isinstance(problem, rx.Var):
        invalid = rx.cond(problem, "true", "false")
    elif problem:
        invalid = "true"
    return {"aria_describedby": f"{id}-note", "aria_invalid": invalid}


def _label(label: Text, id: str, optional: bool, hidden: bool = False) -> rx.Component:
    mark = [rx.el.span("optional", class_name="k-optional")] if optional else []
    return rx.el.label(label, *mark, html_for=id, class_name="sr-only" if hidden else "k-label")


def field(
    label: Text,
    control: rx.Component,
    *,
    id: str,
    hint: Text = "",
    problem: Text = "",
    optional: bool = False,
    hide_label: bool = False,
) -> rx.Component:
    """The shell around one control of your own: label, control, and the note `<id>-note` below it."""
    return rx.el.div(
        _label(label, id, optional, hide_label), control, field_note(hint, problem, id), class_name="k-field"
    )


def text_field(
    label: Text,
    name: str,
    *,
    type: Literal["text", "email", "tel", "number", "url", "color"] = "text",
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    mark: bool = True,
    prefix: str = "",
    suffix: Text = "",
    id: str = "",
    hide_label: bool = False,
    **props: Any,
) -> rx.Component:
    """A one-line text control; without `mark` an optional one does not say so. Other keywords (`default_value`, `placeholder`, `auto_complete`,
    `auto_focus`, `max_length`, `disabled`, `on_change`, ...) go to the input."""
    id = id or f"field-{name}"
    problem = problem_of(problems, name)
    control: rx.Component = rx.el.input(
        id=id,
        name=name,
        type=type,
        required=not optional,
        class_name="k-input",
        **control_wiring(problem, id),
        **props,
    )
    if prefix or given(suffix):
        control = rx.el.div(
            rx.el.span(draw(prefix), class_name="k-affix") if prefix else rx.fragment(),
            control,
            rx.el.span(suffix, class_name="k-affix k-affix-end") if given(suffix) else rx.fragment(),
            class_name="k-affixed",
        )
    return field(
        label, control, id=id, hint=hint, problem=problem, optional=optional and mark, hide_label=hide_label
    )


def password_field(
    label: Text,
    name: str = "password",
    *,
    hint: Text = "",
    problems: Problems = None,
    new: bool = False,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """A password with a button to show it. `new` tells password managers to offer one."""
    id = id or f"field-{name}"
    problem = problem_of(problems, name)
    props.setdefault("auto_complete", "new-password" if new else "current-password")
    control = rx.el.div(
        rx.el.input(
            id=id,
            name=name,
            type="password",
            required=True,
            class_name="k-input",
            **control_wiring(problem, id),
            **props,
        ),
        rx.el.button(
            rx.el.span(draw("eye"), class_name="k-reveal-show"),
            rx.el.span(draw("eye-off"), class_name="k-reveal-hide"),
            type="button",
            aria_label="Show password",
            aria_pressed="false",
            data_reveal="",
            class_name="k-inside-button",
        ),
        class_name="k-affixed",
    )
    return field(label, control, id=id, hint=hint, problem=problem)


def _options(options: Options) -> list[rx.Component]:
    if isinstance(options, rx.Var):
        return [
            rx.foreach(options, lambda row: rx.el.option(row["label"], value=row["value"], key=row["value"]))
        ]
    return [rx.el.option(text, value=value) for value, text in options]


def select_field(
    label: Text,
    name: str,
    options: Options,
    *,
    placeholder: str = "",
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    mark: bool = True,
    id: str = "",
    hide_label: bool = False,
    **props: Any,
) -> rx.Component:
    """A short list of choices (up to about fifteen; beyond that use a combobox)."""
    id = id or f"field-{name}"
    problem = problem_of(problems, name)
    first = [rx.el.option(placeholder, value="")] if placeholder else []
    control = rx.el.div(
        rx.el.select(
            *first,
            *_options(options),
            id=id,
            name=name,
            required=not optional,
            class_name="k-input k-select",
            **control_wiring(problem, id),
            **props,
        ),
        rx.el.span(draw("chevron-down"), class_name="k-affix k-affix-end"),
        class_name="k-affixed",
    )
    return field(
        label, control, id=id, hint=hint, problem=problem, optional=optional and mark, hide_label=hide_label
    )


def textarea_field(
    label: Text,
    name: str,
    *,
    rows: int = 4,
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """Text of several lines; grows with what is typed where the browser can."""
    id = id or f"field-{name}"
    problem = problem_of(problems, name)
    control = rx.el.textarea(
        id=id,
        name=name,
        rows=str(rows),
        required=not optional,
        class_name="k-input k-textarea",
        **control_wiring(problem, id),
        **props,
    )
    return field(label, control, id=id, hint=hint, problem=problem, optional=optional)


def _tick(
    label: Text, name: str, kind: str, hint: Text, problems: Problems, id: str, props: dict[str, Any]
) -> rx.Component:
    problem = problem_of(problems, name)
    role = {"role": "switch"} if kind == "k-switch" else {}
    return rx.el.div(
        rx.el.input(
            id=id, name=name, type="checkbox", class_name=kind, **role, **control_wiring(problem, id), **props
        ),
        rx.el.div(
            rx.el.label(label, html_for=id, class_name="k-tick-label"),
            field_note(hint, problem, id),
            class_name="min-w-0",
        ),
        class_name="k-tick",
    )


def checkbox_field(
    label: Text, name: str, *, hint: Text = "", problems: Problems = None, id: str = "", **props: Any
) -> rx.Component:
    """One thing to agree to or to tick. The form receives "on" or nothing unless `value` is given."""
    return _tick(label, name, "k-checkbox", hint, problems, id or f"field-{name}", props)


def switch(
    label: Text, name: str, *, hint: Text = "", problems: Problems = None, id: str = "", **props: Any
) -> rx.Component:
    """A setting that is on or off at once; use it with `checked` and `on_change`."""
    return _tick(label, name, "k-switch", hint, problems, id or f"field-{name}", props)


def checkbox(label: Text, *, hide_label: bool = False, **props: Any) -> rx.Component:
    """A bare checkbox for tables and matrices; `label` names it to screen readers."""
    if hide_label:
        return rx.el.input(type="checkbox", aria_label=label, class_name="k-checkbox", **props)
    return rx.el.label(
        rx.el.input(type="checkbox", class_name="k-checkbox", **props), rx.el.span(label), class_name="k-tick"
    )


def radio_group(
    label: Text,
    name: str,
    options: list[tuple[str, str]],
    *,
    default_value: Text = "",
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    inline: bool = False,
    **props: Any,
) -> rx.Component:
    """One choice of few, all visible."""
    id = f"field-{name}"
    problem = problem_of(problems, name)
    choices = [
        rx.el.label(
            rx.el.input(
                type="radio",
                name=name,
                value=value,
                class_name="k-radio",
                default_checked=default_value == value,
                **props,
            ),
            rx.el.span(text),
            class_name="k-tick",
        )
        for value, text in options
    ]
    mark = [rx.el.span("optional", class_name="k-optional")] if optional else []
    return rx.el.fieldset(
        rx.el.legend(label, *mark, id=f"{id}-label", class_name="k-label"),
        rx.el.div(*choices, class_name="k-radios k-radios-inline" if inline else "k-radios"),
        field_note(hint, problem, id),
        custom_attrs={"role": "radiogroup"},
        aria_labelledby=f"{id}-label",
        class_name="k-field",
        **control_wiring(problem, id),
    )


def file_field(
    label: Text,
    name: str,
    *,
    accept: str = "",
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """A file to choose, for a native form post to one of our own upload routes."""
    id = id or f"field-{name}"
    problem = problem_of(problems, name)
    if accept:
        props["accept"] = accept
    control = rx.el.input(
        id=id,
        name=name,
        type="file",
        required=not optional,
        class_name="k-file",
        **control_wiring(problem, id),
        **props,
    )
    return field(label, control, id=id, hint=hint, problem=problem, optional=optional)


def search_field(
    label: str,
    *,
    on_search: Any = None,
    placeholder: str = "",
    name: str = "q",
    wait_ms: int = 200,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """Search as you type: `on_search(text)` is called when typing pauses for `wait_ms`.

    Pass `default_value` (and a `key` that changes with it) when the text comes from the URL. "/" focuses it.
    """
    id = id or f"search-{name}"
    if on_search is not None:
        props["on_change"] = on_search.debounce(wait_ms) if hasattr(on_search, "debounce") else on_search
    return rx.el.div(
        rx.el.span(draw("search"), class_name="k-affix"),
        rx.el.input(
            id=id,
            name=name,
            type="search",
            aria_label=label,
            placeholder=placeholder or label,
            auto_complete="off",
            spell_check=False,
            data_search="",
            class_name="k-input",
            **{"max_length": LONGEST_SEARCH, **props},
        ),
        class_name="k-affixed k-search",
        role="search",
        data_kept=id,
    )


def unseen_field(name: str, default_value: Text, **props: Any) -> rx.Component:
    """A field of a form that no one sees, and that the browser changes.

    It is a text that is not shown: the framework puts an input of the type "hidden" back to its first value as soon as
    anything beside it is drawn anew.
    """
    return rx.el.input(
        type="text",
        name=name,
        default_value=default_value,
        hidden=True,
        tab_index=-1,
        auto_complete="off",
        **props,
    )


def combobox(
    label: Text,
    name: str,
    *,
    on_search: Any,
    options: rx.Var[Any],
    default_value: Text = "",
    default_label: Text = "",
    on_choose: Any = None,
    placeholder: str = "Type to search",
    empty: Text = "Nothing found",
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    busy: Flag = False,
    id: str = "",
    wait_ms: int = 200,
    free: bool = False,
    **props: Any,
) -> rx.Component:
    """A choice among many, searched on the server while typing; with `free` also what is in no list.

    `options` is a state list of rows with `value`, `label`, `detail`; the form receives the chosen `value`
    under `name` and what was typed under `<name>-text`. `on_choose(value)`, when given, is called as well. Arrows, Enter and Escape work.
    """
    id = id or f"field-{name}"
    problem = problem_of(problems, name)

    def _option(row: Any) -> rx.Component:
        click = {"on_click": on_choose(row["value"])} if on_choose is not None else {}
        return rx.el.li(
            rx.el.span(row["label"], class_name="k-option-label"),
            rx.el.span(row["detail"], class_name="k-option-detail"),
            role="option",
            aria_selected="false",
            data_value=row["value"],
            data_label=row["label"],
            id=f"{id}-option-{row['value']}",
            key=row["value"],
            class_name="k-option",
            **click,
        )

    control = rx.el.div(
        unseen_field(name, default_value, data_combobox_value=""),
        rx.el.span(draw("search"), class_name="k-affix"),
        rx.el.input(
            id=id,
            name=f"{name}-text",
            type="text",
            role="combobox",
            default_value=default_label,
            placeholder=placeholder,
            auto_complete="off",
            aria_autocomplete="list",
            aria_expanded="false",
            aria_controls=f"{id}-list",
            class_name="k-input",
            on_change=on_search.debounce(wait_ms) if hasattr(on_search, "debounce") else on_search,
            **control_wiring(problem, id),
            **{"max_length": LONGEST_SEARCH, **props},
        ),
        rx.el.div(
            rx.el.ul(
                rx.foreach(options, _option),
                id=f"{id}-list",
                role="listbox",
                aria_label=label,
                class_name="k-options",
            ),
            rx.cond(
                options.length() > 0,
                rx.fragment(),
                rx.el.p(rx.cond(busy, "Searching", empty), class_name="k-options-empty", role="status"),
            ),
            class_name="k-options-panel",
        ),
        data_combobox="free" if free else "",
        class_name="k-affixed k-combobox",
    )
    return field(label, control, id=id, hint=hint, problem=problem, optional=optional)


def form(
    *children: Child,
    on_submit: Any = None,
    problem: Text = "",
    action: str = "",
    guard_unsaved: bool = True,
    **props: Any,
) -> rx.Component:
    """A form of one column. `problem` is a refusal that belongs to no single field.

    With `action` it is a native post to a server route; otherwise `on_submit(form: dict[str, str])` is called.
    The first wrong field gets the focus; leaving with unsaved typing asks first unless `guard_unsaved=False`.
    What is typed outlives a lost connection and a new sign-in, but for passwords, codes, files, inputs of the type
    "hidden" and what stands in anything marked `data_secret`.
    """
    if action:
        props["action"], props["method"] = action, props.get("method", "post")
        guard_unsaved = False
    else:
        props["no_validate"] = True
    if on_submit is not None:
        props["on_submit"] = on_submit
        props = form_mark(on_submit) | props
    if guard_unsaved:
        props["data_guard"] = ""
    top: list[rx.Component] = []
    if given(problem):
        box = rx.el.div(
            draw("octagon-alert"),
            rx.el.p(problem),
            role="alert",
            tab_index=-1,
            data_form_problem="",
            class_name="k-callout",
            data_tone="danger",
        )
        top = [rx.cond(problem, box, rx.fragment()) if isinstance(problem, rx.Var) else box]
    if action:
        return native_form(*top, *children, class_name="k-form", data_kit_form="", **props)
    return rx.el.form(*top, *children, class_name="k-form", data_kit_form="", **props)


class _NativeForm(Element):
    """The browser's own form; the framework's never leaves the page."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]


def native_form(*children: Child, action: str, method: str = "post", **props: Any) -> rx.Component:
    """A bare form that the browser itself posts to a server route."""
    return _NativeForm.create(*children, action=action, method=method, **props)


def form_section(title: Text, *children: Child, hint: Text = "", columns: Literal[1, 2] = 1) -> rx.Component:
    """A titled group of fields; two columns only where fields are truly pairs."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="k-section-title"),
            rx.el.p(hint, class_name="k-hint") if given(hint) else rx.fragment(),
        ),
        rx.el.div(*children, class_name="k-columns" if columns == 2 else "k-stack"),
        class_name="k-form-section",
    )


def form_row(*children: Child) -> rx.Component:
    """Two fields that belong together, side by side where there is room."""
    return rx.el.div(*children, class_name="k-columns")


def disclosure(label: str, *children: Child) -> rx.Component:
    """Fields that few need, behind one line ("Add address"); a refusal in it opens it."""
    return rx.el.details(
        rx.el.summary(
            rx.el.span(draw("plus", size=16), class_name="k-more-shut"),
            rx.el.span(draw("minus", size=16), class_name="k-more-open"),
            rx.el.span(label),
        ),
        rx.el.div(*children, class_name="k-more-body"),
        class_name="k-more",
    )


def form_actions(*children: Child) -> rx.Component:
    """The foot of a form: the primary button first; stays reachable while scrolling."""
    return rx.el.div(*children, class_name="k-form-actions")
