from prometheus_client import generate_latest

from ingest.monitor import DEVICES_KEPT, Link, Monitor
from tests.ingest.house import NOW_MS, House, tag_message


def test_the_gauges_show_the_way_in_as_it_is_when_they_are_asked(house: House) -> None:
    link = Link(connected=True, problem="", queued_messages=7, queued_bytes=700, oldest_ms=NOW_MS - 1500)
    house.pipeline.monitor.tally.link = lambda: link
    assert house.metric("connected") == 1
    assert house.metric("queued_messages") == 7
    assert house.metric("queued_bytes") == 700
    assert house.metric("oldest_unacknowledged_seconds") == 1.5


def test_every_metric_is_shown_and_explained(house: House) -> None:
    house.pipeline.process([tag_message(1)])
    text = generate_latest(house.registry).decode()
    for name in ("messages_total", "values_total", "append_seconds_bucket", "batch_rows_bucket", "lag_seconds"):
        assert f"\ntiantou_ingest_{name}" in text


def test_the_monitor_remembers_a_bounded_number_of_senders() -> None:
    monitor = Monitor(lambda: NOW_MS)
    message = tag_message(1)
    monitor.note((f"tag-{n}", message, "") for n in range(DEVICES_KEPT + 1))
    assert monitor.heard("tag-0") is None
    assert monitor.heard(f"tag-{DEVICES_KEPT}") is not None
