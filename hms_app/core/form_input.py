"""What a form sends, parsed: every wrong field gets its own sentence."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hms_app.core.errors import InvalidInput
from hms_app.core.keys import LARGEST_KEY
from hms_app.core.text import is_plain

NO_DATE: Final = "Enter a date."
_NO_MOMENT: Final = "Enter a date and a time, such as 23 Nov 2026, 9:30."
_SENTENCES: Final = {
    "missing": "Fill this in.",
    "string_too_short": "Fill this in.",
    "string_too_long": "Use at most {max_length} characters.",
    "int_parsing": "Choose one of the list.",
    "int_type": "Choose one of the list.",
    "enum": "Choose one of the list.",
    "bool_parsing": "Choose yes or no.",
    "date_parsing": NO_DATE,
    "date_from_datetime_parsing": NO_DATE,
    "date_from_datetime_inexact": NO_DATE,
    "time_parsing": "Enter a time, such as 9:30.",
    "datetime_parsing": _NO_MOMENT,
    "datetime_from_date_parsing": _NO_MOMENT,
}


class FormInput(BaseModel):
    """The base of inputs that people type: frozen, stripped of blanks, and deaf to fields it does not name."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore", str_max_length=500)

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Self:
        """Parse a submitted form; an empty field is not given. Raises `InvalidInput` naming each wrong field."""
        given = {name: value for name, value in form.items() if value != "" and value is not None}
        try:
            return cls.model_validate({**given, **_parts(cls, given)})
        except ValidationError as error:
            raise InvalidInput(_problems(error)) from None

    @field_validator("*")
    @classmethod
    def _ensure_storable(cls, value: Any) -> Any:
        if isinstance(value, str) and not is_plain(value):
            raise ValueError("Remove the control characters.")
        if isinstance(value, int) and abs(value) > LARGEST_KEY:
            raise ValueError("Choose one of the list.")
        return value


class CommandInput(FormInput):
    """The base of what asks for something that must happen once: `key` is made when its form is opened.

    The form sends it in the field `kit.command_key` (`state.command_form`), the use case hands it to `records.once`.
    """

    key: Annotated[str, Field(min_length=16, max_length=64, pattern="^[0-9a-f-]+$")]


class FormPart(FormInput):
    """One of several alike, such as a phone: an input holds them as `phones: dict[str, PhonePart]`.

    The form names their fields `phones_1_number`, `phones_2_number`; so do problems. A part counts once one of
    its `essential` fields is filled in: a choice that is preset says nothing.
    """

    essential: ClassVar[frozenset[str]]


def _parts(request: type[FormInput], given: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """The numbered fields of `given` as the parts that they make."""
    lists: dict[str, dict[str, dict[str, Any]]] = {}
    for name, field in request.model_fields.items():
        part = (get_args(field.annotation) or (None,))[-1]
        if isinstance(part, type) and issubclass(part, FormPart):
            lists[name] = _parts_of(name, part, given)
    return lists


def _parts_of(name: str, part: type[FormPart], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    numbered: dict[str, dict[str, Any]] = {}
    for key, value in given.items():
        found = re.fullmatch(rf"{name}_(\d{{1,2}})_(\w+)", key)
        if found and found[2] in part.model_fields:
            numbered.setdefault(found[1], {})[found[2]] = value
    return {number: fields for number, fields in sorted(numbered.items()) if part.essential & fields.keys()}


def _problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for wrong in error.errors(include_url=False, include_input=False):
        field = _field_of(wrong["loc"])
        problems.setdefault(field, _sentence(wrong["type"], wrong.get("ctx", {})))
    return problems


def _field_of(place: tuple[int | str, ...]) -> str:
    """The form's name of the field at a place in the input; an element of a plain list is the list's."""
    return "_".join(str(step) for step in place if isinstance(step, str))


def _sentence(kind: str, context: dict[str, Any]) -> str:
    if kind == "value_error":
        return str(context.get("error", "")) or "This is not valid."
    return _SENTENCES.get(kind, "This is not valid.").format(**context)
