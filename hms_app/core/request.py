"""What a form sends, parsed: every wrong field gets its own sentence."""

from collections.abc import Mapping
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from hms_app.core.errors import InvalidRequest

_SENTENCES: Final = {
    "missing": "Fill this in.",
    "string_too_short": "Fill this in.",
    "string_too_long": "Use at most {max_length} characters.",
    "int_parsing": "Choose one of the list.",
    "int_type": "Choose one of the list.",
    "enum": "Choose one of the list.",
    "bool_parsing": "Choose yes or no.",
}


class FormRequest(BaseModel):
    """The base of requests that people type: frozen, stripped of blanks, and deaf to fields it does not name."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore", str_max_length=500)

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Self:
        """Parse a submitted form; an empty field is not given. Raises `InvalidRequest` naming each wrong field."""
        given = {name: value for name, value in form.items() if value != "" and value is not None}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise InvalidRequest(_problems(error)) from None


def _problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for wrong in error.errors(include_url=False, include_input=False):
        field = str(wrong["loc"][0]) if wrong["loc"] else ""
        problems.setdefault(field, _sentence(wrong["type"], wrong.get("ctx", {})))
    return problems


def _sentence(kind: str, context: dict[str, Any]) -> str:
    if kind == "value_error":
        return str(context.get("error", "")) or "This is not valid."
    return _SENTENCES.get(kind, "This is not valid.").format(**context)
