"""What every test shares: a skip for a missing program becomes a failure where programs are required."""

import gc
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# Defined once for all folders: each server and each migrated database is made once.
pytest_plugins = ["tests.storage.records.databases"]

TESTS = Path(__file__).parent
OF_THE_MACHINE = {
    "journeys": "houses",
    "chaos": "houses",
    "bootstrap": "brokers",
    "ingest/mqtt": "brokers",
    "simulators": "brokers",
}
"""Folders whose tests start brokers, stores and whole houses, by the group in which they follow one another.

One such test wants a whole processor now and then, and waits at other times: of each group one runs at once.
"""

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--programs-required",
        action="store_true",
        help="fail a test that would be skipped because a program is not installed",
    )


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of houses and brokers come first, each group in one process; any other file is a group of its own."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """What was imported is looked at by no garbage collection any more: it stays until the end."""
    gc.collect()
    gc.freeze()


def _group(item: pytest.Item) -> str:
    file = item.path.relative_to(TESTS)
    return next((group for place, group in OF_THE_MACHINE.items() if file.is_relative_to(place)), str(file))


def _turn(item: pytest.Item) -> int:
    """When a test has its turn, least first.

    Among those of brokers, tests that open embedded stores again and again in their own process come last: each
    opening leaves threads behind, with three open files each, and paho's select() takes no file beyond 1,023.
    """
    groups = ["houses", "brokers"]
    group = _group(item)
    if group not in groups:
        return len(groups) + 1
    return groups.index(group) + (item.get_closest_marker("opens_stores") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and "not installed" in str(report.longrepr) and item.config.getoption("--programs-required"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} needs a program that is missing ({call.when}): {report.longrepr}"
    return report
