"""Who may already be in the register: bounded look-ups by search key, then scored.

Every look-up is an exact key, or a short range of one, of `patient_search_key`; together they give at most
`MOST_CANDIDATES`, the most telling first, whatever a million patients are called.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.values import LikelyDuplicate, MatchFacts
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import ROW, patient_row, visible_to

MOST_CANDIDATES: Final = 200
"""The most records one look-up reads and scores."""
_TELLING: Final = 3
"""Letters of a name word that, with the date of birth, lead to few enough people."""

MATCH_SOURCE: Final = """p.id, p.family_name, p.given_names, p.preferred_name, p.maiden_name, p.birth_date,
 p.birth_date_precision, p.sex_at_birth,
 (SELECT array_agg(c.system || ':' || coalesce(nullif(c.digits, ''), c.value)) FROM patient_contact_point c
  WHERE c.patient_id = p.id AND c.entered_in_error_at IS NULL) AS contact_points,
 (SELECT array_agg(ARRAY[i.type, i.issuer, i.value]) FROM patient_identifier i
  WHERE i.patient_id = p.id AND i.entered_in_error_at IS NULL) AS identifiers,
 (SELECT array_agg(ARRAY[a.address_line, a.city, a.postal_code]) FROM patient_address a
  WHERE a.patient_id = p.id AND a.entered_in_error_at IS NULL) AS addresses"""
"""The columns of `patient p` that `facts_of` reads."""
COMPARABLE: Final = "p.status NOT IN ('entered_in_error', 'merged')"
"""The condition on `patient p` that leaves out records that are nobody's."""


def facts_of(found: Mapping[str, Any]) -> MatchFacts:
    """What a row of `MATCH_SOURCE` is compared by."""
    points = found["contact_points"] or ()
    return rules.match_facts(
        given_names=found["given_names"],
        family_name=found["family_name"],
        preferred_name=found["preferred_name"],
        maiden_name=found["maiden_name"],
        birth_date=found["birth_date"],
        precision=found["birth_date_precision"],
        sex=found["sex_at_birth"],
        phones=[point[6:] for point in points if point.startswith("phone:")],
        emails=[point[6:] for point in points if point.startswith("email:")],
        identifiers=found["identifiers"] or (),
        addresses=found["addresses"] or (),
    )


@use_case(Permission.PATIENTS_PATIENT_READ)
def find_likely_duplicates(
    session: Session, actor: Actor, *, facts: MatchFacts, limit: int = 5, leave_out: int | None = None
) -> list[LikelyDuplicate]:
    """Patients who may be the person of these facts, the likeliest first; only those the actor may know of.

    `leave_out` is the patient the facts are of, if they have a record already.
    """
    statement = candidate_statement(actor, facts=facts, leave_out=leave_out)
    scored = [(rules.score(facts, facts_of(found)), found) for found in rows_of(session, statement)]
    likely = [(score, found) for score, found in scored if score.weight >= rules.POSSIBLE]
    likely.sort(key=lambda pair: (-pair[0].weight, pair[1]["id"]))
    return [LikelyDuplicate(patient_row(found, actor.locale), score) for score, found in likely[:limit]]


def candidate_statement(actor: Actor, *, facts: MatchFacts, leave_out: int | None = None) -> Statement:
    """The one statement that finds, and reads, whom `facts` are compared to."""
    values: dict[str, Any] = {"leave_out": leave_out, **_exact_keys(facts), **_key_ranges(facts)}
    return Statement(
        f"SELECT {ROW}, {MATCH_SOURCE} FROM (SELECT patient_id, min(way) AS way FROM ({_CANDIDATES}) c"
        f" GROUP BY patient_id ORDER BY min(way), patient_id LIMIT {MOST_CANDIDATES}) c"
        f" JOIN patient p ON p.id = c.patient_id WHERE {visible_to(actor)} AND {COMPARABLE}"
        " AND p.id IS DISTINCT FROM %(leave_out)s::bigint",
        values,
    )


_CANDIDATES: Final = """
SELECT k.patient_id, w.way FROM unnest(%(ways)s::int[], %(keys)s::text[], %(seconds)s::text[])
  AS w (way, key, second_key),
 LATERAL (SELECT k.patient_id FROM patient_search_key k WHERE k.key = w.key AND k.second_key = w.second_key
  LIMIT 100) k
UNION ALL
SELECT k.patient_id, 3 FROM unnest(%(dates)s::text[], %(from)s::text[], %(to)s::text[]) AS w (key, first, past),
 LATERAL (SELECT k.patient_id FROM patient_search_key k
  WHERE k.key = w.key AND k.second_key >= w.first AND k.second_key < w.past LIMIT 50) k
UNION ALL
SELECT k.patient_id, 6 FROM unnest(%(words)s::text[], %(year_from)s::text[], %(year_to)s::text[])
  AS w (word, first, past),
 LATERAL (SELECT k.patient_id FROM patient_search_key k WHERE k.second_key = w.word AND k.second_key <> ''
  AND k.key >= w.first AND k.key < w.past LIMIT 50) k"""
"""Exact keys; the beginning of a name word on a day; a name word in a year. `way` puts the most telling first."""


def _exact_keys(facts: MatchFacts) -> dict[str, Any]:
    """Identifiers and phones, name words with the date of birth and its slips, pairs of name words, the date."""
    words = _words(facts)
    keys = [(0, f"i:{identifier.code[: patient_rules.LONGEST_WORD]}", "") for identifier in facts.identifiers]
    keys += [
        (0, f"p:{number}", "")
        for text in facts.dialled
        for number in patient_rules.phone_number(text, "")
        if number
    ]
    if facts.birth_date is not None:
        born = patient_rules.birth_key(facts.birth_date, facts.precision)
        keys += [(1, born, word) for word in words]
        keys.append((5, born, ""))
        keys += [(4, born, word) for born in _other_dates(facts) for word in words]
    keys += [(2, first, second) for place, first in enumerate(words) for second in words[place + 1 :]]
    ways, firsts, seconds = zip(*keys, strict=True) if keys else ((), (), ())
    return {"ways": list(ways), "keys": list(firsts), "seconds": list(seconds)}


def _other_dates(facts: MatchFacts) -> list[str]:
    if facts.birth_date is None:
        return []
    year = f"d:{facts.birth_date.year:04d}"
    if not rules.is_exact(facts.precision):
        return []
    return [
        year,
        *(patient_rules.birth_key(day, facts.precision) for day in rules.slips_of(facts.birth_date)),
    ]


def _key_ranges(facts: MatchFacts) -> dict[str, Any]:
    """Name words that begin alike on the day; for a birth of which only the year is known, days of that year."""
    words, born = _words(facts), facts.birth_date
    day = patient_rules.birth_key(born, facts.precision) if born else ""
    starts = sorted({word[: _TELLING + 2] for word in words}) if born else []
    yearly = words if born and not rules.is_exact(facts.precision) else []
    return {
        "dates": [day] * len(starts),
        "from": starts,
        "to": [start[:-1] + chr(ord(start[-1]) + 1) for start in starts],
        "words": yearly,
        "year_from": [f"{day}-" for _ in yearly],
        "year_to": [f"{day}." for _ in yearly],
    }


def _words(facts: MatchFacts) -> list[str]:
    names = (facts.given.text, facts.family.text)
    others = (name.text for name in (*facts.also_given, *facts.also_family))
    words = {f"n:{fold(word)}" for word in patient_rules.name_words(names, others)}
    return sorted(words)[: patient_rules.MOST_PAIRED_WORDS]
