from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from devices.model import SetAsideMessage
from storage.records.quarantine_bounds import Bounds
from storage.records.records import Records
from storage.records.tables import quarantine_devices

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def message(number: int, *, device: str = "tag-1", size: int = 10, code: str = "not_json") -> SetAsideMessage:
    payload = number.to_bytes(4, "big") + bytes(max(0, size - 4))
    topic = f"tiantou/v1/site/{device}/observations"
    return SetAsideMessage(
        digest=sha256(topic.encode() + b"\0" + payload).hexdigest(),
        topic=topic,
        payload=payload,
        size=size,
        code=code,
        reason=f"第 {number} 条不是 JSON",
        device=device,
        first_received=at(number),
        last_received=at(number),
    )


def test_a_message_comes_back_as_it_was_set_aside(records: Records) -> None:
    raw = replace(message(1), payload=b"\x00\xff\xfe{", size=2**40)
    records.quarantine.set_aside([raw])
    assert records.quarantine.find(raw.digest) == raw
    assert records.quarantine.list() == [raw]


def test_the_same_message_again_gains_a_count_a_last_time_and_the_newest_reason(records: Records) -> None:
    records.quarantine.set_aside([message(1)])
    again = replace(message(1), first_received=at(60), last_received=at(60), code="unknown_device", reason="later")
    records.quarantine.set_aside([again])
    assert records.quarantine.list() == [replace(again, first_received=at(1), count=2)]


def test_the_same_message_many_times_in_one_batch_is_one_message(records: Records) -> None:
    batch = [replace(message(1), first_received=at(second), last_received=at(second)) for second in (5, 3, 9, 4)]
    records.quarantine.set_aside([*batch, message(2)])
    found = records.quarantine.find(message(1).digest)
    assert found is not None
    assert (found.count, found.first_received, found.last_received) == (4, at(3), at(9))


def test_a_late_redelivery_does_not_turn_the_last_time_back(records: Records) -> None:
    records.quarantine.set_aside([replace(message(1), last_received=at(100))])
    records.quarantine.set_aside([message(1)])
    found = records.quarantine.find(message(1).digest)
    assert found is not None
    assert found.last_received == at(100)


def test_the_list_shows_the_newest_first_of_one_device_or_of_all(records: Records) -> None:
    records.quarantine.set_aside([message(1), message(3), message(2, device="tag-2")])
    assert [found.last_received for found in records.quarantine.list()] == [at(3), at(2), at(1)]
    assert records.quarantine.list(device="tag-2") == [message(2, device="tag-2")]
    assert records.quarantine.list(limit=1) == [message(3)]
    assert records.quarantine.list(device="") == []


def test_a_replayed_message_waits_no_longer_but_can_be_found(records: Records) -> None:
    records.quarantine.set_aside([message(1), message(2, code="unknown_device")])
    records.quarantine.mark_replayed(message(1).digest, at(50))
    assert records.quarantine.list() == [message(2, code="unknown_device")]
    assert records.quarantine.counts() == {"unknown_device": 1}
    assert records.quarantine.find(message(1).digest) == replace(message(1), replayed_at=at(50))


def test_a_message_stored_on_arrival_is_kept_as_replayed(records: Records) -> None:
    stored = replace(message(1, code="unknown_keys"), replayed_at=at(1))
    records.quarantine.set_aside([stored])
    records.quarantine.set_aside([stored])
    assert records.quarantine.list() == []
    assert records.quarantine.find(stored.digest) == replace(stored, count=2)


def test_a_replayed_message_that_fails_again_waits_again(records: Records) -> None:
    records.quarantine.set_aside([message(1)])
    records.quarantine.mark_replayed(message(1).digest, at(50))
    records.quarantine.set_aside([replace(message(1), last_received=at(60))])
    assert [found.count for found in records.quarantine.list()] == [2]


def test_messages_are_counted_by_code(records: Records) -> None:
    records.quarantine.set_aside([message(1), message(2), message(3, code="no_time")])
    assert records.quarantine.counts() == {"no_time": 1, "not_json": 2}


def test_a_unique_prefix_of_eight_digits_is_enough(records: Records) -> None:
    twins = [replace(message(number), digest="abcdef12" + str(number) * 56) for number in (1, 2)]
    records.quarantine.set_aside(twins)
    assert records.quarantine.find("ABCDEF121") == twins[0]
    assert records.quarantine.find(" abcdef122 ") == twins[1]


@pytest.mark.parametrize("prefix", ["abcdef12", "abcdef1", "", "abcdef1%", "abcdef1_1", "abcdef129", "f" * 65])
def test_what_is_no_unique_prefix_finds_nothing(records: Records, prefix: str) -> None:
    records.quarantine.set_aside([replace(message(n), digest="abcdef12" + str(n) * 56) for n in (1, 2)])
    assert records.quarantine.find(prefix) is None


def test_beyond_the_number_of_a_device_its_oldest_give_way_and_are_counted(records: Records) -> None:
    records.quarantine.set_aside(message(number) for number in range(4))
    records.quarantine.set_aside([message(9, device="tag-2")])
    records.quarantine.set_aside(message(number) for number in range(4, 8))
    assert [found.last_received for found in records.quarantine.list(device="tag-1")] == [
        at(7), at(6), at(5), at(4), at(3),
    ]  # fmt: skip
    assert records.quarantine.dropped() == {"tag-1": 3}
    assert records.quarantine.list(device="tag-2") == [message(9, device="tag-2")]


def test_beyond_the_bytes_of_a_device_its_oldest_give_way(records: Records) -> None:
    records.quarantine.set_aside([message(1, size=400), message(2, size=400)])
    records.quarantine.set_aside([message(3, size=400)])
    assert records.quarantine.list() == [message(3, size=400), message(2, size=400)]
    assert records.quarantine.dropped() == {"tag-1": 1}


def test_a_message_that_alone_is_beyond_the_bytes_is_dropped_and_counted(records: Records) -> None:
    records.quarantine.set_aside([message(1), message(2, size=1_001)])
    assert records.quarantine.list() == []
    assert records.quarantine.dropped() == {"tag-1": 2}
    records.quarantine.set_aside([message(3)])
    assert records.quarantine.list() == [message(3)]


def test_a_replayed_message_that_gives_way_is_no_loss(records: Records) -> None:
    records.quarantine.set_aside(message(number) for number in range(5))
    records.quarantine.mark_replayed(message(0).digest, at(10))
    records.quarantine.set_aside([message(5)])
    assert records.quarantine.find(message(0).digest) is None
    assert records.quarantine.dropped() == {}


def test_of_a_payload_the_first_64_kib_are_kept(records: Records) -> None:
    wide = Records.over(records.engine, records.transactions, bounds=Bounds())
    big = replace(message(1), payload=bytes(100_000), size=100_000)
    wide.quarantine.set_aside([big])
    assert wide.quarantine.list() == [replace(big, payload=bytes(65_536))]


def test_text_that_cannot_be_stored_is_replaced_and_the_message_is_still_set_aside(records: Records) -> None:
    hostile = replace(message(1), topic="a/\x00/b", device="tag\x00", reason="key '\ud83d'", code="rubbish")
    records.quarantine.set_aside([hostile])
    (kept,) = records.quarantine.list(device="tag\x00")
    assert (kept.topic, kept.device, kept.reason) == ("a/\ufffd/b", "tag\ufffd", "key '\ufffd'")


def test_devices_whose_names_differ_only_in_what_cannot_be_stored_share_one_bound(records: Records) -> None:
    names = ["tag\x00", "tag\ud83d", "tag\ufffd"]
    records.quarantine.set_aside(replace(message(number), device=names[number % 3]) for number in range(9))
    assert len(records.quarantine.list()) == 5
    assert records.quarantine.dropped() == {"tag\ufffd": 4}


def test_setting_nothing_aside_does_nothing(records: Records) -> None:
    records.quarantine.set_aside([])
    assert records.quarantine.counts() == {}


def test_a_batch_of_thousands_from_thousands_of_devices_is_kept(records: Records) -> None:
    records.quarantine.set_aside(message(number, device=f"tag-{number % 2_000}") for number in range(5_000))
    assert records.quarantine.counts() == {"not_json": 5_000}


# The database is emptied by no one between examples: every example uses devices of its own.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from([1, 300, 999])), max_size=12), min_size=1, max_size=5
    ),
    name=st.uuids(),
)
def test_whatever_comes_no_device_is_beyond_its_bounds_and_the_count_is_right(
    records: Records, batches: list[list[tuple[int, int]]], name: object
) -> None:
    for second, batch in enumerate(batches):
        records.quarantine.set_aside(
            replace(message(number, device=str(name), size=size + 4), last_received=at(second))
            for number, size in batch
        )
    kept = records.quarantine.list(device=str(name))
    assert len(kept) <= 5
    assert sum(len(found.payload) for found in kept) <= 1_000
    with records.transactions.reading() as connection:
        query = select(quarantine_devices).where(quarantine_devices.c.device == str(name))
        share = connection.execute(query).first()
    if share is not None:
        assert (share.messages, share.kept_bytes) == (len(kept), sum(len(found.payload) for found in kept))
