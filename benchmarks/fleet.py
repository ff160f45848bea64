"""What a fleet of ear tags and soil probes reports, as batches in order of time: the load of the store's benchmarks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.properties import observed_property
from observations.texts import TextColumn

START_MS = 1_782_864_000_000  # 2026-07-01
STEP_MS = 600_000
DAY_MS = 86_400_000
PROPERTIES = {
    "tag": ("ear_temperature", "activity", "battery"),
    "probe": (
        "soil_moisture",
        "soil_temperature",
        "soil_ec",
        "soil_ph",
        "soil_nitrogen",
        "soil_phosphorus",
        "soil_potassium",
        "battery",
    ),
}
SHAPES = {
    "ear_temperature": (36.5, 1.0, 0.3),
    "ambient_temperature": (24.0, 4.0, 0.2),
    "activity": (30.0, 20.0, 8.0),
    "steps": (80.0, 40.0, 20.0),
    "battery": (3.6, 0.0, 0.005),
    "rssi": (-80.0, 0.0, 3.0),
    "illuminance": (40_000.0, 39_000.0, 800.0),
    "soil_moisture": (28.0, 1.0, 0.15),
    "soil_temperature": (22.0, 2.0, 0.1),
    "soil_ec": (1.1, 0.05, 0.01),
    "soil_ph": (6.2, 0.0, 0.05),
    "soil_nitrogen": (110.0, 4.0, 1.0),
    "soil_phosphorus": (38.0, 1.5, 0.7),
    "soil_potassium": (140.0, 4.0, 1.0),
}
"""Of each property the mean, how far the day swings it, and the noise (standard deviation), in its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Devices of one kind that report every ten minutes, each at a moment of its own.

    jitter_ms: how far a report strays from its moment, evenly; this costs 1.4 bytes a row when it is 200.
    The way to the platform takes 20 ms and a lognormal time with a median of 90 ms.
    """

    kind: str
    devices: int
    properties: tuple[str, ...]
    seed: int = 7
    jitter_ms: int = 200

    def names(self) -> list[str]:
        """Every device."""
        return [f"{self.kind}-{number:06d}" for number in range(self.devices)]

    def batches(self, steps: range, *, rows: int = 10_000) -> Iterator[ObservationBatch]:
        """What is reported in these steps of ten minutes since `START_MS`, about `rows` at a time."""
        generator = np.random.default_rng([self.seed, steps.start])
        phase_ms = np.random.default_rng(self.seed).integers(0, STEP_MS - self.jitter_ms, self.devices)
        names = self.names()
        rounds = max(1, rows // self.devices)
        for first in range(steps.start, steps.stop, rounds):
            count = min(rounds, steps.stop - first)
            codes = np.tile(np.arange(self.devices, dtype=np.int32), count)
            moment = np.repeat(np.arange(first, first + count, dtype=np.int64), self.devices) * STEP_MS
            sent = START_MS + moment + phase_ms[codes] + generator.integers(0, self.jitter_ms, len(codes))
            delay = 20 + np.round(generator.lognormal(4.5, 0.8, len(codes))).astype(np.int64)
            yield ObservationBatch(
                device=TextColumn(codes=codes, distinct=names),
                channel=TextColumn(codes=np.zeros(len(codes), np.int32), distinct=[""]),
                phenomenon_ms=sent,
                received_ms=sent + delay,
                corrected_ms=sent,
                values={name: _values(name, sent, generator) for name in self.properties},
            )


def _values(name: str, sent_ms: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.float64]:
    mean, swing, noise = SHAPES[name]
    known = observed_property(name)
    day = np.sin(2 * np.pi * (sent_ms % DAY_MS) / DAY_MS)
    values = mean + swing * day + noise * generator.normal(size=len(sent_ms))
    return np.asarray(np.round(np.clip(values, known.low, known.high), known.decimals), np.float64)
