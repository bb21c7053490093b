"""Finding a merge again: by itself, and by the two records that it made one of."""

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.domain.duplicates.queries import find_standing_merge, get_merge
from hms_app.domain.patients.tables import Patient
from hms_app.domain.workflows.merge_patients import undo_merge
from tests.domain.workflows.test_merge_patients import (  # noqa: F401  (fixtures)
    ana,
    anna,
    chief,
    desk,
    merge,
)
from tests.factories.patients import make_patient


def test_a_merge_is_found_by_itself_and_by_its_two_records_while_it_stands(
    session: Session,
    desk: Actor,  # noqa: F811
    anna: Patient,  # noqa: F811
    ana: Patient,  # noqa: F811
) -> None:
    assert find_standing_merge(session, desk, first_id=anna.key, second_id=ana.key) is None
    done = merge(session, desk, anna, ana, reason="the same person")
    assert get_merge(session, desk, merge_id=done.id) == done
    for first, second in ((anna, ana), (ana, anna)):
        assert find_standing_merge(session, desk, first_id=first.key, second_id=second.key) == done
    undo_merge(session, desk, merge_id=done.id, reason="two persons")
    undone = get_merge(session, desk, merge_id=done.id)
    assert (undone.is_standing, undone.undone_reason) == (False, "two persons")
    assert find_standing_merge(session, desk, first_id=anna.key, second_id=ana.key) is None


def test_a_merge_of_a_record_one_may_not_know_of_is_not_found(
    session: Session,
    desk: Actor,  # noqa: F811
    chief: Actor,  # noqa: F811
    anna: Patient,  # noqa: F811
) -> None:
    hidden = make_patient(session, given_names="Ana", is_restricted=True)
    done = merge(session, chief, anna, hidden, reason="the same person")
    assert get_merge(session, chief, merge_id=done.id).merged.is_restricted
    with pytest.raises(NotFound):
        get_merge(session, desk, merge_id=done.id)
    with pytest.raises(NotFound):
        find_standing_merge(session, desk, first_id=anna.key, second_id=hidden.key)
    with pytest.raises(NotFound, match="no such merge"):
        get_merge(session, chief, merge_id=404)
