"""Many native messages decoded in one go, into columns; what is not plain in every respect is left to `native`.

Plain is: JSON without escapes and in ASCII, one reading or a list of them, each with a time, a value, and no key twice,
no key that is no observed property, no unit. That is nearly every message, and no value of it becomes more than the one
number that msgspec makes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from devices.codecs.decoded import property_names
from devices.codecs.native import CHANNEL
from devices.codecs.times import MILLISECONDS_FROM, RANGE_MS, milliseconds
from devices.errors import DecodeError
from observations.texts import TextColumn

MISSING = math.nan
"""What a reading has where the message has no such key; JSON cannot say it."""
SAMPLED = 1_000
BAD_TIME = np.iinfo(np.int64).min

Readings = list[Any]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyReadings:
    """n readings of many messages. message: which message each is of, by position; the rest as in a batch."""

    message: NDArray[np.intp]
    channel: TextColumn
    phenomenon_ms: Numbers
    values: dict[str, NDArray[np.float64]]


def decode_many(payloads: Sequence[bytes]) -> tuple[ManyReadings, NDArray[np.intp]]:
    """The readings of all plain messages in order, and the positions of those that are to be looked at singly."""
    readings, sizes = _readings(payloads)
    message = np.repeat(np.arange(len(payloads)), sizes)
    channel, channel_keys, good = _channels(readings)
    phenomenon_ms, colons = _times(readings)
    values, value_keys = _values(readings)
    good &= (phenomenon_ms != BAD_TIME) & (value_keys > 0) & _without_unit(readings)
    # As many colons in the bytes as keys decoded: no key came twice (see `json_text`).
    expected = np.bincount(message, value_keys + channel_keys + colons + 1, minlength=len(payloads))
    plain = (sizes > 0) & (_colons(payloads) == expected) & _simple(payloads)
    plain[message[~good]] = False
    found = ManyReadings(message=message, channel=channel, phenomenon_ms=phenomenon_ms, values=values)
    return (found if plain.all() else _only(found, plain[message])), np.flatnonzero(~plain)


def _readings(payloads: Sequence[bytes]) -> tuple[Readings, NDArray[np.intp]]:
    """The readings of all messages, and how many each message has: 0 where it is no plain message."""
    reading, decode = _decoder()
    try:
        messages = [decode(payload) for payload in payloads]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        messages = [_decoded_or_nothing(payload) for payload in payloads]
    if set(map(type, messages)) == {reading}:
        return messages, np.ones(len(messages), np.intp)
    lists = [message if isinstance(message, list) else [message] for message in messages]
    return [each for found in lists for each in found], np.array([len(found) for found in lists], np.intp)


def _decoded_or_nothing(payload: bytes) -> Any:  # noqa: ANN401 - the struct type is made of the table at run time
    _, decode = _decoder()
    try:
        return decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _values(readings: Readings) -> tuple[dict[str, NDArray[np.float64]], Numbers]:
    """A column for each property that is there, and how many values each reading has.

    A property that not one of a thousand readings has is not looked for in the others. Should one have it all the same,
    it has more keys than are counted here, and so its message is read singly.
    """
    # An odd step, so that not always the same place in messages of ten or a hundred readings is looked at.
    sample = readings[:: len(readings) // SAMPLED | 1]
    values = {}
    count = np.zeros(len(readings), np.int64)
    for name in property_names():
        value = attrgetter(name)
        if all(value(reading) is MISSING for reading in sample):
            continue
        values[name] = np.array(list(map(value, readings)), np.float64)
        count += ~np.isnan(values[name])
    return values, count


def _times(readings: Readings) -> tuple[Numbers, Numbers]:
    """The time of each reading in ms since 1970 UTC (`BAD_TIME`: none), and the colons it was written with."""
    moments = list(map(attrgetter("t"), readings))
    colons = np.zeros(len(moments), np.int64)
    if set(map(type, moments)) <= {int, float}:
        try:
            return _of_numbers(np.array(moments, np.float64)), colons
        except OverflowError:
            pass  # an integer of hundreds of digits: whose it is is found one by one
    for position, moment in enumerate(moments):
        if isinstance(moment, str):
            colons[position] = moment.count(":")
    return np.array(list(map(_millisecond, moments)), np.int64), colons


def _of_numbers(moments: NDArray[np.float64]) -> Numbers:
    """As `times.milliseconds`: whole numbers are exact here, as all in range are below 2**53."""
    found = np.rint(moments * np.where(np.abs(moments) >= MILLISECONDS_FROM, 1.0, 1000.0))
    inside = (found >= RANGE_MS[0]) & (found <= RANGE_MS[1])
    return np.where(inside, np.where(inside, found, 0.0).astype(np.int64), BAD_TIME)


def _millisecond(moment: float | str | None) -> int:
    if moment is None:
        return BAD_TIME
    try:
        return milliseconds(moment)
    except DecodeError:
        return BAD_TIME


def _channels(readings: Readings) -> tuple[TextColumn, Numbers, Mask]:
    """The channel of each reading, whether it was named (1) or not (0), and whether it is a good one."""
    named = list(map(attrgetter("channel"), readings))
    if named.count(None) == len(named):
        return TextColumn.repeated("", len(named)), np.zeros(len(named), np.int64), np.ones(len(named), bool)
    column = TextColumn.of([text or "" for text in named])
    good = np.array([CHANNEL.fullmatch(text) is not None for text in column.distinct], bool)
    return column, np.array([text is not None for text in named], np.int64), good[column.codes]


def _without_unit(readings: Readings) -> Mask:
    units = list(map(attrgetter("unit"), readings))
    if units.count(None) == len(units):
        return np.ones(len(units), bool)
    return np.array([unit is None for unit in units], bool)


def _colons(payloads: Sequence[bytes]) -> Numbers:
    return np.array([payload.count(b":") for payload in payloads], np.int64)


def _simple(payloads: Sequence[bytes]) -> Mask:
    """Which messages are in ASCII, and so in UTF-8, and without escapes; asked of all together first."""
    together = b"".join(payloads)
    if together.isascii() and b"\\" not in together:
        return np.ones(len(payloads), bool)
    return np.array([payload.isascii() and b"\\" not in payload for payload in payloads], bool)


def _only(found: ManyReadings, rows: Mask) -> ManyReadings:
    values = {name: column[rows] for name, column in found.values.items()}
    return ManyReadings(
        message=found.message[rows],
        channel=found.channel.take(np.flatnonzero(rows)),
        phenomenon_ms=found.phenomenon_ms[rows],
        values={name: column for name, column in values.items() if not np.isnan(column).all()},
    )


@cache
def _decoder() -> tuple[type, Any]:
    """The type of one reading, and what decodes a message into one, or into a list of them."""
    fields: list[tuple[str, Any, Any]] = [(name, float | None, MISSING) for name in property_names()]
    frame: list[tuple[str, Any, Any]] = [
        ("t", int | float | str | None, None),
        ("channel", str | None, None),
        ("unit", dict[str, str] | None, None),
    ]
    reading = msgspec.defstruct("PlainReading", [*fields, *frame], forbid_unknown_fields=True, gc=False)
    return reading, msgspec.json.Decoder(reading | list[reading]).decode  # type: ignore[valid-type] # made of the table
