"""What people have in common: names, as hospitals write them."""

import re
from typing import Final, NamedTuple

from hms_app.domain.interop.rules.fhir.elements import Json, parts, text, texts

_NAME_LIMIT: Final = 120
_NUMBERED: Final = re.compile(r"(?<=[^\W\d_])\d+")
_USES: Final = ("official", "usual", "", "nickname", "temp", "anonymous", "old", "maiden")


class PersonName(NamedTuple):
    """A name in parts; `as_written` is what the file has, where digits were taken away."""

    prefix: str = ""
    given: str = ""
    family: str = ""
    suffix: str = ""
    as_written: str = ""


def person_name(resource: Json) -> PersonName:
    """The name a person goes by: the official one before others, a name in parts before a mere text."""
    found = sorted(parts(resource, "name"), key=_rank)
    return _read(found[0]) if found else PersonName()


def name_of_use(resource: Json, use: str) -> PersonName:
    """The name for one use, such as "maiden"; an empty one when there is none."""
    found = (one for one in parts(resource, "name") if one.get("use") == use)
    return next((_read(one) for one in found), PersonName())


def without_numbers(name: str) -> str:
    """`name` without the digits Synthea puts behind its words ("Maynard46"); "Louis 14" stays."""
    return _NUMBERED.sub("", name)


def _rank(name: Json) -> int:
    use = name.get("use") or ""
    return _USES.index(use) if use in _USES else len(_USES)


def _read(name: Json) -> PersonName:
    family = text(name, "family", limit=_NAME_LIMIT)
    given = " ".join(texts(name, "given", limit=_NAME_LIMIT))[:_NAME_LIMIT]
    if not family and not given:
        given, family = _cut(text(name, "text", limit=_NAME_LIMIT))
    written = f"{given} {family}".strip()
    plain = without_numbers(written)
    return PersonName(
        prefix=" ".join(texts(name, "prefix", limit=40)),
        given=without_numbers(given),
        family=without_numbers(family),
        suffix=" ".join(texts(name, "suffix", limit=40)),
        as_written=written if plain != written else "",
    )


def _cut(words: str) -> tuple[str, str]:
    """Given names and family name of a name that is one text."""
    family, comma, given = words.partition(",")
    if comma:
        return given.strip(), family.strip()
    given, _, family = words.rpartition(" ")
    return given, family
