"""Claims."""

from datetime import UTC, datetime, timedelta

from households.model import Claim

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
CLAIM = Claim(enterprise="e-1", household="h-1", since=SINCE, until=UNTIL)


def test_a_claim_holds_from_its_first_moment_until_just_before_its_last() -> None:
    assert CLAIM.holds_at(SINCE)
    assert CLAIM.holds_at(UNTIL - timedelta(microseconds=1))


def test_a_claim_holds_neither_before_nor_from_its_end_on() -> None:
    assert not CLAIM.holds_at(SINCE - timedelta(microseconds=1))
    assert not CLAIM.holds_at(UNTIL)
