"""What every test runs under: a time zone, a terminal and an environment that do not depend on the machine."""

import gc
import os
import signal
import sys
import time
from collections.abc import Generator, Iterator
from itertools import islice

import pytest
from hypothesis import settings

# Read by textual and rich when they are imported, so they go before anything imports them.
for name in (
    "NO_COLOR",
    "TEXTUAL_THEME",
    "TEXTUAL_DIM_FACTOR",
    "UNICODE_VERSION",
    "COLORTERM",
    "FORCE_COLOR",
    "COLUMNS",
    "LINES",
):
    os.environ.pop(name, None)
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # a shell began the tests behind it; what they run would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("CONNTEST_CONFIG", "CONNTEST_SMTP_PASSWORD_FILE", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"):
    os.environ.pop(name, None)
os.environ["TZ"] = "Europe/Berlin"
time.tzset()

# A red CI must mean a change for the worse, so it looks at the same examples every time; elsewhere at new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _curtain() -> Iterator[None]:
    """Close the stages of a test: from Python 3.13 on an open database that goes is a warning, which is an error."""
    yield
    if "tests.stage" in sys.modules:
        from tests.stage import STARTED  # noqa: PLC0415 - what it imports must come after the environment is cleared

        while STARTED:
            STARTED.pop().close()


@pytest.hookimpl(trylast=True)  # what is deselected has gone
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the system tests on two workers of three, which wait, and with the longest of the others elsewhere.

    On the first one begin those that others wait for, see `tests/system/conftest.py`.

    pytest-xdist gives each worker an equal piece of the list, and who is done takes from the end of another's.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if workers < 2:
        return
    first, system, long, short = (list[pytest.Item]() for _ in range(4))
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        (first if "first" in marks else system if "system" in marks else long if "long" in marks else short).append(
            item
        )
    waiting = workers - max(1, workers // 3) if system else 0
    computing = workers - waiting
    begins = [system[turn::waiting] for turn in range(waiting)] + [long[turn::computing] for turn in range(computing)]
    begins[0] = first + begins[0]
    piece, rest = -(-len(items) // workers), iter(short)
    items[:] = [item for begin in begins for item in (*begin, *islice(rest, max(0, piece - len(begin))))]
    items += rest


def pytest_collection_finish() -> None:
    """Spare the collector of reference cycles what stays until the end, as the console does: a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a system test that is skipped has failed: the machine there has everything it needs."""
    report = yield
    if report.skipped and item.get_closest_marker("system") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
