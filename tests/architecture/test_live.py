"""What screens follow exists, and is rung for; their refreshes are nobody's doing and ask for the right of the page."""

import pytest
from sqlmodel import SQLModel

from hms_app.core.live import PATIENTS, rings
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.hms_app import app  # noqa: F401  (registers every page)
from hms_app.state.base import PASSIVE_ATTRIBUTE
from hms_app.state.gate import declared
from hms_app.state.live import SCREENS, THIS_RECORD, Live


def test_screens_follow_something() -> None:
    assert len(SCREENS) > 15


@pytest.mark.parametrize("route", sorted(SCREENS))
def test_every_topic_is_a_table_that_rings_or_a_word_about_patients(route: str) -> None:
    topics = SCREENS[route].topics
    assert topics
    assert [topic for topic in topics if topic not in (PATIENTS, THIS_RECORD) and not rings(topic)] == []
    assert ("[patient_id]" in route) == (THIS_RECORD in topics)


@pytest.mark.parametrize("route", sorted(SCREENS))
def test_a_refresh_is_passive_and_guarded_as_the_screens_own_load(route: str) -> None:
    live: Live = SCREENS[route]
    guard, is_passive = declared(live.handler)
    assert is_passive
    assert getattr(live.refresh.fn, PASSIVE_ATTRIBUTE)
    load = declared(live.handler.rpartition(".")[0] + ".load")[0]
    assert guard is not None
    assert guard == load == getattr(live.refresh.fn, GUARD_ATTRIBUTE)


def test_what_follows_from_other_changes_rings_only_where_a_screen_shows_it() -> None:
    silent = {name for name in SQLModel.metadata.tables if not rings(name)}
    assert {"audit_entry", "user_session", "typed_search", "patient_search_key"} <= silent
    assert {"job", "import_job"}.isdisjoint(silent)
