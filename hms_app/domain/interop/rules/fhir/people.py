"""What people have in common: names, as hospitals write them."""

import re
from typing import Final, NamedTuple

from hms_app.domain.interop.rules.fhir.elements import Json, last_moment, moment, part, parts, text, texts

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


def person_name(resource: Json, today: str = "") -> PersonName:
    """The name a person goes by: one that counts today, the official before others, the latest of equals."""
    listed = _names(resource, today)
    return _read(listed[0]) if listed else PersonName()


def other_names(resource: Json, today: str = "") -> list[PersonName]:
    """The names a person does not go by, or no more: under each of them somebody may look for them."""
    chosen = person_name(resource, today)
    found = [_read(one) for one in _names(resource, today)[1:]]
    known = {(chosen.given, chosen.family), ("", "")}
    others = [one for one in found if (one.given, one.family) not in known]
    return list({(one.given, one.family): one for one in others}.values())


def name_of_use(resource: Json, use: str) -> PersonName:
    """The name for one use, such as "maiden"; an empty one when there is none."""
    found = (one for one in parts(resource, "name") if one.get("use") == use)
    return next((_read(one) for one in found), PersonName())


def _names(resource: Json, today: str) -> list[Json]:
    """The names that say anything, that one first that a person goes by."""
    told = [
        one for one in parts(resource, "name") if any(one.get(name) for name in ("family", "given", "text"))
    ]
    latest_first = sorted(told, key=lambda one: text(part(one, "period"), "start", limit=40), reverse=True)
    return sorted(latest_first, key=lambda one: (not _counts(one, today), _rank(one)))


def _counts(name: Json, today: str) -> bool:
    """Whether a name has begun, and has not ended."""
    start, end = moment(part(name, "period"), "start"), moment(part(name, "period"), "end")
    if not today:
        return end is None
    return (start is None or start.at[:10] <= today) and (end is None or last_moment(end).at[:10] >= today)


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
