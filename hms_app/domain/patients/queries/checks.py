"""What `verify` asks of the patients' rows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlmodel import Session

from hms_app.domain.audit.values import Check
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.tables import IDENTIFIER_NUMBER
from hms_app.domain.patients.values import PatientStatus, SearchKey

_FORMER: Final = """(WITH RECURSIVE former AS (
  SELECT f.id, f.mrn, f.given_names, f.family_name FROM patient f WHERE f.merged_into_id = p.id
  UNION ALL
  SELECT f.id, f.mrn, f.given_names, f.family_name FROM patient f JOIN former ON f.merged_into_id = former.id
 ) SELECT array_agg(ARRAY[mrn, given_names, family_name] ORDER BY id) FROM former)"""
"""The number and names of every record that was merged into `patient p`, also by way of another."""
SEARCH_SOURCE: Final = f"""
SELECT p.id, p.status, p.mrn, p.family_name, p.given_names, p.preferred_name, p.maiden_name, p.birth_date,
 p.birth_date_precision,
 (SELECT coalesce(array_agg(c.digits), '{{}}') FROM patient_contact_point c
  WHERE c.patient_id = p.id AND c.system = 'phone' AND c.entered_in_error_at IS NULL) AS phones,
 (SELECT coalesce(array_agg(i.value), '{{}}') FROM patient_identifier i
  WHERE i.patient_id = p.id AND i.entered_in_error_at IS NULL AND i.type <> 'other-name') AS identifiers,
 (SELECT coalesce(array_agg(i.value), '{{}}') FROM patient_identifier i
  WHERE i.patient_id = p.id AND i.entered_in_error_at IS NULL AND i.type = 'other-name') AS named_also,
 {_FORMER} AS former
FROM patient p"""
"""What search keys are made from; `keys_of` reads its rows."""
_MOST_PROBLEMS: Final = 20
_AT_ONCE: Final = 5_000


def keys_of(found: Mapping[str, Any]) -> list[SearchKey]:
    """The search keys of a row of `SEARCH_SOURCE`; a merged record has none, its survivor answers for it."""
    if found["status"] == PatientStatus.MERGED.value:
        return []
    former = found["former"] or ()
    return rules.search_keys(
        names=(found["given_names"], found["family_name"]),
        other_names=(
            found["preferred_name"],
            found["maiden_name"],
            *found["named_also"],
            *(name for _, *names in former for name in names),
        ),
        former_mrns=[mrn for mrn, *_ in former],
        mrn=found["mrn"],
        birth_date=found["birth_date"],
        precision=found["birth_date_precision"],
        phones=[rules.phone_of_digits(value) for value in found["phones"]],
        identifiers=found["identifiers"],
    )


def check_search_keys(session: Session) -> Check:
    """Every patient has exactly the search keys the rules make."""
    problems: list[str] = []
    checked = last = 0
    part = f"{SEARCH_SOURCE} WHERE p.id > %(last)s ORDER BY p.id LIMIT {_AT_ONCE}"
    while sources := rows_of(session, Statement(part, {"last": last})):
        stored = _stored_keys(session, sources[0]["id"], sources[-1]["id"])
        for source in sources:
            wanted, has = set(keys_of(source)), stored.get(source["id"], set())
            if wanted != has:
                problems.append(
                    f"Patient {source['mrn']}: {len(wanted - has)} search keys are missing and"
                    f" {len(has - wanted)} are too many."
                )
        checked, last = checked + len(sources), sources[-1]["id"]
    return _check("patients: search keys match patients", checked, problems)


def check_vocabulary(session: Session) -> Check:
    """Every name word that is a search key is in the vocabulary that drives the search by two words."""
    connection = session.connection()
    keys = "FROM patient_search_key k WHERE k.key >= 'n:' AND k.key < 'n;' AND k.second_key = ''"
    checked = connection.exec_driver_sql(f"SELECT count(*) {keys}").scalar_one()
    unknown = connection.exec_driver_sql(
        f"SELECT DISTINCT substr(k.key, 3) {keys}"
        f" AND NOT EXISTS (SELECT 1 FROM name_word w WHERE w.word = substr(k.key, 3)) LIMIT {_MOST_PROBLEMS}"
    ).scalars()
    problems = [f"The name word “{word}” is not in the vocabulary." for word in unknown]
    return _check("patients: name words are in the vocabulary", checked, problems)


def check_record_numbers(session: Session) -> Check:
    """Every medical record number carries its check digit."""
    checked, problems = 0, []
    for mrn in session.connection().exec_driver_sql("SELECT mrn FROM patient").scalars():
        checked += 1
        if not rules.is_mrn(mrn):
            problems.append(f"The record number {mrn} has a wrong check digit.")
    return _check("patients: record numbers carry their check digit", checked, problems)


def check_sort_names(session: Session) -> Check:
    """Every patient is sorted by the name it bears."""
    checked, problems = 0, []
    names = "SELECT mrn, family_name, given_names, name_sort FROM patient"
    for mrn, family, given, stored in session.connection().exec_driver_sql(names):
        checked += 1
        if rules.name_sort(family, given) != stored:
            problems.append(f"Patient {mrn} is sorted by another name than the one shown.")
    return _check("patients: lists sort by the name shown", checked, problems)


def check_times_of_life(session: Session) -> Check:
    """Nobody is born or dead tomorrow."""
    connection = session.connection()
    checked = connection.exec_driver_sql("SELECT count(*) FROM patient").scalar_one()
    to_come = connection.exec_driver_sql(
        "SELECT mrn, birth_date > current_date + 1 AS is_born_later FROM patient"
        " WHERE birth_date > current_date + 1 OR deceased_at > now() + interval '1 day'"
        f" ORDER BY mrn LIMIT {_MOST_PROBLEMS}"
    )
    problems = [
        f"Patient {mrn} {'is born' if is_born_later else 'dies'} in the future."
        for mrn, is_born_later in to_come
    ]
    return _check("patients: births and deaths have come", checked, problems)


def check_identifiers(session: Session) -> Check:
    """No two patients bear the same identifier of one type and issuer."""
    valid = "FROM patient_identifier WHERE entered_in_error_at IS NULL"
    checked = session.connection().exec_driver_sql(f"SELECT count(*) {valid}").scalar_one()
    twice = session.connection().exec_driver_sql(
        f"SELECT type, count(*) {valid} GROUP BY type, issuer, system, {IDENTIFIER_NUMBER}"
        f" HAVING count(*) > 1 LIMIT {_MOST_PROBLEMS}"
    )
    problems = [f"An identifier of type {kind} is there {count} times." for kind, count in twice]
    return _check("patients: identifiers are unique", checked, problems)


def _stored_keys(session: Session, first: int, last: int) -> dict[int, set[SearchKey]]:
    statement = Statement(
        "SELECT patient_id, key, second_key FROM patient_search_key"
        " WHERE patient_id BETWEEN %(first)s AND %(last)s",
        {"first": first, "last": last},
    )
    stored: dict[int, set[SearchKey]] = {}
    for row in rows_of(session, statement):
        stored.setdefault(row["patient_id"], set()).add(SearchKey(row["key"], row["second_key"]))
    return stored


def _check(name: str, checked: int, problems: list[str]) -> Check:
    return Check(name, not problems, checked, problems[:_MOST_PROBLEMS])


CHECKS: Final[list[Callable[[Session], Check]]] = [
    check_search_keys,
    check_vocabulary,
    check_record_numbers,
    check_sort_names,
    check_identifiers,
    check_times_of_life,
]
