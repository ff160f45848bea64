"""Which rows belong to some streams, as one SQL condition whose values are all bound parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from observations.model import Stream
from storage.observations.columns import FARTHEST_MS

OPEN_START_MS = -FARTHEST_MS
OPEN_END_MS = FARTHEST_MS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Streams of one channel (None: any), at most one a device: since and until by device."""

    channel: str | None
    since_ms: dict[str, int] = field(default_factory=dict)
    until_ms: dict[str, int] = field(default_factory=dict)


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

    time: the column that the streams' bounds are of. A row in two streams is still one row. The outer bounds come
    first: they let the engine skip whole partitions.
    """
    layers = layers_of(streams)
    parameters: dict[str, Any] = {
        "devices": sorted({stream.device for stream in streams}),
        "since": min(since for layer in layers for since in layer.since_ms.values()),
        "until": max(until for layer in layers for until in layer.until_ms.values()),
    }
    alternatives = []
    for number, layer in enumerate(layers):
        condition, bound = _layer_condition(number, layer, time)
        alternatives.append(f"({condition})")
        parameters |= bound
    outer = f"device IN {{devices:Array(String)}} AND {time} >= {{since:Int64}} AND {time} < {{until:Int64}}"
    return f"{outer} AND ({' OR '.join(alternatives)})", parameters


def _layer_condition(number: int, layer: Layer, time: str) -> tuple[str, Mapping[str, Any]]:
    devices = f"{{devices_{number}:Array(String)}}"
    since = f"{{since_{number}:Array(Int64)}}"
    until = f"{{until_{number}:Array(Int64)}}"
    parts = [
        f"device IN {devices}",
        f"{time} >= transform(device, {devices}, {since}, toInt64({OPEN_END_MS}))",
        f"{time} < transform(device, {devices}, {until}, toInt64({OPEN_START_MS}))",
    ]
    bound: dict[str, Any] = {
        f"devices_{number}": list(layer.since_ms),
        f"since_{number}": list(layer.since_ms.values()),
        f"until_{number}": list(layer.until_ms.values()),
    }
    if layer.channel is not None:
        parts.append(f"channel = {{channel_{number}:String}}")
        bound[f"channel_{number}"] = layer.channel
    return " AND ".join(parts), bound
