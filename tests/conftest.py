"""What every test shares: a skip for a missing program becomes a failure where programs are required."""

from collections.abc import Generator

import pytest
from hypothesis import settings

# Defined once for all folders: each server and each migrated database is made once.
pytest_plugins = ["tests.storage.records.databases"]

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--programs-required",
        action="store_true",
        help="fail a test that would be skipped because a program is not installed",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that open embedded stores again and again in this process come last.

    Each opening leaves threads behind, with three open files each, and paho's select() takes no file beyond 1,023.
    """
    items.sort(key=lambda item: item.get_closest_marker("opens_stores") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and "not installed" in str(report.longrepr) and item.config.getoption("--programs-required"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} needs a program that is missing ({call.when}): {report.longrepr}"
    return report
