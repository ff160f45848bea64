"""Answers with corrections in place of what devices said."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from observations.batch import ObservationBatch
from observations.model import Latest, Observation, Series
from observations.quality import SUSPECT, Quality
from storage.observations.corrections import Ruling, Rulings, Slot

Point = tuple[int, str, str, bool, float, int]
"""(phenomenon_ms, device, channel, in force, value, flags): sorts as a series does, what the device said first."""


def corrected_series(said: Series, rulings: Sequence[Ruling], *, suspect: bool, limit: int) -> Series:
    """The newest `limit` values once the rulings hold; with `suspect`, what they replace stays, flagged SUPERSEDED.

    said: the newest `limit` values and one more for every ruling, as devices said them.
    """
    replaced = {(r.correction.phenomenon_ms, r.correction.device, r.correction.channel) for r in rulings}
    points: list[Point] = []
    for ms, device, channel, value, flags in zip(
        said.phenomenon_ms.tolist(), said.device, said.channel, said.value.tolist(), said.quality.tolist(), strict=True
    ):
        if (ms, device, channel) not in replaced:
            points.append((ms, device, channel, True, value, flags))
        elif suspect:
            points.append((ms, device, channel, False, value, flags | int(Quality.SUPERSEDED)))
    points += [
        _point(ruling, value) for ruling in shown(rulings, suspect=suspect) for value in [ruling.correction.value]
    ]
    newest = sorted(points)[-limit:]
    return Series(
        phenomenon_ms=np.array([point[0] for point in newest], np.int64),
        value=np.array([point[4] for point in newest], np.float64),
        quality=np.array([point[5] for point in newest], np.uint8),
        device=np.array([point[1] for point in newest], np.object_),
        channel=np.array([point[2] for point in newest], np.object_),
    )


def shown(rulings: Sequence[Ruling], *, suspect: bool) -> list[Ruling]:
    """Those that put a value in place, and a good one unless `suspect`."""
    return [r for r in rulings if r.correction.value is not None and (suspect or not r.quality & SUSPECT)]


def _point(ruling: Ruling, value: float | None) -> Point:
    said = ruling.correction
    return said.phenomenon_ms, said.device, said.channel, True, value or 0.0, int(ruling.quality)


def corrected_batch(batch: ObservationBatch, rulings: Rulings) -> ObservationBatch:
    """The batch with what was corrected in place, flagged CORRECTED, and what was withdrawn missing."""
    concerned = [ruling for device in dict.fromkeys(batch.device) for ruling in rulings.of_device(device)]
    if not concerned:
        return batch
    keys = zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True)
    row_of = {key: row for row, key in enumerate(keys)}
    values = {name: column.copy() for name, column in batch.values.items()}
    quality = {name: column.copy() for name, column in batch.quality.items()}
    for ruling in concerned:
        said = ruling.correction
        row = row_of.get((said.device, said.channel, said.phenomenon_ms))
        if row is None or said.observed_property not in values:
            continue
        values[said.observed_property][row] = np.nan if said.value is None else said.value
        flags = quality.setdefault(said.observed_property, np.zeros(len(batch), np.uint8))
        flags[row] = 0 if said.value is None else int(ruling.quality)
    return replace(batch, values=values, quality=quality)


def corrected_latest(item: Latest, rulings: Rulings, before: Callable[[Observation], Observation | None]) -> Latest:
    """The latest of one slot once the rulings hold.

    before: the newest good value in force of the same slot with an earlier phenomenon time than that one.
    """
    slot: Slot = item.arrived.device, item.arrived.channel, item.arrived.observed_property
    told = rulings.of_slot(slot)
    if not told:
        return item
    put = [r for r in told.values() if r.correction.value is not None and not r.quality & SUSPECT]
    good = max((r.observation() for r in put), key=lambda o: o.phenomenon_ms if o else 0, default=None)
    measured = item.good
    if measured is not None and (good is None or measured.phenomenon_ms > good.phenomenon_ms):
        good = before(measured) if measured.phenomenon_ms in told else measured
    return Latest(good=good, arrived=_arrived(item.arrived, told.get(item.arrived.phenomenon_ms)))


def _arrived(arrived: Observation, ruling: Ruling | None) -> Observation:
    if ruling is None:
        return arrived
    return ruling.observation() or replace(arrived, quality=arrived.quality | Quality.SUPERSEDED)
