"""Streams cut into pieces that do not overlap: what several streams name is read, and counted, once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observations.model import Stream
from observations.texts import TextColumn
from storage.influx.places import FIRST_MS, UNTIL_MS

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Devices on one channel (None: on every) during [since, until)."""

    devices: Sequence[str]
    channel: str | None
    since_ms: int
    until_ms: int


def pieces_of(streams: Sequence[Stream]) -> Sequence[Piece]:
    """The streams' parts that are in place, as few as hold them, no value in two of them."""
    devices: dict[tuple[str | None, Interval], list[str]] = {}
    for device, named in _intervals(streams).items():
        everywhere = merged(named.get(None, ()))
        for channel, intervals in named.items():
            own = everywhere if channel is None else without(merged(intervals), everywhere)
            for interval in own:
                devices.setdefault((channel, interval), []).append(device)
    return [
        Piece(devices=sorted(same), channel=channel, since_ms=since_ms, until_ms=until_ms)
        for (channel, (since_ms, until_ms)), same in devices.items()
    ]


def within(
    streams: Sequence[Stream], device: TextColumn, channel: TextColumn, times_ms: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """The rows that belong to at least one stream."""
    inside = np.zeros(len(times_ms), np.bool_)
    devices, channels = np.asarray(device, np.object_), np.asarray(channel, np.object_)
    for stream in streams:
        mask = devices == stream.device
        if stream.channel is not None:
            mask &= channels == stream.channel
        if stream.since_ms is not None:
            mask &= times_ms >= stream.since_ms
        if stream.until_ms is not None:
            mask &= times_ms < stream.until_ms
        inside |= mask
    return inside


def merged(intervals: Sequence[Interval]) -> Sequence[Interval]:
    """The same instants in intervals that neither touch nor overlap, in order."""
    found: list[Interval] = []
    for since_ms, until_ms in sorted(intervals):
        if found and since_ms <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until_ms)
        else:
            found.append((since_ms, until_ms))
    return found


def without(intervals: Sequence[Interval], holes: Sequence[Interval]) -> Sequence[Interval]:
    """The instants of `intervals` that are in none of `holes`; both as `merged` gives them."""
    left = list(intervals)
    for hole_since, hole_until in holes:
        left = [part for interval in left for part in _cut(interval, hole_since, hole_until)]
    return left


def _cut(interval: Interval, hole_since: int, hole_until: int) -> Iterator[Interval]:
    since_ms, until_ms = interval
    before, after = (since_ms, min(until_ms, hole_since)), (max(since_ms, hole_until), until_ms)
    yield from (part for part in (before, after) if part[0] < part[1])


def _intervals(streams: Sequence[Stream]) -> Mapping[str, dict[str | None, list[Interval]]]:
    """By device and channel, the intervals that are not empty, clipped to the times that are in place."""
    found: dict[str, dict[str | None, list[Interval]]] = {}
    for stream in streams:
        since_ms = FIRST_MS if stream.since_ms is None else max(stream.since_ms, FIRST_MS)
        until_ms = UNTIL_MS if stream.until_ms is None else min(stream.until_ms, UNTIL_MS)
        if since_ms < until_ms:
            found.setdefault(stream.device, {}).setdefault(stream.channel, []).append((since_ms, until_ms))
    return found
