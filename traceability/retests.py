"""Tests that were passed after one that was failed: a reason for a veterinarian to look again, and no release.

农产品质量安全法 (2022) art. 39 leaves a second test to the authority that ordered the first: a better result alone
frees nothing. Who may do so declares the first result wrong, with a licence number.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from traceability.evidence import CHECKS, Evidence
from traceability.guard_evidence import own_members, step_of
from traceability.holds import cause_of
from traceability.recorded import RecordedEvent

CONFORMANT = "conformant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retest:
    """A test that was passed. event: its eventID; laboratory, report: "" where the record tells none."""

    event: str
    day: date
    what: str
    laboratory: str
    report: str


def retest_of(cause: str, evidence: Evidence) -> Retest | None:
    """The newest test of the same that its subject passed after it failed the one of that eventID; None without one."""
    failed = next((event for event in evidence.events if cause_of(event.captured.event_id) == cause), None)
    if failed is None or not _tested(failed):
        return None
    passed = [event for event in evidence.events if _follows(event, failed)]
    return _retest(passed[-1]) if passed else None


def _follows(event: RecordedEvent, failed: RecordedEvent) -> bool:
    later = event.captured.event_time > failed.captured.event_time
    checked = step_of(event) in CHECKS and event.dispositions == {CONFORMANT}
    return later and checked and _tested(event) == _tested(failed)


def _tested(event: RecordedEvent) -> str:
    """What was tested for, in one width and case."""
    return " ".join(unicodedata.normalize("NFKC", str(own_members(event).get("test") or "")).casefold().split())


def _retest(event: RecordedEvent) -> Retest:
    own = own_members(event)
    return Retest(
        event=event.captured.event_id,
        day=event.day,
        what=str(own.get("test") or ""),
        laboratory=str(own.get("laboratory") or ""),
        report=str(own.get("reportNumber") or ""),
    )
