"""When does an NCRONTAB schedule occur next?

NCRONTAB is the dialect of Azure Functions timers: ``second minute hour day month day-of-week``, in UTC. Five
fields mean second 0. Unlike in classic cron, a restricted day *and* a restricted day-of-week must both fit.
"""

import calendar
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

# 29 February on a given weekday can be 40 years away (when a century year without a leap day lies between).
_HORIZON_YEARS = 41
_NAMES = {
    "month": [name.lower() for name in calendar.month_name][1:],
    "day-of-week": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
}
_LIMITS = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "day-of-week": (0, 6),
}
_ITEM = re.compile(r"(?P<first>\*|[a-z]+|\d+)(?:-(?P<last>[a-z]+|\d+))?(?:/(?P<step>\d+))?")
_SHORTEST_NAME = 3


class ScheduleError(ValueError):
    """The text is no NCRONTAB schedule; the message says which field and what to write."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule; each field holds the values that fit, ascending.

    Attributes:
        text: The schedule as written.
        seconds: 0 to 59.
        minutes: 0 to 59.
        hours: 0 to 23.
        days: 1 to 31.
        months: 1 to 12.
        weekdays: 0 (Sunday) to 6.
    """

    text: str
    seconds: tuple[int, ...] = field(repr=False)
    minutes: tuple[int, ...] = field(repr=False)
    hours: tuple[int, ...] = field(repr=False)
    days: tuple[int, ...] = field(repr=False)
    months: tuple[int, ...] = field(repr=False)
    weekdays: tuple[int, ...] = field(repr=False)

    def next_after(self, moment: datetime) -> datetime:
        """Find the first occurrence strictly after a moment.

        Args:
            moment: A time with a zone.

        Returns:
            The occurrence in UTC, whole seconds.

        Raises:
            OverflowError: The calendar ends before the next occurrence.
        """
        base = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        found = self._first_from(base)
        if found is None:
            raise OverflowError(
                f"{self.text} does not occur within {_HORIZON_YEARS} years after {moment.isoformat()}"
            )
        return found

    def occurrences(self, moment: datetime, count: int) -> tuple[datetime, ...]:
        """List the next occurrences strictly after a moment, ascending."""
        found: list[datetime] = []
        for _ in range(count):
            moment = self.next_after(moment)
            found.append(moment)
        return tuple(found)

    def _first_from(self, base: datetime) -> datetime | None:
        today = self._time_from(base.hour, base.minute, base.second) if self._fits(base.date()) else None
        if today is not None:
            return datetime(base.year, base.month, base.day, *today, tzinfo=UTC)
        for year in range(base.year, min(base.year + _HORIZON_YEARS, date.max.year) + 1):
            for month in self.months:
                if (year, month) < (base.year, base.month):
                    continue
                for day in self.days:
                    if day > calendar.monthrange(year, month)[1]:
                        break
                    candidate = date(year, month, day)
                    if candidate > base.date() and self._fits(candidate):
                        return datetime(
                            year, month, day, self.hours[0], self.minutes[0], self.seconds[0], tzinfo=UTC
                        )
        return None

    def _fits(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays

    def _time_from(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        if hour in self.hours:
            if minute in self.minutes:
                later = [each for each in self.seconds if each >= second]
                if later:
                    return hour, minute, later[0]
            later = [each for each in self.minutes if each > minute]
            if later:
                return hour, later[0], self.seconds[0]
        later = [each for each in self.hours if each > hour]
        return (later[0], self.minutes[0], self.seconds[0]) if later else None


def parse_schedule(text: str) -> Schedule:
    """Read an NCRONTAB schedule.

    Args:
        text: Six fields, or five without the second. A field is a list, split by commas, of ``*``, a value,
            a range ``a-b``, each with an optional step ``/n``; ``a/n`` runs from a to the end. Months and days
            of the week are also known by their English names, or three or more letters of them. Sunday is 0.

    Raises:
        ScheduleError: The text is not of this form, or can never occur.
    """
    parts = text.split()
    if len(parts) == 1 and ":" in text:
        raise ScheduleError("a time span as schedule works on no plan but App Service. Write six fields")
    if len(parts) == len(_LIMITS) - 1:
        parts = ["0", *parts]
    if len(parts) != len(_LIMITS):
        raise ScheduleError(
            f"it has {len(parts)} fields instead of six: second minute hour day month day-of-week, "
            'as in "0 0 6,18 * * *"'
        )
    fields = [_field(name, part.lower()) for name, part in zip(_LIMITS, parts, strict=True)]
    schedule = Schedule(text, *fields)
    if schedule._first_from(datetime(2000, 1, 1, tzinfo=UTC)) is None:  # noqa: SLF001 - same class, same file
        raise ScheduleError("no day of any year fits it. Correct day, month or day-of-week")
    return schedule


def occurs_within_a_minute(schedule: Schedule, moment: datetime) -> bool:
    """Tell whether two occurrences fall into the minute after a moment; such timers are not monitored."""
    return any(
        later <= moment + timedelta(minutes=1) for _, later in pairwise(schedule.occurrences(moment, 2))
    )


def _field(name: str, text: str) -> tuple[int, ...]:
    values: set[int] = set()
    for item in text.split(","):
        values.update(_item(name, item))
    return tuple(sorted(values))


def _item(name: str, item: str) -> range:
    least, most = _LIMITS[name]
    match = _ITEM.fullmatch(item)
    if match is None or (match["first"] == "*" and match["last"]):
        raise ScheduleError(
            f"{item!r} in the field {name} is not *, a value, a range a-b or one of these with /step"
        )
    step = int(match["step"] or 1)
    if step == 0:
        raise ScheduleError(f"the step in {item!r} in the field {name} is 0. Write 1 or more")
    if match["first"] == "*":
        return range(least, most + 1, step)
    first = _value(name, match["first"])
    if match["last"]:
        last = _value(name, match["last"])
        if last < first:
            raise ScheduleError(
                f"the range {item!r} in the field {name} runs backwards; Azure would silently swap its ends. "
                "Write two ranges, split by a comma"
            )
        return range(first, last + 1, step)
    return range(first, (most if match["step"] else first) + 1, step)


def _value(name: str, text: str) -> int:
    least, most = _LIMITS[name]
    if text.isdigit():
        value = int(text)
    else:
        found = [at for at, known in enumerate(_NAMES.get(name, ())) if known.startswith(text)]
        if len(text) < _SHORTEST_NAME or len(found) != 1:
            raise ScheduleError(f"{text!r} is not known in the field {name}")
        value = found[0] + least
    if not least <= value <= most:
        raise ScheduleError(f"{value} in the field {name} is not from {least} to {most}")
    return value
