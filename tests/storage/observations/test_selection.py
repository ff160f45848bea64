"""How streams become one condition."""

from observations.model import Stream
from storage.observations.selection import layers_of, selection


def test_a_herd_is_one_layer_whatever_its_intervals() -> None:
    herd = [Stream(device=f"tag-{tag}", since_ms=tag, until_ms=tag + 100) for tag in range(500)]
    assert len(layers_of(herd)) == 1


def test_a_tag_worn_twice_makes_a_second_layer_and_a_channel_its_own() -> None:
    streams = [
        Stream(device="a", until_ms=5),
        Stream(device="a", since_ms=9),
        Stream(device="b"),
        Stream(device="a", channel="20cm"),
    ]
    layers = layers_of(streams)
    assert [(layer.channel, sorted(layer.since_ms)) for layer in layers] == [
        (None, ["a", "b"]),
        (None, ["a"]),
        ("20cm", ["a"]),
    ]


def test_every_value_is_bound_and_none_is_written_out() -> None:
    condition, parameters = selection([Stream(device="x' OR 1", channel="y' OR 1", since_ms=17)])
    assert "OR 1" not in condition
    assert parameters["devices"] == ["x' OR 1"]
    assert parameters["channel_0"] == "y' OR 1"
    assert parameters["since"] == 17
