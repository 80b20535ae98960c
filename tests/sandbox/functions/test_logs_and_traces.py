"""Do log categories and traces follow Azure's rules?"""

import logging
import re

import pytest

from sandbox.functions.logs import INVOCATION_LOGGER, category_of, least_level
from sandbox.functions.traces import continue_trace

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


@pytest.mark.parametrize(
    ("logger", "function", "category"),
    [
        ("jobs.claims", "process_jobs", "Function.process_jobs.User"),
        ("root", "process_jobs", "Function.process_jobs.User"),
        ("azure.functions", "process_jobs", "Worker"),
        ("azure.servicebus", None, "Host.Libraries"),
        ("sandbox.functions.timers", None, "Host.Timers"),
        ("sandbox.functions.http_front", None, "Host.HttpFront"),
    ],
)
def test_categories(logger: str, function: str | None, category: str) -> None:
    """The logger and the running invocation decide the category."""
    record = logging.LogRecord(logger, logging.INFO, __file__, 1, "text", None, None)
    assert category_of(record, function) == category


def test_what_the_host_says_of_a_run_belongs_to_the_function() -> None:
    """Start and end of a run can be silenced for one function."""
    record = logging.makeLogRecord({"name": INVOCATION_LOGGER, "function": "f"})
    assert category_of(record, "f") == "Function.f"


@pytest.mark.parametrize(
    ("category", "levels", "least"),
    [
        ("Function.f.User", {}, logging.INFO),
        ("Function.f.User", {"default": logging.ERROR}, logging.ERROR),
        ("Function.f.User", {"Function": logging.DEBUG, "default": logging.ERROR}, logging.DEBUG),
        ("Function.f.User", {"Function.f": 5, "Function": 10}, 5),
        ("Function.f.User", {"Function.f.User": 40, "Function.f": 5}, 40),
        ("Function.fg.User", {"Function.f": 5}, logging.INFO),
        ("Host.Libraries", {}, logging.WARNING),
        ("Host.Libraries", {"Host.Libraries": logging.DEBUG}, logging.DEBUG),
        ("Worker", {}, 100),
    ],
)
def test_the_longest_category_decides(category: str, levels: dict[str, int], least: int) -> None:
    """Prefixes of whole parts count; libraries and engine are quiet unless asked for."""
    assert least_level(category, levels) == least


def test_a_trace_goes_on_with_a_new_span() -> None:
    """The trace id and flags of the caller are kept."""
    trace = continue_trace(PARENT)
    assert re.fullmatch(r"00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00", trace)
    assert trace != PARENT


@pytest.mark.parametrize(
    "parent", [None, "", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", PARENT + "x"]
)
def test_without_a_valid_parent_a_new_trace_begins(parent: str | None) -> None:
    """Whatever a caller sends, the function sees a valid traceparent."""
    trace = continue_trace(parent)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace)
    assert "0af7651916cd43dd8448eb211c80319c" not in trace
