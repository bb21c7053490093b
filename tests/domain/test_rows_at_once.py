"""Two people at one row of a record, with connections of their own: one wins, the other is shown what was saved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.clinical.service import KINDS, correct_entry, record_entry, retract_entry
from hms_app.domain.clinical.values import HistoryKind
from hms_app.domain.patients import service
from hms_app.domain.patients.values import DetailKind, PhonePart
from hms_app.domain.records.errors import Conflict
from hms_app.domain.records.values import SavedVersion
from tests.factories.patients import make_patient

SYSTEM = Actor.system("race")
ALLERGY = {"term-text": "Raced latex", "category": "environment"}


class Row(NamedTuple):
    """A row that two people have on screen: how it is corrected to say something, and how it is retracted."""

    correct: Callable[[Session, str], object]
    retract: Callable[[Session], object]
    said: Callable[[SavedVersion], str]


def _phone(session: Session, patient_id: int) -> Row:
    row_id = service.add_contact(
        session, SYSTEM, patient_id=patient_id, request=PhonePart(number="+49 30 901820")
    )

    def correct(session: Session, digit: str) -> None:
        request = PhonePart(number=f"+49 30 90182{digit}")
        service.correct_contact(session, SYSTEM, row_id=row_id, version=1, request=request)

    def retract(session: Session) -> None:
        service.retract_contact(
            session, SYSTEM, kind=DetailKind.PHONE, row_id=row_id, version=1, reason="Wrong"
        )

    return Row(correct, retract, lambda theirs: theirs.form.fields["number"][-1])


def _allergy(session: Session, patient_id: int) -> Row:
    kind = HistoryKind.ALLERGY
    parse = KINDS[kind].request.from_form
    entry = record_entry(session, SYSTEM, kind=kind, patient_id=patient_id, request=parse(ALLERGY))
    which = {"kind": kind, "entry_id": entry.id, "version": 1}

    def correct(session: Session, digit: str) -> None:
        correct_entry(session, SYSTEM, **which, request=parse({**ALLERGY, "note": digit}))  # type: ignore[arg-type]

    def retract(session: Session) -> None:
        retract_entry(session, SYSTEM, **which, reason="Wrong")  # type: ignore[arg-type]

    return Row(correct, retract, lambda theirs: theirs.form.fields["note"])


@pytest.fixture(params=[_phone, _allergy])
def row(request: pytest.FixtureRequest, committing: sa.Engine) -> Row:
    """A committed row of a patient."""
    with db.transaction() as session:
        return request.param(session, make_patient(session, family_name="Racedrow").key)  # type: ignore[no-any-return]


def _at_once(*acts: Callable[[Session], object]) -> list[SavedVersion | None]:
    """What each act is shown; None for the one that won."""
    start = Barrier(len(acts))

    def run(act: Callable[[Session], object]) -> SavedVersion | None:
        def work(session: Session) -> None:
            start.wait(timeout=10)
            act(session)

        try:
            db.in_transaction(work)
        except Conflict as refusal:
            return refusal.theirs  # type: ignore[no-any-return]
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_corrections_of_one_row_at_once_one_wins_and_the_other_sees_it(row: Row) -> None:
    shown = _at_once(lambda session: row.correct(session, "1"), lambda session: row.correct(session, "2"))
    (lost,) = (theirs for theirs in shown if theirs is not None)
    won = "1" if shown[0] is None else "2"
    assert (row.said(lost), lost.version, lost.changed_by) == (won, 2, SYSTEM.name)


def test_a_correction_and_a_retraction_at_once_do_not_both_happen(row: Row) -> None:
    corrected, retracted = _at_once(lambda session: row.correct(session, "1"), row.retract)
    assert (corrected is None) != (retracted is None)
    if corrected is not None:
        assert corrected.is_error
        assert corrected.told("row").startswith(f"{SYSTEM.name} marked this row as entered in error on ")
    else:
        assert retracted is not None
        assert row.said(retracted) == "1"
