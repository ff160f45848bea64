"""What a decoder hands on: the readings of one message; and those of many messages as one batch."""

from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np

from observations.batch import ObservationBatch
from observations.properties import observed_properties
from observations.texts import TextColumn

Row = tuple[float | None, ...]
"""One value per observed property, in the order of `property_names`; None where the reading has no such value."""


@cache
def property_names() -> tuple[str, ...]:
    """The observed properties in the order of a `Row`."""
    return tuple(observed_properties())


@cache
def property_positions() -> dict[str, int]:
    """Where each observed property stands in a `Row`."""
    return {name: position for position, name in enumerate(property_names())}


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """n readings of one message, as the message claims them: parallel lists of length n.

    A struct and not a dataclass because one is made for every message (0.1 instead of 1 µs).
    device: ids as claimed, to be resolved. channel: "" is the only channel.
    phenomenon_ms: milliseconds since 1970 UTC as sent. rows: values in the property's unit.
    unknown: keys that are no observed property; what they carried is not in `rows`.
    """

    device: list[str]
    channel: list[str]
    phenomenon_ms: list[int]
    rows: list[Row]
    unknown: tuple[str, ...] = ()

    def pick(self, positions: Sequence[int]) -> "Decoded":
        """Only the readings at these positions."""
        return Decoded(
            device=[self.device[i] for i in positions],
            channel=[self.channel[i] for i in positions],
            phenomenon_ms=[self.phenomenon_ms[i] for i in positions],
            rows=[self.rows[i] for i in positions],
            unknown=self.unknown,
        )


def assemble(messages: Sequence[Decoded], received_ms: Sequence[int]) -> ObservationBatch:
    """One batch with the readings of all messages in order; `corrected_ms` is the time as sent, nothing is flagged.

    received_ms: one per message, milliseconds since 1970 UTC.
    """
    rows = [row for message in messages for row in message.rows]
    phenomenon_ms = np.array([ms for message in messages for ms in message.phenomenon_ms], np.int64)
    sizes = [len(message.rows) for message in messages]
    # Transposing first and converting column by column is six times as fast as one array of tuples.
    columns = zip(property_names(), zip(*rows, strict=True), strict=False)
    return ObservationBatch(
        device=TextColumn.of([device for message in messages for device in message.device]),
        channel=TextColumn.of([channel for message in messages for channel in message.channel]),
        phenomenon_ms=phenomenon_ms,
        received_ms=np.repeat(np.array(received_ms, np.int64), sizes),
        corrected_ms=phenomenon_ms.copy(),
        values={name: np.array(column, np.float64) for name, column in columns if column.count(None) < len(rows)},
    )
