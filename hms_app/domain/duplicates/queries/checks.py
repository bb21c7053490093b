"""What `verify` asks of the merge log."""

from collections.abc import Callable
from typing import Final

from sqlmodel import Session

from hms_app.domain.audit.values import Check
from hms_app.domain.duplicates.queries.belongings import belongings

_MOST_PROBLEMS: Final = 20


def check_merge_log(session: Session) -> Check:
    """Every merged record has its standing merge, every merge all of its steps, and nothing was left unsaid."""
    connection = session.connection()
    checked = connection.exec_driver_sql("SELECT count(*) FROM patient_merge").scalar_one()
    problems = [
        sentence.format(mrn)
        for sentence, statement in _MERGE_FAULTS.items()
        for mrn in connection.exec_driver_sql(f"{statement} LIMIT {_MOST_PROBLEMS}").scalars()
    ]
    for table, column in belongings():
        held = connection.exec_driver_sql(
            f"SELECT p.mrn, count(*) FROM {table} t JOIN patient p ON p.id = t.{column} AND p.status = 'merged'"
            " WHERE NOT EXISTS (SELECT 1 FROM patient_merge_step s JOIN patient_merge m ON m.id = s.merge_id"
            f" WHERE s.table_name = '{table}' AND s.row_id = t.id AND s.outcome = 'left' AND m.merged_id = p.id)"
            f" GROUP BY p.mrn LIMIT {_MOST_PROBLEMS}"
        )
        problems += [f"The merged record {mrn} still holds {count} rows of {table}." for mrn, count in held]
    return Check("duplicates: the merge log is whole", not problems, checked, problems[:_MOST_PROBLEMS])


_MERGE_FAULTS: Final = {
    "The record {} is merged, but no standing merge into its survivor says so.": (
        "SELECT p.mrn FROM patient p WHERE p.status = 'merged' AND NOT EXISTS (SELECT 1 FROM patient_merge m"
        " WHERE m.merged_id = p.id AND m.survivor_id = p.merged_into_id AND m.undone_at IS NULL)"
    ),
    "The merge of the record {} stands, but the record is not merged.": (
        "SELECT p.mrn FROM patient_merge m JOIN patient p ON p.id = m.merged_id"
        " WHERE m.undone_at IS NULL AND p.merged_into_id IS DISTINCT FROM m.survivor_id"
    ),
    "The merge of the record {} has not as many steps as it took.": (
        "SELECT p.mrn FROM patient_merge m JOIN patient p ON p.id = m.merged_id"
        " WHERE m.steps <> (SELECT count(*) FROM patient_merge_step s WHERE s.merge_id = m.id)"
    ),
}

CHECKS: Final[list[Callable[[Session], Check]]] = [check_merge_log]
