"""What ingest remembers of each sender."""

from ingest.message import received
from ingest.monitor import SHOWN_BYTES, Monitor


def test_of_a_large_message_only_its_beginning_is_remembered() -> None:
    monitor = Monitor(lambda: 0)
    monitor.note([("tag-1", received("tiantou/v1/lab/tag-1/observations", b"x" * 1_000_000, 5), "too large")])
    assert len(monitor._heard["tag-1"].message.payload) == SHOWN_BYTES
    heard = monitor.last_problem("tag-1")
    assert heard is not None
    assert (len(heard.payload), heard.problem) == (SHOWN_BYTES, "too large")


def test_a_message_without_a_sender_is_remembered_by_nobody() -> None:
    monitor = Monitor(lambda: 0)
    monitor.note([("", received("elsewhere", b"{}", 5), "unknown topic")])
    assert monitor.heard("") is None
