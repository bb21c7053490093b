"""A week's hours as people type them, and where two weeks meet."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.scheduling.rules.week import copied, meetings, read_week, write_week
from hms_app.domain.scheduling.values.schedules import Window


def written(text: str) -> str:
    return write_week(read_week(text))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Mon-Fri 8-12 and 13-17", "Mon-Fri 08:00-12:00, 13:00-17:00"),
        ("mon-fri 8-12, 13-17", "Mon-Fri 08:00-12:00, 13:00-17:00"),
        ("Monday to Wednesday 08:30-12:15", "Mon-Wed 08:30-12:15"),
        ("Tue, Thu 9-11", "Tue 09:00-11:00\nThu 09:00-11:00"),
        ("weekdays 8-12; Sat 9-13", "Mon-Fri 08:00-12:00\nSat 09:00-13:00"),
        ("Mon 8-12\nMon 13-17\nTue 8-12", "Mon 08:00-12:00, 13:00-17:00\nTue 08:00-12:00"),
        ("Fri 22-6", "Fri 22:00-06:00"),
        ("daily 0-24", "Mon-Sun 00:00-24:00"),
        ("Sat-Mon 9am-12pm, 1pm-5.30pm", "Mon 09:00-12:00, 13:00-17:30\nSat-Sun 09:00-12:00, 13:00-17:30"),
        ("Mon: 0830-1700", "Mon 08:30-17:00"),
        ("Mondays 8 – 12", "Mon 08:00-12:00"),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, meant: str) -> None:
    assert written(typed) == meant


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "such as Mon-Fri 8-12"),
        ("8-12", "names no days"),
        ("Mon", "names no days"),
        ("Mun 8-12", "no day of the week"),
        ("M 8-12", "no day of the week"),
        ("Mon 25-26", "There is no 25:00"),
        ("Mon 8-12:75", "There is no 12:75"),
        ("Mon 8", "are no hours"),
        ("Mon 8-12-14", "are no hours"),
        ("Mon-Tue-Wed 8-12", "are no days"),
        ("\n".join(f"daily {hour}:{minute:02}-23" for hour in range(3) for minute in range(9)), "at most"),
    ],
)
def test_what_cannot_be_read_says_what_is_wrong(typed: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_week(typed)


_TIMES = st.times(max_value=dt.time(23, 59)).map(lambda time: time.replace(second=0, microsecond=0))
_WEEKS = st.sets(st.builds(Window, st.integers(1, 7), _TIMES, _TIMES), min_size=1, max_size=20)


@given(week=_WEEKS)
def test_what_is_written_reads_as_the_same_week(week: set[Window]) -> None:
    assert read_week(write_week(week)) == tuple(sorted(week))


def test_a_day_is_copied_to_others_in_the_place_of_their_own_hours() -> None:
    week = read_week("Mon 8-12; Tue 14-18; Sat 9-11")
    assert write_week(copied(week, 1, range(1, 6))) == "Mon-Fri 08:00-12:00\nSat 09:00-11:00"
    assert write_week(copied(week, 3, [2])) == "Mon 08:00-12:00\nSat 09:00-11:00"


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("Mon 8-12", "Mon 11-14", "Mon 08:00-12:00"),
        ("Mon 8-12", "Mon 12-14", ""),
        ("Mon 8-12", "Tue 8-12", ""),
        ("Mon 20-4", "Tue 3-6", "Mon 20:00-04:00"),
        ("Sun 20-4", "Mon 3-6", "Sun 20:00-04:00"),
        ("Mon 0-2", "Sun 22-1", "Mon 00:00-02:00"),
    ],
)
def test_weeks_meet_where_they_share_time_and_not_where_they_touch(
    first: str, second: str, shared: str
) -> None:
    assert write_week(meetings(read_week(first), read_week(second))) == shared
