"""Which rows belong to some streams, as one SQL condition whose values are all bound parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from observations.model import Stream
from storage.observations.columns import FARTHEST_MS
from storage.observations.touched import HOUR_MS

OPEN_START_MS = -FARTHEST_MS - HOUR_MS  # the hour of the earliest time begins before it
OPEN_END_MS = FARTHEST_MS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Streams of one channel (None: any), at most one a device: since and until by device."""

    channel: str | None
    since_ms: dict[str, int] = field(default_factory=dict)
    until_ms: dict[str, int] = field(default_factory=dict)

    def bounds(self) -> set[tuple[int, int]]:
        """The different intervals among its streams."""
        return set(zip(self.since_ms.values(), self.until_ms.values(), strict=True))


def layers_of(streams: Sequence[Stream]) -> Sequence[Layer]:
    """The streams sorted into as few layers as hold them.

    A herd is one layer however many tags it wears; a tag that was worn twice makes a second one.
    """
    layers: dict[str | None, list[Layer]] = {}
    for stream in streams:
        same_channel = layers.setdefault(stream.channel, [])
        layer = next((layer for layer in same_channel if stream.device not in layer.since_ms), None)
        if layer is None:
            layer = Layer(channel=stream.channel)
            same_channel.append(layer)
        layer.since_ms[stream.device] = OPEN_START_MS if stream.since_ms is None else stream.since_ms
        layer.until_ms[stream.device] = OPEN_END_MS if stream.until_ms is None else stream.until_ms
    return [layer for same_channel in layers.values() for layer in same_channel]


def selection(streams: Sequence[Stream], *, time: str = "phenomenon_ms") -> tuple[str, Mapping[str, Any]]:
    """A condition that holds for every row of at least one stream, and its parameters. `streams` is not empty.

    A row in two streams is still one row. The outer bounds come first: they let the engine skip whole partitions, and
    where every stream has them they are all there is to check. time: the column that the bounds are about.
    """
    layers = layers_of(streams)
    devices = sorted({stream.device for stream in streams})
    bounds = {bound for layer in layers for bound in layer.bounds()}
    parameters: dict[str, Any] = {
        "devices": devices,
        "since": min(since for since, _ in bounds),
        "until": max(until for _, until in bounds),
    }
    outer = f"device IN {{devices:Array(String)}} AND {time} >= {{since:Int64}} AND {time} < {{until:Int64}}"
    if len(bounds) == 1 and (len(layers) == 1 or any(layer.channel is None for layer in layers)):
        widest = next((layer for layer in layers if layer.channel is None), layers[0])
        if set(widest.since_ms) == set(devices):
            return f"{outer}{_channel_condition(0, widest.channel, parameters)}", parameters
    alternatives = []
    for number, layer in enumerate(layers):
        condition, bound = _layer_condition(number, layer, time)
        alternatives.append(f"({condition})")
        parameters |= bound
    return f"{outer} AND ({' OR '.join(alternatives)})", parameters


def _channel_condition(number: int, channel: str | None, parameters: dict[str, Any]) -> str:
    if channel is None:
        return ""
    parameters[f"channel_{number}"] = channel
    return f" AND channel = {{channel_{number}:String}}"


def _layer_condition(number: int, layer: Layer, time: str) -> tuple[str, Mapping[str, Any]]:
    devices = f"{{devices_{number}:Array(String)}}"
    since = f"{{since_{number}:Array(Int64)}}"
    until = f"{{until_{number}:Array(Int64)}}"
    bound: dict[str, Any] = {
        f"devices_{number}": list(layer.since_ms),
        f"since_{number}": list(layer.since_ms.values()),
        f"until_{number}": list(layer.until_ms.values()),
    }
    condition = (
        f"device IN {devices}"
        f" AND {time} >= transform(device, {devices}, {since}, toInt64({OPEN_END_MS}))"
        f" AND {time} < transform(device, {devices}, {until}, toInt64({OPEN_START_MS}))"
    )
    return f"{condition}{_channel_condition(number, layer.channel, bound)}", bound
