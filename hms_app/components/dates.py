"""Fields of a day, a time, or both: typed loosely, picked from a calendar, written the hospital's way.

`assets/dates.js` reads and writes what is typed, `assets/day-picker.jsx` opens the calendar (`assets/month.jsx`), whose
library is loaded when the first calendar is opened. The form receives ISO under the field's name; what cannot be read
is sent as it was typed, for the server to refuse with a sentence.
"""

from typing import Any, Final, Literal

import reflex as rx

from hms_app.components.fields import control_wiring, field, problem_of
from hms_app.components.icons import icon as draw
from hms_app.components.kinds import Problems, Text

LONGEST: Final = 40
"""Characters of a day and time, however they are written."""


class _TimeReader(rx.Component):
    """What writes a time field the hospital's way; nothing of it is seen."""

    library = "$/public/day-picker.jsx"
    tag = "TimeReader"

    input_id: rx.Var[str]


class _DayPicker(rx.Component):
    """The same of a field with a day, and the button that opens its calendar."""

    library = "$/public/day-picker.jsx"
    tag = "DayPicker"
    lib_dependencies: list[str] = [  # noqa: RUF012 (a field of the framework)
        "react-aria-components@1.22.1",
        "@internationalized/date@3.12.4",
    ]

    input_id: rx.Var[str]
    label: rx.Var[str]
    earliest: rx.Var[str]
    latest: rx.Var[str]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg, valid-type]


def _when_field(
    kind: Literal["date", "time", "datetime"],
    label: Text,
    name: str,
    *,
    hint: Text = "",
    problems: Problems = None,
    optional: bool = False,
    mark: bool = True,
    id: str = "",
    hide_label: bool = False,
    picker: dict[str, Any] | None = None,
    **props: Any,
) -> rx.Component:
    id = id or f"field-{name}"
    problem = problem_of(problems, name)
    anew = {"key": props.pop("key")} if "key" in props else {}
    typed = rx.el.input(
        id=id,
        name=name,
        type="text",
        data_when=kind,
        required=not optional,
        class_name="k-input",
        **control_wiring(problem, id),
        **{"auto_complete": "off", "spell_check": False, "max_length": LONGEST, **props},
    )
    behind = _TimeReader.create(input_id=id) if picker is None else _day_picker(id, label, picker)
    # What writes the field is made anew together with it: another day is given in ISO again.
    control = rx.el.div(typed, behind, class_name="k-affixed", **anew)
    return field(
        label, control, id=id, hint=hint, problem=problem, optional=optional and mark, hide_label=hide_label
    )


def _day_picker(id: str, label: Text, picker: dict[str, Any]) -> rx.Component:
    given = {name: value for name, value in picker.items() if value is not None}
    return _DayPicker.create(draw("calendar", size=16), input_id=id, label=label, **given)


def date_field(
    label: Text, name: str, *, earliest: Text = "", latest: Text = "", on_pick: Any = None, **props: Any
) -> rx.Component:
    """A day, typed ("23.11.26", "23 nov", "tomorrow", "+7") or picked; the form receives YYYY-MM-DD.

    `earliest` and `latest` (YYYY-MM-DD) bound the calendar; what is typed beyond them is the server's to refuse.
    `on_pick(iso)` is called when another day is chosen, or was typed and left. Other keywords are those of
    `text_field`; a `default_value` is ISO.
    """
    picker = {"earliest": earliest, "latest": latest, "on_pick": on_pick}
    return _when_field("date", label, name, picker=picker, **props)


def datetime_field(
    label: Text, name: str, *, earliest: Text = "", latest: Text = "", on_pick: Any = None, **props: Any
) -> rx.Component:
    """A day and a time by the hospital's clock; the form receives YYYY-MM-DDTHH:MM. Keywords as of `date_field`."""
    picker = {"earliest": earliest, "latest": latest, "on_pick": on_pick}
    return _when_field("datetime", label, name, picker=picker, **props)


def time_field(label: Text, name: str, **props: Any) -> rx.Component:
    """A time of day, typed ("9", "930", "9.30pm"); the form receives HH:MM. Keywords are those of `text_field`."""
    return _when_field("time", label, name, **props)
