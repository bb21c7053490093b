"""Making one record of two, and two of one again.

What moves is not listed here: it is every row with a foreign key to the patient (`queries.belongings`). Each row is
noted in the merge log with what it was before, so that an undoing puts back exactly these rows and no others.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.errors import MergeRefused
from hms_app.domain.duplicates.queries.belongings import Belonging, belongings
from hms_app.domain.duplicates.queries.blocks import facts_of_all
from hms_app.domain.duplicates.tables import PatientDuplicate, PatientMerge, PatientMergeStep
from hms_app.domain.duplicates.values import DuplicateStatus, MatchScore, MergeInput, StepOutcome
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.queries import Statement, find_visible, rows_of
from hms_app.domain.patients.service.search_keys import refresh_search_keys
from hms_app.domain.patients.values import PatientAction, PatientStatus
from hms_app.domain.records.errors import Conflict
from hms_app.domain.records.rules import LONGEST_REASON

_WAY_OUT: Final[dict[str, dict[str, Any]]] = {"coverage": {"rank": "secondary"}}
"""What a row becomes when the survivor has one like it already; a row without such a way out stays behind."""

Row = Mapping[str, Any]


def locked_pair(session: Session, actor: Actor, *patient_ids: int) -> list[dict[str, Any]]:
    """Both patients' columns as JSON says them, held until the commit in the order of their ids.

    Raises NotFound for a patient the actor may not know of, MergeRefused for one patient twice.
    """
    if len(set(patient_ids)) < len(patient_ids):
        raise MergeRefused("This is one record, not two.")
    for patient_id in patient_ids:
        find_visible(session, actor, patient_id)
    for patient_id in patient_ids:
        audit.record_access_if_refused(session, actor, patient_id=patient_id)
    statement = Statement(
        "SELECT to_jsonb(p) AS row FROM patient p WHERE p.id = ANY(%(ids)s) ORDER BY p.id FOR UPDATE",
        {"ids": list(patient_ids)},
    )
    rows = {found["row"]["id"]: found["row"] for found in rows_of(session, statement)}
    return [rows[patient_id] for patient_id in patient_ids]


def merge_records(
    session: Session, actor: Actor, request: MergeInput, *, survivor: Row, merged: Row
) -> PatientMerge:
    """Move everything of `merged` to `survivor`, whose rows are held; says what it did in the log.

    Raises Conflict when a record is not as it was when somebody chose.
    """
    if (survivor["version"], merged["version"]) != (request.survivor_version, request.merged_version):
        raise Conflict("patient")
    merge = PatientMerge(
        merged_id=merged["id"],
        survivor_id=survivor["id"],
        merged_at=clock.now(),
        merged_by=actor.name,
        merged_by_user_id=actor.user_id,
        reason=request.reason[:LONGEST_REASON],
        choices={name: side.value for name, side in request.choices.items()},
        status_before=merged["status"],
        reason_before=merged["status_reason"],
    )
    likeness = _likeness(session, merge)
    moved = _Move(session, merge).all_rows()
    values = _with_sort_name(survivor, rules.merged_values(survivor, merged, request.choices))
    merge.before, merge.after = {name: survivor[name] for name in values}, values
    merge.steps = len(moved)
    session.add(merge)
    session.flush()
    _close(session, merge)
    _set(session, merge.survivor_id, values)
    session.add_all(moved)
    for step in moved:
        step.merge_id = merge.key
    _note_pair(session, actor, merge, likeness)
    session.flush()
    refresh_search_keys(session, [merge.survivor_id, merge.merged_id])
    _record(session, actor, PatientAction.PATIENT_MERGED, merge, before=merge.before, after=merge.after)
    return merge


def unmerge_records(session: Session, actor: Actor, merge_id: int, *, reason: str) -> PatientMerge:
    """Give the merged patient back what it had; rows that came later stay with the survivor.

    A field that somebody changed after the merge keeps the later value; `kept` of the log says which. Raises
    NotFound, and MergeRefused when a later merge stands on this one or a row has grown together with the survivor.
    """
    found = session.get(PatientMerge, merge_id)
    if found is None:
        raise NotFound("merge")
    survivor, _merged = locked_pair(session, actor, found.survivor_id, found.merged_id)
    merge = session.exec(
        select(PatientMerge)
        .where(PatientMerge.id == merge_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    _ensure_undoable(session, merge, survivor)
    _reopen(session, merge)
    _MoveBack(session, merge).all_rows()
    given = {name: value for name, value in merge.after.items() if name != "name_sort"}
    back = {name: merge.before[name] for name, value in given.items() if survivor[name] == value}
    _set(session, merge.survivor_id, _with_sort_name(survivor, back))
    merge.kept = {name: survivor[name] for name in given if name not in back}
    merge.undone_at, merge.undone_by, merge.undone_by_user_id = clock.now(), actor.name, actor.user_id
    merge.undone_reason = reason.strip()[:LONGEST_REASON]
    _forget_pair(session, merge)
    session.flush()
    refresh_search_keys(session, [merge.survivor_id, merge.merged_id])
    _record(session, actor, PatientAction.PATIENT_UNMERGED, merge, before=merge.after, after=merge.before)
    return merge


class _Move:
    """Moving rows to the survivor, and noting each with what it was."""

    def __init__(self, session: Session, merge: PatientMerge) -> None:
        self._session, self._from, self._to = session, merge.merged_id, merge.survivor_id

    def all_rows(self) -> list[PatientMergeStep]:
        """Every row that is the merged patient's, noted before the first one moves: some take others along."""
        held = {place: self._ids(place) for place in belongings()}
        return [step for place, ids in held.items() if ids for step in self._rows(place, ids)]

    def _ids(self, place: Belonging) -> list[int]:
        statement = f"SELECT id FROM {place.table} WHERE {place.column} = %(from)s ORDER BY id FOR UPDATE"
        return [row["id"] for row in rows_of(self._session, Statement(statement, {"from": self._from}))]

    def _rows(self, place: Belonging, ids: list[int]) -> list[PatientMergeStep]:
        if self._moves(place, ids):
            return [self._step(place, row_id, StepOutcome.MOVED) for row_id in ids]
        return [self._row(place, row_id) for row_id in ids]

    def _row(self, place: Belonging, row_id: int) -> PatientMergeStep:
        if self._moves(place, [row_id]):
            return self._step(place, row_id, StepOutcome.MOVED)
        otherwise = _WAY_OUT.get(place.table, {})
        if otherwise:
            before = self._columns(place, row_id, otherwise)
            if self._moves(place, [row_id], otherwise):
                return self._step(place, row_id, StepOutcome.MOVED, before, otherwise)
        return self._step(place, row_id, StepOutcome.LEFT)

    def _columns(self, place: Belonging, row_id: int, names: Mapping[str, Any]) -> dict[str, Any]:
        statement = f"SELECT {', '.join(names)} FROM {place.table} WHERE id = %(id)s"
        return dict(rows_of(self._session, Statement(statement, {"id": row_id}))[0])

    def _moves(self, place: Belonging, ids: list[int], also: Mapping[str, Any] | None = None) -> bool:
        """Try to move these rows, all or none; a row that was taken along by another is there already."""
        changes = "".join(f", {name} = %({name})s" for name in also or {})
        statement = (
            f"UPDATE {place.table} SET {place.column} = %(to)s{changes}"
            f" WHERE id = ANY(%(ids)s) AND {place.column} = %(from)s"
        )
        return _tried(
            self._session, statement, {"ids": ids, "from": self._from, "to": self._to, **(also or {})}
        )

    def _step(
        self,
        place: Belonging,
        row_id: int,
        outcome: StepOutcome,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> PatientMergeStep:
        return PatientMergeStep(
            merge_id=0,
            table_name=place.table,
            row_id=row_id,
            outcome=outcome.value,
            before={place.column: self._from, **(before or {})},
            after={} if outcome is StepOutcome.LEFT else {place.column: self._to, **(after or {})},
        )


class _MoveBack:
    """Moving the noted rows back, as far as they still are where the merge put them."""

    def __init__(self, session: Session, merge: PatientMerge) -> None:
        self._session, self._merge = session, merge

    def all_rows(self) -> None:
        """Give every noted row back; raises MergeRefused when the database holds one fast."""
        steps = self._session.exec(
            select(PatientMergeStep)
            .where(PatientMergeStep.merge_id == self._merge.id)
            .where(PatientMergeStep.outcome == StepOutcome.MOVED.value)
        )
        by_table: dict[str, list[PatientMergeStep]] = defaultdict(list)
        for step in steps:
            by_table[step.table_name].append(step)
        for place in belongings():
            if by_table[place.table]:
                self._rows(place, by_table[place.table])

    def _rows(self, place: Belonging, steps: Sequence[PatientMergeStep]) -> None:
        mine = [step for step in steps if place.column in step.before]
        statement = (
            f"UPDATE {place.table} SET {place.column} = %(home)s"
            f" WHERE id = ANY(%(ids)s) AND {place.column} = %(now)s"
        )
        values = {
            "ids": [step.row_id for step in mine],
            "home": self._merge.merged_id,
            "now": self._merge.survivor_id,
        }
        if not _tried(self._session, statement, values):
            raise MergeRefused(
                f"An entry of the kind “{place.table.replace('_', ' ')}” has been tied to the other record since"
                " the merge. Separate it first, then undo the merge."
            )
        for step in mine:
            self._changed_columns(place, step)

    def _changed_columns(self, place: Belonging, step: PatientMergeStep) -> None:
        for name, value in step.after.items():
            if name != place.column:
                _run(
                    self._session,
                    f"UPDATE {place.table} SET {name} = %(before)s WHERE id = %(id)s AND {name} = %(after)s",
                    {"id": step.row_id, "before": step.before[name], "after": value},
                )


def _tried(session: Session, statement: str, values: dict[str, Any]) -> bool:
    try:
        with session.begin_nested():
            _run(session, statement, values)
    except IntegrityError:
        return False
    return True


def _run(session: Session, statement: str, values: dict[str, Any]) -> None:
    session.connection().exec_driver_sql(statement, values)


def _with_sort_name(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    names = {**row, **values}
    name_sort = patient_rules.name_sort(names["family_name"], names["given_names"])
    return values if name_sort == row["name_sort"] else {**values, "name_sort": name_sort}


def _set(session: Session, patient_id: int, values: Mapping[str, Any]) -> None:
    """Write columns as JSON says them, and count the change."""
    columns = "".join(f", {name} = wanted.{name}" for name in values)
    _run(
        session,
        f"UPDATE patient p SET version = p.version + 1, updated_at = %(now)s{columns}"
        " FROM jsonb_populate_record(NULL::patient, %(values)s::jsonb) AS wanted WHERE p.id = %(id)s",
        {"id": patient_id, "now": clock.now(), "values": json.dumps(dict(values))},
    )


def _close(session: Session, merge: PatientMerge) -> None:
    values = {
        "status": PatientStatus.MERGED.value,
        "status_reason": merge.reason,
        "merged_into_id": merge.survivor_id,
    }
    _set(session, merge.merged_id, values)


def _reopen(session: Session, merge: PatientMerge) -> None:
    values = {"status": merge.status_before, "status_reason": merge.reason_before, "merged_into_id": None}
    _set(session, merge.merged_id, values)


def _ensure_undoable(session: Session, merge: PatientMerge, survivor: Row) -> None:
    if merge.undone_at is not None:
        raise MergeRefused("This merge was undone already.")
    if survivor["status"] == PatientStatus.MERGED.value:
        raise MergeRefused("The surviving record was itself merged into another. Undo that merge first.")
    later = session.exec(
        select(PatientMerge)
        .where(PatientMerge.survivor_id == merge.survivor_id)
        .where(col(PatientMerge.id) > merge.id)
        .where(col(PatientMerge.undone_at).is_(None))
    ).first()
    if later is not None:
        raise MergeRefused("Another record was merged into this one later. Undo that merge first.")


def _likeness(session: Session, merge: PatientMerge) -> MatchScore:
    facts = facts_of_all(session, (merge.merged_id, merge.survivor_id))
    return rules.score(facts[merge.merged_id], facts[merge.survivor_id])


def _note_pair(session: Session, actor: Actor, merge: PatientMerge, likeness: MatchScore) -> None:
    """The pair on the worklist is decided; one that nobody had found yet is put there."""
    pair = _pair_of(session, merge)
    if pair is None:
        first, second = sorted((merge.merged_id, merge.survivor_id))
        pair = PatientDuplicate(
            first_id=first,
            second_id=second,
            weight=Decimal(str(likeness.weight)),
            reasons=list(likeness.reasons),
            doubts=list(likeness.doubts),
            found_at=merge.merged_at,
        )
        session.add(pair)
    elif pair.status != DuplicateStatus.OPEN.value:
        return
    pair.status = DuplicateStatus.MERGED.value
    pair.decided_at, pair.decided_by, pair.decided_by_user_id = merge.merged_at, actor.name, actor.user_id
    pair.decided_reason = merge.reason


def _forget_pair(session: Session, merge: PatientMerge) -> None:
    """The pair is to be decided again, if it was on the worklist before the merge."""
    pair = _pair_of(session, merge)
    if pair is None or pair.status != DuplicateStatus.MERGED.value:
        return
    if pair.found_at == merge.merged_at:
        session.delete(pair)
        return
    pair.status = DuplicateStatus.OPEN.value
    pair.decided_at, pair.decided_by, pair.decided_by_user_id, pair.decided_reason = None, "", None, ""


def _pair_of(session: Session, merge: PatientMerge) -> PatientDuplicate | None:
    first, second = sorted((merge.merged_id, merge.survivor_id))
    return session.exec(
        select(PatientDuplicate)
        .where(PatientDuplicate.first_id == first)
        .where(PatientDuplicate.second_id == second)
    ).first()


def _record(
    session: Session, actor: Actor, action: PatientAction, merge: PatientMerge, **values: dict[str, Any]
) -> None:
    """An entry under both patients, so that each one's history tells it."""
    undone = action is PatientAction.PATIENT_UNMERGED
    for patient_id in (merge.survivor_id, merge.merged_id):
        other = merge.merged_id if patient_id == merge.survivor_id else merge.survivor_id
        said = values if patient_id == merge.survivor_id else {"before": {}, "after": {}}
        audit.record(
            session,
            actor,
            action,
            merge,
            patient_id=patient_id,
            before=said["before"],
            after={**said["after"], "other_patient_id": other, "rows": merge.steps},
            reason=(merge.undone_reason if undone else merge.reason) or None,
        )
