"""Several of many, and one of the eight hues."""

from collections.abc import Mapping

import reflex as rx

from hms_app.components.fields import field_note, problem_of
from hms_app.components.kinds import Problems, Text


def choices_field(
    label: Text,
    name: str,
    options: rx.Var,  # type: ignore[type-arg]
    *,
    chosen: Text,
    hint: Text = "",
    empty: Text = "There is nothing to choose yet.",
    problems: Problems = None,
    optional: bool = False,
) -> rx.Component:
    """Any number of a list; `options` are state rows with `value`, `label`, `detail`, `chosen` their values as "3,7".

    The form receives a tick for each under `<name>_<value>`.
    """
    id = f"field-{name}"
    those = rx.Var.create(",") + rx.Var.create(chosen).to(str) + ","

    def tick(row: rx.Var) -> rx.Component:  # type: ignore[type-arg]
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                name=f"{name}_{row['value']}",
                value="on",
                class_name="k-checkbox",
                default_checked=those.contains("," + row["value"].to(str) + ","),
            ),
            rx.el.span(row["label"]),
            rx.el.span(row["detail"], class_name="k-option-detail"),
            class_name="k-tick",
            key=row["value"],
        )

    many = rx.el.div(rx.foreach(options, tick), class_name="k-choices", tab_index=-1)
    mark = [rx.el.span("optional", class_name="k-optional")] if optional else []
    return rx.el.fieldset(
        rx.el.legend(label, *mark, class_name="k-label"),
        rx.cond(rx.Var.create(options).length() > 0, many, rx.el.p(empty, class_name="k-hint py-2")),
        field_note(hint, problem_of(problems, name), id),
        aria_describedby=f"{id}-note",
        class_name="k-field",
    )


def swatch(hue: Text) -> rx.Component:
    """A spot of one of the eight hues; its name stands beside it."""
    return rx.el.span(class_name="k-swatch", aria_hidden="true", style={"background": f"var(--chart-{hue})"})


def colour_field(
    label: Text, name: str, names: Mapping[str, str], *, default_value: Text, problems: Problems = None
) -> rx.Component:
    """One of the eight hues, each with its name; `names` by the number of the hue."""
    id = f"field-{name}"
    hues = [
        rx.el.label(
            rx.el.input(
                type="radio", name=name, value=hue, class_name="k-radio", default_checked=default_value == hue
            ),
            swatch(hue),
            rx.el.span(text),
            class_name="k-tick",
        )
        for hue, text in names.items()
    ]
    return rx.el.fieldset(
        rx.el.legend(label, id=f"{id}-label", class_name="k-label"),
        rx.el.div(*hues, class_name="k-hues"),
        field_note("", problem_of(problems, name), id),
        custom_attrs={"role": "radiogroup"},
        aria_labelledby=f"{id}-label",
        class_name="k-field",
    )
