import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.load import publish_packet, remaining_length
from ingest.mqtt.packets import Cut, acknowledgements, cut

PUBLISHED = st.tuples(
    st.text("ab/猪", min_size=1, max_size=200),
    st.binary(max_size=300),
    st.integers(1, 65_535),
    st.sampled_from([0x30, 0x31, 0x32, 0x33, 0x3A, 0x3B]),
)


def everything(buffer: bytes, parts: list[int]) -> tuple[Cut, bytes]:
    """What comes out when `buffer` arrives in parts of those sizes, and what is left of it."""
    whole, waiting, begin = Cut(), b"", 0
    for size in [*parts, len(buffer)]:
        waiting += buffer[begin : begin + size]
        begin += size
        found = cut(waiting)
        waiting = waiting[found.used :]
        whole.packet_ids += found.packet_ids
        whole.topics += found.topics
        whole.payloads += found.payloads
        assert not waiting or len(waiting) < found.wanted, "it says how much is missing"
    return whole, waiting


@given(st.lists(PUBLISHED, max_size=6), st.lists(st.integers(0, 200), max_size=8))
def test_however_packets_arrive_each_comes_out_once_and_in_order(
    sent: list[tuple[str, bytes, int, int]], parts: list[int]
) -> None:
    buffer = b"".join(publish_packet(topic, payload, number, header=head) for topic, payload, number, head in sent)
    found, left = everything(buffer, parts)
    assert found.topics == [topic.encode() for topic, *_ in sent]
    assert found.payloads == [payload for _, payload, *_ in sent]
    assert found.packet_ids == [number if head & 0x06 else 0 for *_, number, head in sent]
    assert left == b""


def test_the_first_packet_of_another_kind_ends_the_cut_and_is_handed_out() -> None:
    before, after = publish_packet("t", b"1", 7), publish_packet("t", b"2", 8)
    found = cut(before + b"\x90\x03\x00\x01\x01" + after)
    assert (found.packet_ids, found.other) == ([7], (0x90, b"\x00\x01\x01"))
    assert cut(before + b"\x90\x03\x00\x01\x01" + after, found.used).payloads == [b"2"]


def test_a_publish_with_qos_2_is_left_to_paho() -> None:
    found = cut(publish_packet("t", b"1", 7, header=0x34))
    assert found.packet_ids == []
    assert found.other is not None
    assert found.other[0] == 0x34


def test_a_ping_answer_has_no_body() -> None:
    assert cut(b"\xd0\x00").other == (0xD0, b"")


@pytest.mark.parametrize(
    "packet",
    [
        b"\x32\x00",
        b"\x32\x01\x00",
        b"\x32\x02\x00\x01",
        b"\x32\x03\x00\x01t",
        b"\x32\x04\x00\x01t\x00",
        b"\x30\x02\xff\xff",
        b"\x30\xff\xff\xff\xff\x01",
        b"\xd0\x80\x80\x80\x80",
    ],
)
def test_what_is_no_mqtt_is_refused(packet: bytes) -> None:
    before = publish_packet("t", b"1", 7)
    found = cut(before + packet + bytes(4))
    assert (found.packet_ids, found.used) == ([7], len(before)), "what came before it counts"
    assert found.problem


@given(st.binary(max_size=200))
def test_any_bytes_are_cut_or_refused(buffer: bytes) -> None:
    found = cut(buffer)
    assert found.used <= len(buffer)
    left = len(buffer) - found.used
    assert found.problem or found.other is not None or left == 0 or found.wanted > left


@given(st.integers(1, 268_435_455))
def test_a_length_is_read_as_it_was_written(length: int) -> None:
    found = cut(b"\x30" + remaining_length(length))
    assert found.wanted == 1 + len(remaining_length(length)) + length


def test_acknowledgements_are_four_bytes_each() -> None:
    assert acknowledgements([1, 0x1234, 65_535]) == b"\x40\x02\x00\x01\x40\x02\x12\x34\x40\x02\xff\xff"
    assert acknowledgements([]) == b""
