"""Streams that overlap, cut so that nothing is read twice."""

from hypothesis import given
from hypothesis import strategies as st

from observations.model import Stream
from storage.influx.pieces import Piece, pieces_of
from storage.influx.places import FIRST_MS

BOUNDS = st.none() | st.integers(0, 6).map(lambda step: FIRST_MS + step)
STREAMS = st.lists(
    st.builds(
        Stream,
        device=st.sampled_from("ab"),
        channel=st.none() | st.sampled_from(["", "20cm"]),
        since_ms=BOUNDS,
        until_ms=BOUNDS,
    ),
    max_size=6,
)


def in_stream(stream: Stream, device: str, channel: str, ms: int) -> bool:
    return (
        stream.device == device
        and stream.channel in {None, channel}
        and (stream.since_ms is None or stream.since_ms <= ms)
        and (stream.until_ms is None or ms < stream.until_ms)
    )


def in_piece(piece: Piece, device: str, channel: str, ms: int) -> bool:
    return device in piece.devices and piece.channel in {None, channel} and piece.since_ms <= ms < piece.until_ms


@given(streams=STREAMS)
def test_every_value_of_a_stream_is_in_one_piece_and_no_other_value_in_any(streams: list[Stream]) -> None:
    pieces = pieces_of(streams)
    for device in "abc":
        for channel in ("", "20cm", "40cm"):
            for ms in range(FIRST_MS, FIRST_MS + 8):
                wanted = any(in_stream(stream, device, channel, ms) for stream in streams)
                assert sum(in_piece(piece, device, channel, ms) for piece in pieces) == int(wanted)


def test_a_herd_is_one_piece() -> None:
    streams = [Stream(device=f"tag-{number}", since_ms=FIRST_MS) for number in range(500)]
    assert len(pieces_of(streams)) == 1
