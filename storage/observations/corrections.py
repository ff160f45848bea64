"""Corrections as the table holds them, and which of them is in force."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from observations.errors import NoSuchValueError
from observations.model import Correction, Observation, Stream
from observations.quality import Quality
from storage.observations.connection import Connection
from storage.observations.latest import EPOCH, instant

Slot = tuple[str, str, str]
"""(device, channel, property)"""

COLUMNS = pa.schema(
    [
        ("device", pa.string()),
        ("channel", pa.string()),
        ("observed_property", pa.string()),
        ("phenomenon_ms", pa.int64()),
        ("corrected_us", pa.int64()),
        ("corrected_by", pa.string()),
        ("reason", pa.string()),
        ("withdrawn", pa.uint8()),
        ("value", pa.float64()),
        ("received_ms", pa.int64()),
        ("shown_ms", pa.int64()),
        ("quality", pa.uint8()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A correction, and what it takes from the row it is of: received time, time to show, what of its flags stays."""

    correction: Correction
    received_ms: int
    shown_ms: int
    quality: Quality

    @property
    def slot(self) -> Slot:
        """Whose series it changes."""
        return self.correction.device, self.correction.channel, self.correction.observed_property

    @property
    def rank(self) -> tuple[datetime, str, str, bool, float]:
        """Of two rulings on one value the one of greater rank holds."""
        said = self.correction
        return said.corrected_time, said.corrected_by, said.reason, said.value is None, said.value or 0.0

    def observation(self) -> Observation | None:
        """What holds instead; None where the value was withdrawn."""
        said = self.correction
        if said.value is None:
            return None
        return Observation(
            device=said.device,
            channel=said.channel,
            observed_property=said.observed_property,
            phenomenon_ms=said.phenomenon_ms,
            corrected_time=instant(self.shown_ms),
            received_time=instant(self.received_ms),
            value=said.value,
            quality=self.quality,
        )


class Rulings:
    """The rulings in force, by slot and phenomenon time; in memory, because they are few and every answer asks."""

    def __init__(self, rulings: Iterable[Ruling] = ()) -> None:
        self._by_slot: dict[Slot, dict[int, Ruling]] = {}
        self._slots: dict[str, set[Slot]] = {}
        for ruling in rulings:
            self._tell(ruling)

    def with_(self, ruling: Ruling) -> "Rulings":
        """All of these and that one."""
        return Rulings([*self.all(), ruling])

    def all(self) -> Iterable[Ruling]:
        """Every ruling in force."""
        return (ruling for told in self._by_slot.values() for ruling in told.values())

    def concern(self, device: str) -> bool:
        """Whether any value of that device was corrected."""
        return device in self._slots

    def of_slot(self, slot: Slot) -> dict[int, Ruling]:
        """By phenomenon time."""
        return self._by_slot.get(slot, {})

    def of_device(self, device: str) -> list[Ruling]:
        """Everything said of that device's values."""
        return [ruling for slot in self._slots.get(device, ()) for ruling in self._by_slot[slot].values()]

    def within(self, streams: Sequence[Stream], name: str) -> list[Ruling]:
        """Those of that property in these streams, each once, by time, device and channel."""
        if not self._slots:
            return []
        found = {
            (ruling.correction.phenomenon_ms, *slot): ruling
            for stream in streams
            for slot in self._slots.get(stream.device, ())
            if slot[2] == name and stream.channel in {None, slot[1]}
            for ms, ruling in self._by_slot[slot].items()
            if (stream.since_ms is None or stream.since_ms <= ms) and (stream.until_ms is None or ms < stream.until_ms)
        }
        return [found[key] for key in sorted(found)]

    def _tell(self, ruling: Ruling) -> None:
        told = self._by_slot.setdefault(ruling.slot, {})
        ms = ruling.correction.phenomenon_ms
        if ms not in told or told[ms].rank < ruling.rank:
            told[ms] = ruling
        self._slots.setdefault(ruling.slot[0], set()).add(ruling.slot)


def corrected_quality(flags: int) -> Quality:
    """The flags of what holds instead of a value with those: a person mends a value, not the time of a wrong clock."""
    return Quality.CORRECTED | (Quality(flags) & Quality.CLOCK_WRONG)


def no_such_value(correction: Correction) -> NoSuchValueError:
    """The error that names what the correction is of."""
    return NoSuchValueError(
        device=correction.device,
        channel=correction.channel,
        observed_property=correction.observed_property,
        phenomenon_ms=correction.phenomenon_ms,
    )


def ruling_rows(rulings: Iterable[Ruling]) -> pa.Table:
    """The rulings as the table holds them."""
    rows = [
        {
            "device": said.device,
            "channel": said.channel,
            "observed_property": said.observed_property,
            "phenomenon_ms": said.phenomenon_ms,
            "corrected_us": (said.corrected_time - EPOCH) // timedelta(microseconds=1),
            "corrected_by": said.corrected_by,
            "reason": said.reason,
            "withdrawn": int(said.value is None),
            "value": said.value or 0.0,
            "received_ms": ruling.received_ms,
            "shown_ms": ruling.shown_ms,
            "quality": int(ruling.quality),
        }
        for ruling in rulings
        for said in [ruling.correction]
    ]
    return pa.Table.from_pylist(rows, schema=COLUMNS)


def read_rulings(connection: Connection) -> Rulings:
    """Everything that was ever said, reduced to what is in force."""
    rows = connection.read(f"SELECT {', '.join(COLUMNS.names)} FROM corrections FINAL")  # noqa: S608 - our names
    return Rulings(ruling_of(**row) for row in rows.to_pylist())


def read_corrections(connection: Connection, devices: Collection[str] | None, *, limit: int) -> Sequence[Correction]:
    """The newest corrections, of these devices or of all."""
    chosen = "" if devices is None else "WHERE device IN {devices:Array(String)}"
    rows = connection.read(
        f"SELECT {', '.join(COLUMNS.names)} FROM corrections FINAL {chosen}"  # noqa: S608 - our names, bound values
        " ORDER BY corrected_us DESC, device, channel, observed_property, phenomenon_ms, corrected_by, reason, value"
        " LIMIT {limit:UInt64}",
        {"limit": max(limit, 0)} | ({} if devices is None else {"devices": sorted(devices)}),
    )
    return [ruling_of(**row).correction for row in rows.to_pylist()]


def in_order(corrections: Iterable[Correction]) -> list[Correction]:
    """The newest first, as `read_corrections` gives them."""
    ordered = sorted(
        corrections,
        key=lambda c: (
            c.device,
            c.channel,
            c.observed_property,
            c.phenomenon_ms,
            c.corrected_by,
            c.reason,
            c.value or 0.0,
        ),
    )
    return sorted(ordered, key=lambda c: c.corrected_time, reverse=True)


def ruling_of(
    *,
    device: str,
    channel: str,
    observed_property: str,
    phenomenon_ms: int,
    corrected_us: int,
    corrected_by: str,
    reason: str,
    withdrawn: int,
    value: float,
    received_ms: int,
    shown_ms: int,
    quality: int,
) -> Ruling:
    """The ruling that a row of `ruling_rows` tells."""
    correction = Correction(
        device=device,
        channel=channel,
        observed_property=observed_property,
        phenomenon_ms=phenomenon_ms,
        value=None if withdrawn else value,
        reason=reason,
        corrected_by=corrected_by,
        corrected_time=(EPOCH + timedelta(microseconds=corrected_us)).astimezone(UTC),
    )
    return Ruling(correction=correction, received_ms=received_ms, shown_ms=shown_ms, quality=Quality(quality))
