"""Keeping what patients are found by in step with who they are."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session

from hms_app.domain.patients.queries import SEARCH_SOURCE, Statement, keys_of, rows_of
from hms_app.domain.patients.values import SearchKey

KEYED_AT_ONCE: Final = 5_000
"""Patients whose search keys are made in one go, so that a million take bounded memory."""


def refresh_search_keys(session: Session, patient_ids: Sequence[int]) -> None:
    """Make the search keys of these patients match their rows; to be called after each change of who they are.

    The rows must be flushed. Keys are derived: they need no audit entry of their own.
    """
    for ids in _in_parts(patient_ids):
        sources = rows_of(session, Statement(f"{SEARCH_SOURCE} WHERE p.id = ANY(%(ids)s)", {"ids": ids}))
        keys = [(source["id"], key) for source in sources for key in keys_of(source)]
        _learn_words(session, keys)
        _replace(session, ids, keys)


def _in_parts(patient_ids: Sequence[int]) -> list[list[int]]:
    return [list(patient_ids[at : at + KEYED_AT_ONCE]) for at in range(0, len(patient_ids), KEYED_AT_ONCE)]


def _learn_words(session: Session, keys: list[tuple[int, SearchKey]]) -> None:
    words = sorted({key.key[2:] for _, key in keys if key.key.startswith("n:") and not key.second_key})
    session.connection().exec_driver_sql(
        "INSERT INTO name_word (word) SELECT w.word FROM unnest(%(words)s::text[]) AS w (word)"
        " WHERE NOT EXISTS (SELECT 1 FROM name_word known WHERE known.word = w.word) ON CONFLICT DO NOTHING",
        {"words": words},
    )


def _replace(session: Session, ids: list[int], keys: list[tuple[int, SearchKey]]) -> None:
    wanted = {
        "ids": ids,
        "patients": [patient_id for patient_id, _ in keys],
        "firsts": [key.key for _, key in keys],
        "seconds": [key.second_key for _, key in keys],
    }
    rows = "unnest(%(patients)s::bigint[], %(firsts)s::text[], %(seconds)s::text[]) AS w (patient_id, key, second_key)"
    connection = session.connection()
    connection.exec_driver_sql(
        f"DELETE FROM patient_search_key k WHERE k.patient_id = ANY(%(ids)s) AND (k.patient_id, k.key, k.second_key)"
        f" NOT IN (SELECT w.patient_id, w.key, w.second_key FROM {rows})",
        wanted,
    )
    connection.exec_driver_sql(
        "INSERT INTO patient_search_key (patient_id, key, second_key)"
        f" SELECT w.patient_id, w.key, w.second_key FROM {rows} ON CONFLICT DO NOTHING",
        wanted,
    )
