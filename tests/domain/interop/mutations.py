"""Bundles as nobody should send them, made from good ones: always the same ones for the same seed."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Json = Any
_STRANGE: tuple[Json, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1e300,
        12345678901234567890123456789,
        "",
        " ",
        "\u0000",
        "\ud800",
        "x" * 70_000,
    ),
    *([], {}, [None], [[]], [{}], {"reference": 5}, {"reference": "#gone"}, {"coding": "x"}, {"coding": [5]}),
    *("Patient/", "Patient/../../etc", "urn:uuid:", "Practitioner?identifier=|", "Patient?name=x", "http://"),
    *("2020", "2020-13", "2020-02-30", "0000-00-00", "9999-12-31T23:59:60Z", "2020-01-01T00:00:00+99:99"),
    *(
        "1799-01-01",
        "2020-01-01T10:00:00.123456789-03:30",
        "2020-01-01T10:00",
        "٢٠٢٠-٠١-٠١",
        "12",
        "5.0",
        "NaN",
    ),
    *(
        "'; DROP TABLE patient; --",
        "%s%n",
        "\\N",
        "a\tb\nc\\.",
        "‮abc",
        "<script>",
        "?system|value",
        "ﬃ" * 200,
    ),
)


def small_bundles(directory: Path) -> list[Json]:
    """A bundle of each patient of a directory with at most three resources of each type."""
    return [_shortened(json.loads(path.read_bytes())) for path in sorted(directory.glob("*_*.json"))]


def mutations(bundles: list[Json], count: int, seed: int) -> Iterator[bytes]:
    """`count` files, each a bundle with one to six wounds."""
    chance = random.Random(seed)
    for _ in range(count):
        bundle = _copied(chance.choice(bundles))
        for _ in range(chance.randint(1, 6)):
            chance.choice(_WOUNDS)(bundle, chance)
        raw = json.dumps(bundle).encode()
        yield chance.choice(_SPOILED)(raw, chance) if chance.random() < 0.1 else raw


def _copied(value: Json) -> Json:
    return json.loads(json.dumps(value))


def _shortened(bundle: Json) -> Json:
    met: dict[str, int] = {}
    kept = []
    for entry in bundle["entry"]:
        kind = entry["resource"]["resourceType"]
        met[kind] = met.get(kind, 0) + 1
        if met[kind] <= 3 and kind not in {"Claim", "ExplanationOfBenefit"}:
            kept.append(entry)
    return {**bundle, "entry": kept}


def _places(node: Json) -> Iterator[tuple[Any, Any]]:
    """Every place below a node: what holds it, and under which name or number."""
    named = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, below in list(named):
        yield node, name
        yield from _places(below)


def _somewhere(bundle: Json, chance: random.Random) -> tuple[Any, Any]:
    entry = chance.choice(bundle["entry"]) if bundle.get("entry") else bundle
    return chance.choice(list(_places(entry)) or [(bundle, "type")])


def _drop(bundle: Json, chance: random.Random) -> None:
    holder, name = _somewhere(bundle, chance)
    del holder[name]


def _replace(bundle: Json, chance: random.Random) -> None:
    holder, name = _somewhere(bundle, chance)
    holder[name] = _copied(chance.choice(_STRANGE))


def _wrap(bundle: Json, chance: random.Random) -> None:
    holder, name = _somewhere(bundle, chance)
    holder[name] = [holder[name]]


def _number_as_text(bundle: Json, chance: random.Random) -> None:
    holder, name = _somewhere(bundle, chance)
    holder[name] = str(holder[name])


def _repeat(bundle: Json, chance: random.Random) -> None:
    if bundle.get("entry"):
        bundle["entry"].append(_copied(chance.choice(bundle["entry"])))


def _same_id(bundle: Json, chance: random.Random) -> None:
    entries = [entry for entry in bundle.get("entry") or [] if isinstance(entry, dict)]
    if len(entries) > 1:
        one, other = chance.sample(entries, 2)
        if isinstance(one.get("resource"), dict) and isinstance(other.get("resource"), dict):
            other["resource"]["id"] = one["resource"].get("id")
            other["fullUrl"] = one.get("fullUrl")


def _shuffle(bundle: Json, chance: random.Random) -> None:
    chance.shuffle(bundle.get("entry") or [])


def _deep(bundle: Json, chance: random.Random) -> None:
    holder, name = _somewhere(bundle, chance)
    nested: Json = "deep"
    for _ in range(60):
        nested = {"extension": [nested]}
    holder[name] = nested


_WOUNDS: tuple[Callable[[Json, random.Random], None], ...] = (
    *(_drop, _drop, _replace, _replace, _replace, _wrap, _number_as_text),
    *(_repeat, _same_id, _shuffle, _deep),
)
_SPOILED: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    lambda raw, chance: raw[: chance.randrange(len(raw))],
    lambda raw, _: b"\xef\xbb\xbf" + raw,
    lambda raw, chance: raw.replace(b'"', b"\xff", chance.randint(1, 3)),
    lambda raw, _: raw.decode().encode("utf-16"),
    lambda _raw, _chance: b'{"resourceType": ' * 1000,
    lambda raw, _: raw.replace(b"true", b"NaN").replace(b"0.", b"00."),
)
