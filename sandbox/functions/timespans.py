"""How does a .NET TimeSpan in host.json read?"""

import re

_TIMESPAN = re.compile(
    r"(?:(?P<days>\d{1,5})\.)?(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]?\d)"
    r"(?::(?P<seconds>[0-5]?\d(?:\.\d{1,7})?))?"
)


def parse_timespan(text: str) -> float | None:
    """Read ``[d.]hh:mm[:ss[.fffffff]]``.

    Returns:
        Seconds, or None when the text is not of that form.
    """
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        return None
    days, hours, minutes = (int(match[part] or 0) for part in ("days", "hours", "minutes"))
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(match["seconds"] or 0)
