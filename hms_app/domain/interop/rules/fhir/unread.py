"""Which elements of a resource nobody looked at while it was read: the report says so, nothing vanishes in silence."""

from collections.abc import Iterator
from typing import Any, Final

from hms_app.domain.interop.rules.fhir.elements import Json

_SAYS_NOTHING: Final = frozenset(
    {"id", "meta", "text", "resourceType", "implicitRules", "contained", "fhir_comments"}
)
"""Elements that are about the resource, not about anybody; what is contained is read by itself."""
_OF_CODES: Final = frozenset({"system", "version", "userSelected", "display", "type", "unit"})
"""Beside a code or a reference that was read these say the same again."""


class Told(dict[str, Any]):
    """An object of JSON that remembers which of its names were looked at."""

    __slots__ = ("looked_at",)

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.looked_at: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """The value, remembered as read."""
        self.looked_at.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.looked_at.add(name)
        return super().__getitem__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def unread(resource: Json) -> Iterator[str]:
    """The paths of what nobody looked at, such as "performer.function"."""
    if isinstance(resource, Told):
        yield from _unread(resource, "", is_resource=True)


def _unread(element: Told, before: str, *, is_resource: bool = False) -> Iterator[str]:
    is_read = bool(element.looked_at)
    for name, value in element.items():
        if name in _SAYS_NOTHING and (is_resource or name == "id"):
            continue
        if name not in element.looked_at:
            again = name in _OF_CODES or (name == "code" and "unit" in element.looked_at)
            if not (is_read and again and not is_resource):
                yield f"{before}{name}"
            continue
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, Told) and one:
                yield from _unread(one, f"{before}{name}.") if one.looked_at else iter((f"{before}{name}",))
