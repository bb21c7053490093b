"""One value says which moves there are: the service, the screens and the database's trigger follow it."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import hms_app.hms_app  # noqa: F401  (registers every life cycle and every table)
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.life_cycle import LIFE_CYCLES, LifeCycle, Move, MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.tables import Encounter
from hms_app.domain.clinical.values import ENCOUNTER_LIFE, EncounterStatus
from hms_app.domain.records.tables import LifeCycleMove
from tests.factories.clinical import make_record
from tests.factories.patients import make_patient


def test_the_trigger_reads_the_moves_that_the_code_describes(session: Session) -> None:
    written: dict[str, set[tuple[str, str]]] = {}
    for table, start, end in session.execute(
        sa.select(LifeCycleMove.table_name, LifeCycleMove.from_status, LifeCycleMove.to_status)  # type: ignore[call-overload]
    ):
        written.setdefault(table, set()).add((start, end))
    described = {
        table: {pair for pair in life.pairs if pair[0] != pair[1]} for table, life in LIFE_CYCLES.items()
    }
    assert written == described


def test_every_life_cycle_has_its_trigger(session: Session) -> None:
    guarded = session.execute(
        sa.text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'ensure_known_move'::regproc")
    ).scalars()
    assert set(guarded) == set(LIFE_CYCLES)


@pytest.mark.parametrize("table", sorted(LIFE_CYCLES))
def test_a_life_cycle_names_each_state_that_the_table_knows(table: str) -> None:
    life = LIFE_CYCLES[table]
    check = next(
        str(constraint.sqltext)
        for constraint in SQLModel.metadata.tables[table].constraints
        if isinstance(constraint, sa.CheckConstraint) and str(constraint.name) == f"ck_{table}_status_known"
    )
    known = {part.strip(" ')") for part in check.partition("(")[2].split(",")}
    assert {status.value for status in life.labels} == known


def test_the_application_cannot_write_itself_a_move(session: Session) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        session.execute(
            sa.insert(LifeCycleMove).values(
                table_name="encounter", from_status="completed", to_status="planned"
            )
        )


@pytest.mark.parametrize("start", EncounterStatus)
@pytest.mark.parametrize("end", EncounterStatus)
def test_the_database_refuses_every_other_move_of_a_visit_that_was_made_here(
    session: Session, start: EncounterStatus, end: EncounterStatus
) -> None:
    visit = make_record(session, Encounter, make_patient(session), status=start.value)
    change = sa.update(Encounter).where(Encounter.id == visit.id).values(status=end.value)  # type: ignore[arg-type]
    if start is end or ENCOUNTER_LIFE.can(start, end):
        session.execute(change)
    else:
        with pytest.raises(sa.exc.IntegrityError, match="no move of encounter"):
            session.execute(change)


def test_a_visit_from_a_file_takes_the_state_its_source_gives(session: Session) -> None:
    visit = make_record(
        session,
        Encounter,
        make_patient(session),
        status="completed",
        source_system="file",
        source_key="1",
        source_hash="x",
    )
    session.execute(sa.update(Encounter).where(Encounter.id == visit.id).values(status="planned"))  # type: ignore[arg-type]
    session.refresh(visit)
    assert visit.status == "planned"


def test_a_refusal_says_what_is_possible_instead() -> None:
    with pytest.raises(
        MoveRefused,
        match=r"This visit is planned and cannot become completed\."
        r" From here it can only become in progress or cancelled or entered in error\.",
    ):
        ENCOUNTER_LIFE.ensure("planned", EncounterStatus.COMPLETED)


def test_a_step_is_offered_to_who_may_take_it(actor_with: Callable[..., Actor]) -> None:
    life = LifeCycle(
        "a_table_of_this_test",
        "row",
        {EncounterStatus.PLANNED: "Planned", EncounterStatus.CANCELLED: "Cancelled"},
        (
            Move(
                EncounterStatus.PLANNED, EncounterStatus.CANCELLED, "Cancel", Permission.CLINICAL_ALLERGY_EDIT
            ),
            Move(EncounterStatus.PLANNED, EncounterStatus.COMPLETED),
        ),
    )
    del LIFE_CYCLES[life.table]
    assert life.offered("planned", actor_with()) == []
    assert [move.verb for move in life.offered("planned", actor_with(Permission.CLINICAL_ALLERGY_EDIT))] == [
        "Cancel"
    ]
    assert life.offered("cancelled", actor_with(*Permission)) == []
    with pytest.raises(DomainError, match="Nothing further can become of it"):
        life.ensure("cancelled", EncounterStatus.PLANNED)
