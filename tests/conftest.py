"""What every test shares: a skip for a missing program becomes a failure where programs are required."""

from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--programs-required",
        action="store_true",
        help="fail a test that would be skipped because a program is not installed",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and "not installed" in str(report.longrepr) and item.config.getoption("--programs-required"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} needs a program that is missing ({call.when}): {report.longrepr}"
    return report
