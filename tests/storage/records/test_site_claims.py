from datetime import UTC, datetime

import pytest

from storage.records.errors import ClaimTakenError, CursorMovedError
from storage.records.records import Records

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_site_has_one_worker_and_a_refused_claim_takes_nothing(records: Records) -> None:
    book = records.site_claims
    book.claim(["b", "a"], worker="north", client_id="c1", at=NOON)
    book.claim(["a"], worker="north", client_id="c1", at=NOON)
    with pytest.raises(ClaimTakenError, match="site b belongs to worker north: tiantou workers release north"):
        book.claim(["0", "b"], worker="south", client_id="c2", at=NOON)
    assert [(claim.site, claim.worker, claim.subscribed) for claim in book.all()] == [
        ("a", "north", False), ("b", "north", False)
    ]  # fmt: skip


def test_a_claim_goes_through_its_states(records: Records) -> None:
    book = records.site_claims
    book.claim(["a", "b"], worker="north", client_id="c1", at=NOON)
    book.claim(["c"], worker="south", client_id="c2", at=NOON)
    book.subscribed("north")
    book.handed_over(["a"])
    book.heard("north", None)
    assert book.leave("north") == 2
    assert book.leave("nobody") == 0
    a, b = book.of("north")
    assert (a.subscribed, a.handed_over, a.leaving, a.heard) == (True, True, True, None)
    assert not b.handed_over
    book.forget("north")
    (c,) = book.all()
    assert (c.site, c.subscribed, c.heard) == ("c", False, NOON)


def test_a_cursor_advances_only_from_where_it_is(records: Records) -> None:
    cursors = records.cursors
    cursors.advance("alarms", since={}, to={"w": 1})
    with pytest.raises(CursorMovedError, match="another process"):
        cursors.advance("alarms", since={}, to={"w": 2})
    assert cursors.load("alarms") == {"w": 1}
    cursors.advance("alarms", since={"w": 1}, to={"w": 2, "v": 1})
    assert cursors.load("alarms") == {"w": 2, "v": 1}
