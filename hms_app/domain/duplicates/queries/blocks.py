"""Walking over the register in blocks of records that share something; each step reads a bounded piece.

A step reads the next rows of an index in its order, and gives the blocks that are complete; the last one, which may
go on behind the rows read, is read again by the next step.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries.likely import COMPARABLE, MATCH_SOURCE, facts_of
from hms_app.domain.duplicates.rules.blocking import Glance
from hms_app.domain.duplicates.values import MatchFacts
from hms_app.domain.patients.queries.matching import Statement, rows_of

ROWS_OF_STEP: Final = 40_000


class Stage(NamedTuple):
    """One walk: its name, the rows of an index between two ends, and what of a row two records must share."""

    name: str
    rows: str
    """SELECT of `first`, `second` and `patient_id` behind `%(first)s`, `%(second)s`, in that order."""
    counted: str
    part: Callable[[str, str], tuple[str, ...]]
    narrowed: Callable[[Iterable[int], Mapping[int, Glance]], Iterator[tuple[int, int]]] | None = None
    """Which pairs of a block are worth comparing, after a glance at each record; None for all."""


class Step(NamedTuple):
    """What one step found: pairs to compare, where the next step begins, and how far it came."""

    pairs: set[tuple[int, int]]
    place: list[str]
    rows: int
    left_out: int
    is_last: bool


def _keys(prefix: str, paired: str) -> tuple[str, str]:
    """The rows of the search keys that begin with `prefix`, and how to count them."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    range_ = f"k.key >= '{prefix}' AND k.key < '{end}' AND k.second_key {paired}"
    rows = (
        "SELECT k.key AS first, k.second_key AS second, k.patient_id FROM patient_search_key k"
        f" WHERE {range_} AND (k.key, k.second_key) > (%(first)s, %(second)s)"
        f" ORDER BY k.key, k.second_key, k.patient_id LIMIT {ROWS_OF_STEP}"
    )
    return rows, f"SELECT count(*) AS n FROM patient_search_key k WHERE {range_}"


_PHONES: Final = (
    "SELECT c.digits AS first, '' AS second, c.patient_id FROM patient_contact_point c"
    " WHERE c.system = 'phone' AND c.digits > %(first)s AND %(second)s = ''"
    f" ORDER BY c.digits, c.patient_id LIMIT {ROWS_OF_STEP}",
    "SELECT count(*) AS n FROM patient_contact_point c WHERE c.system = 'phone' AND c.digits > ''",
)
_ADDRESSES: Final = (
    "SELECT a.postal_code AS first, a.address_line AS second, a.patient_id FROM patient_address a"
    " WHERE a.postal_code <> '' AND (a.postal_code, a.address_line) > (%(first)s, %(second)s)"
    f" ORDER BY a.postal_code, a.address_line, a.patient_id LIMIT {ROWS_OF_STEP}",
    "SELECT count(*) AS n FROM patient_address a WHERE a.postal_code <> ''",
)

STAGES: Final = (
    Stage("identifiers", *_keys("i:", "= ''"), lambda first, second: (first,)),
    Stage("phones", *_PHONES, lambda first, second: (first,), rules.pairs_of_no_relatives),
    Stage(
        "dates of birth",
        *_keys("d:", ">= 'n:'"),
        lambda first, second: (first, second[: rules.SAME_BEGINNING + 2]),
    ),
    Stage(
        "names",
        *_keys("n:", ">= 'n:'"),
        lambda first, second: (first, second),
        narrowed=rules.pairs_of_nearly_same_birth,
    ),
    Stage(
        "addresses",
        *_ADDRESSES,
        lambda first, second: (first, rules.street_part(second)),
        rules.pairs_of_no_relatives,
    ),
)
"""The walks in their order; each brings up pairs that the others may miss."""


def count_rows(session: Session) -> int:
    """How many rows all the walks will read."""
    return sum(int(rows_of(session, Statement(stage.counted, {}))[0]["n"]) for stage in STAGES)


def next_step(session: Session, stage: Stage, place: list[str]) -> Step:
    """The pairs of the next complete blocks of a walk behind `place` ([] at its beginning)."""
    first, second = place or ("", "")
    found = session.connection().exec_driver_sql(stage.rows, {"first": first, "second": second}).fetchall()
    is_last = len(found) < ROWS_OF_STEP
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    ends: dict[tuple[str, ...], tuple[str, str, int]] = {}
    for number, (first, second, patient_id) in enumerate(found, start=1):
        part = stage.part(first, second)
        blocks[part].append(patient_id)
        ends[part] = (first, second, number)
    if not is_last and len(blocks) > 1:
        blocks.pop(next(reversed(ends)))
        ends.popitem()
    first, second, rows = next(reversed(ends.values()), ("", "", 0))
    shared = [block for block in blocks.values() if len(block) > 1]
    is_split = stage.narrowed is rules.pairs_of_nearly_same_birth
    left_out = 0 if is_split else sum(map(rules.is_too_large, shared))
    return Step(_pairs(session, stage, shared), [first, second], rows, left_out, is_last)


def facts_of_all(session: Session, patient_ids: Iterable[int]) -> dict[int, MatchFacts]:
    """What those of the patients are compared by whose records are in use."""
    statement = f"SELECT {MATCH_SOURCE} FROM patient p WHERE p.id = ANY(%(ids)s) AND {COMPARABLE}"
    found = rows_of(session, Statement(statement, {"ids": list(patient_ids)}))
    return {row["id"]: facts_of(row) for row in found}


def _pairs(session: Session, stage: Stage, blocks: list[list[int]]) -> set[tuple[int, int]]:
    if stage.narrowed is None:
        return {pair for block in blocks for pair in rules.pairs_of(block)}
    glances = _glances(session, {patient_id for block in blocks for patient_id in block})
    return {pair for block in blocks for pair in stage.narrowed(block, glances)}


def _glances(session: Session, patient_ids: Iterable[int]) -> dict[int, Glance]:
    found: Any = session.connection().exec_driver_sql(
        "SELECT id, birth_date, birth_date_precision, given_names FROM patient WHERE id = ANY(%(ids)s)",
        {"ids": list(patient_ids)},
    )
    return {
        patient_id: Glance(born, rules.is_exact(precision), given_names)
        for patient_id, born, precision, given_names in found
    }
