"""Do schedules occur when NCRONTAB says?"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.functions.ncrontab import Schedule, ScheduleError, occurs_within_a_minute, parse_schedule

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * * *", "2026-03-04T12:00:01"),
        ("0 * * * * *", "2026-03-04T12:01:00"),
        ("0 */5 * * * *", "2026-03-04T12:05:00"),
        ("*/5 * * * *", "2026-03-04T12:05:00"),
        ("0 0 6,18 * * *", "2026-03-04T18:00:00"),
        ("0 0 12 * * *", "2026-03-05T12:00:00"),
        ("30 5 9-17 * * *", "2026-03-04T12:05:30"),
        ("0 0 9-17/4 * * *", "2026-03-04T13:00:00"),
        ("0 5/20 * * * *", "2026-03-04T12:05:00"),
        ("0 30 9 * * Mon-Fri", "2026-03-05T09:30:00"),
        ("0 30 9 * Jan Mon", "2027-01-04T09:30:00"),
        ("0 0 0 * * 0", "2026-03-08T00:00:00"),
        ("0 0 0 * * sunday,SAT", "2026-03-07T00:00:00"),
        ("0 0 0 31 * *", "2026-03-31T00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 0 1 january *", "2027-01-01T00:00:00"),
        ("59 59 23 31 12 *", "2026-12-31T23:59:59"),
        ("15 10 13 3 3 *", "2027-03-03T13:10:15"),
    ],
)
def test_next_occurrence(text: str, expected: str) -> None:
    """Lists, ranges, steps and names in each field, over day, month and year ends."""
    assert parse_schedule(text).next_after(NOON).isoformat() == f"{expected}+00:00"


def test_day_and_weekday_must_both_fit() -> None:
    """Classic cron would also run on every Friday, and on every 13th."""
    friday_13th = parse_schedule("0 0 0 13 * Fri")
    assert [each.date().isoformat() for each in friday_13th.occurrences(NOON, 3)] == [
        "2026-03-13",
        "2026-11-13",
        "2027-08-13",
    ]


def test_leap_day_on_a_weekday_is_found_across_a_century_without_one() -> None:
    """29 February 2096 is a Wednesday; the next on a Wednesday is after 2100, which has no leap day."""
    leap_wednesday = parse_schedule("0 0 0 29 2 3")
    first = leap_wednesday.next_after(datetime(2090, 1, 1, tzinfo=UTC))
    assert first.date().isoformat() == "2096-02-29"
    assert leap_wednesday.next_after(first).date().isoformat() == "2108-02-29"


def test_times_of_other_zones_are_read_as_utc() -> None:
    """Schedules are in UTC, whatever the zone of the moment."""
    east = timezone(timedelta(hours=5))
    assert parse_schedule("0 0 8 * * *").next_after(NOON.astimezone(east)) == datetime(
        2026, 3, 5, 8, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("* * * * * * *", "7 fields"),
        ("00:05:00", "time span"),
        ("60 * * * * *", "60 in the field second"),
        ("0 60 * * * *", "60 in the field minute"),
        ("0 0 24 * * *", "24 in the field hour"),
        ("0 0 0 0 * *", "0 in the field day"),
        ("0 0 0 * 13 *", "13 in the field month"),
        ("0 0 0 * * 7", "7 in the field day-of-week"),
        ("0 0 0 * * Fri-Mon", "backwards"),
        ("0 */0 * * * *", "step"),
        ("0 *-5 * * * *", "not *"),
        ("0 1,,2 * * * *", "not *"),
        ("0 -1 * * * *", "not *"),
        ("0 0 0 * ju *", "not known"),
        ("0 0 0 mon * *", "not known"),
        ("0 0 0 30 2 *", "no day"),
        ("? * * * * *", "not *"),
    ],
)
def test_faults_name_the_field(text: str, part: str) -> None:
    """A wrong schedule is refused with the field that is wrong."""
    with pytest.raises(ScheduleError, match=part.replace("*", r"\*")):
        parse_schedule(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("*/30 * * * * *", True), ("0 * * * * *", False), ("0 */5 * * * *", False)]
)
def test_timers_below_a_minute_are_recognised(text: str, *, expected: bool) -> None:
    """Two turns within one minute switch the monitor off, one does not."""
    assert occurs_within_a_minute(parse_schedule(text), NOON) is expected


def fields(least: int, most: int) -> st.SearchStrategy[str]:
    """Texts of one field that are right."""
    value = st.integers(least, most)
    ranges = st.tuples(value, value).map(lambda pair: f"{min(pair)}-{max(pair)}")
    starts = st.one_of(st.just("*"), value.map(str), ranges)
    stepped = st.tuples(starts, st.integers(1, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(st.one_of(starts, stepped), min_size=1, max_size=3).map(",".join)


schedules = st.tuples(
    fields(0, 59), fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), st.just("*")
).map(lambda parts: parse_schedule(" ".join(parts)))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def fits(schedule: Schedule, moment: datetime) -> bool:
    """Compare a moment with each field, independently of the search."""
    return (
        moment.second in schedule.seconds
        and moment.minute in schedule.minutes
        and moment.hour in schedule.hours
        and moment.day in schedule.days
        and moment.month in schedule.months
        and moment.isoweekday() % 7 in schedule.weekdays
    )


@given(schedules, moments)
@example(parse_schedule("59 59 23 31 12 *"), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
def test_an_occurrence_is_later_and_fits(schedule: Schedule, moment: datetime) -> None:
    """What is found lies ahead and fits every field."""
    found = schedule.next_after(moment)
    assert found > moment
    assert found.microsecond == 0
    assert fits(schedule, found)


@given(schedules, moments)
def test_no_second_in_between_fits(schedule: Schedule, moment: datetime) -> None:
    """Looks at every second up to ten minutes before the occurrence found."""
    found = schedule.next_after(moment)
    second = max(moment.replace(microsecond=0) + timedelta(seconds=1), found - timedelta(minutes=10))
    while second < found:
        assert not fits(schedule, second)
        second += timedelta(seconds=1)


@given(schedules, moments, st.integers(0, 10**7))
def test_from_any_moment_before_it_the_same_occurrence_is_found(
    schedule: Schedule, moment: datetime, ahead: int
) -> None:
    """Looking again while waiting changes nothing."""
    found = schedule.next_after(moment)
    between = min(moment + timedelta(seconds=ahead), found - timedelta(microseconds=1))
    assert schedule.next_after(between) == found


@given(st.text(alphabet="*/-, 0123456789?adefnorsu", max_size=30))
def test_any_text_is_either_a_schedule_or_a_fault(text: str) -> None:
    """No text breaks the parser, and every schedule occurs."""
    try:
        schedule = parse_schedule(text)
    except ScheduleError:
        return
    assert schedule.next_after(NOON) > NOON
