"""The parts that ingest is given, kept in lists; and a whole pipeline over them."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry

from devices.identifiers import DevEui
from devices.model import Device, DeviceKind, SetAsideMessage
from ingest.message import Message, received
from ingest.pipeline import Pipeline
from observations.batch import ObservationBatch
from observations.errors import BatchRefusedError, StoreUnavailableError
from observations.identifiers import DeviceId, SiteId
from observations.model import Appended, Buckets, Conflict, Correction, Cursor, Expired, Latest, Series, Stream
from observations.quality import Quality
from observations.retention import RetentionPolicy

NOW_MS = 1_795_352_400_000
Key = tuple[str, str, str, int]


class ListedDevices:
    """The devices of one small site."""

    def __init__(self, *devices: Device) -> None:
        self._devices = {device.id: device for device in devices}

    def add(self, device: Device) -> None:
        self._devices[device.id] = device

    def find(self, device: str) -> Device | None:
        return self._devices.get(DeviceId(device))

    def find_by_dev_eui(self, dev_eui: DevEui) -> Device | None:
        return next((device for device in self._devices.values() if device.dev_eui == dev_eui), None)

    def all(self) -> Sequence[Device]:
        return [*self._devices.values()]


class ListedQuarantine:
    """Set-aside messages by digest; fails on demand."""

    def __init__(self) -> None:
        self.kept: dict[str, SetAsideMessage] = {}
        self.replayed: list[str] = []
        self.away = False

    def set_aside(self, messages: Iterable[SetAsideMessage]) -> None:
        if self.away:
            msg = "records are locked"
            raise OSError(msg)
        for message in messages:
            self.kept[message.digest] = message

    def list(self, *, device: str | None = None, limit: int = 100) -> Sequence[SetAsideMessage]:
        waiting = [m for m in self.kept.values() if m.digest not in self.replayed and device in {None, m.device}]
        return waiting[:limit]

    def find(self, digest: str) -> SetAsideMessage | None:
        return next((m for m in self.kept.values() if m.digest.startswith(digest)), None)

    def mark_replayed(self, digest: str, at: datetime) -> None:
        assert at.tzinfo is not None
        self.replayed.append(digest)

    def counts(self) -> dict[str, int]:
        codes = [message.code for message in self.list(limit=1_000_000)]
        return {code: codes.count(code) for code in codes}

    def dropped(self) -> dict[str, int]:
        return {}


class ListStore:
    """Values by key, first write wins; away or refusing on demand. `changed` is notified after each append."""

    def __init__(self) -> None:
        self.values: dict[Key, float] = {}
        self.quality: dict[Key, Quality] = {}
        self.corrected_ms: dict[tuple[str, str, int], int] = {}
        self.refused: list[Key] = []
        self.appends = 0
        self.away = False
        self.refuses: Callable[[ObservationBatch], bool] = lambda _: False
        self.changed = threading.Condition()

    def append(self, batch: ObservationBatch) -> Appended:
        with self.changed:
            if self.away:
                msg = "no answer"
                raise StoreUnavailableError(msg)
            if self.refuses(batch):
                msg = "poison"
                raise BatchRefusedError(msg)
            stored = redelivered = conflicting = 0
            for key, value, quality in _values(batch):
                known = self.values.setdefault(key, value)
                stored += key not in self.quality
                redelivered += key in self.quality and known == value
                conflicting += known != value
                if known != value:
                    self.refused.append(key)
                self.quality.setdefault(key, quality)
            for row, device in enumerate(batch.device):
                moment = (device, batch.channel[row], int(batch.phenomenon_ms[row]))
                self.corrected_ms[moment] = int(batch.corrected_ms[row])
            self.appends += 1
            self.changed.notify_all()
            return Appended(stored=stored, redelivered=redelivered, conflicting=conflicting, cursor={})

    def wait_for(self, values: int, timeout_s: float = 20.0) -> None:
        """That many values are there."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.values) >= values, timeout_s), (
                f"{len(self.values)} of {values}"
            )

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        raise AssertionError(devices)

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        assert suspect
        devices = {stream.device: stream for stream in streams}
        keys = sorted(
            (key for key in self.values if key[0] in devices and key[2] == observed_property), key=lambda key: key[3]
        )[-limit:]
        return Series(
            phenomenon_ms=np.array([key[3] for key in keys], np.int64),
            value=np.array([self.values[key] for key in keys], np.float64),
            quality=np.array([int(self.quality[key]) for key in keys], np.uint8),
            device=np.array([key[0] for key in keys], np.object_),
            channel=np.array([key[1] for key in keys], np.object_),
        )

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        raise AssertionError(streams, observed_property, width_ms, offset_ms)

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        raise AssertionError(cursor, limit)

    def head(self) -> Cursor:
        if self.away:
            msg = "no answer"
            raise StoreUnavailableError(msg)
        return {}

    def conflicts(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Conflict]:
        raise AssertionError(devices, limit)

    def conflict_count(self, device: str) -> int:
        return sum(key[0] == device for key in self.refused)

    def correct(self, correction: Correction) -> None:
        raise AssertionError(correction)

    def corrections(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Correction]:
        raise AssertionError(devices, limit)

    def erase(self, streams: Sequence[Stream]) -> int:
        raise AssertionError(streams)

    def export(self, streams: Sequence[Stream] | None = None) -> Iterator[ObservationBatch]:
        raise AssertionError(streams)

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        raise AssertionError(policy, now_ms)

    def snapshot(self, folder: Path) -> None:
        raise AssertionError(folder)

    def close(self) -> None:
        self.away = True


def _values(batch: ObservationBatch) -> Iterable[tuple[Key, float, Quality]]:
    for name, column in batch.values.items():
        flags = batch.quality.get(name, np.zeros(len(batch), np.uint8))
        for row in np.flatnonzero(~np.isnan(column)):
            key = (batch.device[int(row)], batch.channel[int(row)], name, int(batch.phenomenon_ms[row]))
            yield key, float(column[row]), Quality(int(flags[row]))


class House:
    """A pipeline with everything that it was given."""

    def __init__(self, store: ListStore | None = None) -> None:
        site, elsewhere = SiteId.parse("hill"), SiteId.parse("valley")
        gateway = DeviceId.parse("gw-1")
        tag, probe = DeviceKind.EAR_TAG, DeviceKind.SOIL_PROBE
        self.devices = ListedDevices(
            Device(id=DeviceId.parse("tag-1"), site=site, kind=tag),
            Device(id=DeviceId.parse("tag-2"), site=site, kind=tag, gateway=gateway),
            Device(id=DeviceId.parse("tag-9"), site=elsewhere, kind=tag, gateway=gateway),
            Device(id=gateway, site=site, kind=DeviceKind.GATEWAY),
            Device(id=DeviceId.parse("probe-1"), site=site, kind=probe, dev_eui=DevEui.parse("24e124126a123456")),
        )
        self.store = store or ListStore()
        self.quarantine = ListedQuarantine()
        self.registry = CollectorRegistry()
        self.heard: list[ObservationBatch] = []
        self.now_ms = NOW_MS
        self.pipeline = Pipeline(
            registry=self.devices,
            store=self.store,
            quarantine=self.quarantine,
            now_ms=lambda: self.now_ms,
            metrics=self.registry,
            listeners=[self._listen],
        )

    def _listen(self, batch: ObservationBatch) -> None:
        self.heard.append(batch)
        if any(device == "tag-2" for device in batch.device):
            msg = "a listener's own trouble"
            raise RuntimeError(msg)

    def send(self, topic: str, payload: bytes) -> None:
        self.pipeline.process([received(topic, payload, self.now_ms)])

    def codes(self) -> list[str]:
        return [message.code for message in self.quarantine.kept.values()]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"tiantou_ingest_{name}", labels) or 0.0


TAG = "tiantou/v1/hill/tag-1/observations"


def tag_message(second: int, value: float = 38.5, received_ms: int = NOW_MS) -> Message:
    payload = f'{{"t": {NOW_MS // 1000 - 5000 + second}, "ear_temperature": {value}}}'.encode()
    return received(TAG, payload, received_ms)
