"""The enterprise's morning: what to do, what is fresh, and what is silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.access import Viewer
from api.completeness import Completeness, completeness
from api.console.matters import Matters, matters_of
from api.console.pictures import devices_per_mark, freshness_strip, sparkline
from api.console.rendering import zone_of
from api.console.rows import FieldRow, HerdRow
from api.console.words import Words, counting_order
from api.freshness import Freshness, Punctuality, counted, freshness_of, without_data
from api.herds import Herd, herds_of
from api.readings import latest_readings
from api.spans import HOUR_MS, cut, last_hours, yesterday
from devices.deployments import streams
from devices.model import DeviceKind
from observations.properties import observed_property

SPARK_HOURS = 48
SPARK_GAP_MS = 2 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Devices that are silent for what looks like one cause: the same gateway, or the same farm."""

    where: str
    gateway: str
    devices: Sequence[Freshness]

    @property
    def since(self) -> Freshness | None:
        """The device that was heard last before it fell silent."""
        heard = [each for each in self.devices if each.age_s is not None]
        return min(heard, key=lambda each: each.age_s or 0.0, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """All that the first page shows; unfitted: devices on nothing, of which no data are due."""

    matters: Matters
    herds: Sequence[HerdRow]
    fields: Sequence[FieldRow]
    fresh: Sequence[Freshness]
    counts: dict[Punctuality, int]
    silences: Sequence[Silence]
    strip: Markup
    day: Completeness
    set_aside: int
    unfitted: int

    @property
    def headline(self) -> Words:
        """What comes first today."""
        running = len(self.matters.recalls)
        if running:
            return Words(zh=f"{running} 个召回在办", en=f"{running} recall{'s' * (running > 1)} running")
        if self.matters.held:
            return self.matters.on_hold
        if self.gone:
            return Words(zh=f"{self.gone} 台设备没有数据", en=f"{self.gone} without data")
        return Words(zh="今天没有要办的", en="Nothing to do today")

    @property
    def per_mark(self) -> int:
        """How many devices one mark of the strip stands for."""
        return devices_per_mark(len(self.fresh))

    @property
    def gone(self) -> int:
        """How many devices have no data."""
        return self.counts[Punctuality.SILENT] + self.counts[Punctuality.NEVER]


def device_freshness(viewer: Viewer) -> list[Freshness]:
    """How fresh each of the viewer's devices is."""
    return freshness_of(viewer.services.observations, list(viewer.devices.values()), viewer.now)


def home_of(viewer: Viewer) -> Home:
    """The first page's content at this moment."""
    known = device_freshness(viewer)
    fresh = [
        each for each in known if each.device.kind is DeviceKind.GATEWAY or each.device.id in viewer.open_deployments
    ]
    by_id = {str(each.device.id): each for each in known}
    herds = herds_of(viewer, by_id)
    counts = counted(fresh)
    strip_label = f"{counts[Punctuality.ON_TIME]} 台准时，{counts[Punctuality.LATE]} 台迟到"
    return Home(
        matters=matters_of(viewer),
        herds=herd_rows(viewer, herds),
        fields=field_rows(viewer, by_id),
        fresh=fresh,
        counts=counts,
        silences=silences_of(viewer, fresh),
        strip=freshness_strip(fresh, strip_label),
        day=_yesterday(viewer, herds),
        set_aside=_set_aside(viewer),
        unfitted=len(known) - len(fresh),
    )


def herd_rows(viewer: Viewer, herds: Sequence[Herd]) -> list[HerdRow]:
    """The herds, each with its last two days."""
    return [HerdRow(herd=herd, spark=_spark(viewer, herd)) for herd in herds]


def field_rows(viewer: Viewer, fresh: Mapping[str, Freshness]) -> list[FieldRow]:
    """The viewer's fields; those whose probes are silent first."""
    rows = []
    for field in viewer.fields.values():
        stood = viewer.field_deployments[field.id]
        present = {each.device for each in stood if each.until is None}
        rows.append(
            FieldRow(
                id=field.id,
                name=field.name,
                label=viewer.label(field.farm),
                crop=" ".join(part for part in (field.crop, field.variety) if part) or "休耕",
                area_mu=str(field.area_mu),
                readings=latest_readings(viewer.services.observations, streams(stood), viewer.now),
                probes=[fresh[device] for device in sorted(present) if device in fresh],
            )
        )
    return sorted(rows, key=lambda row: (not row.silent, counting_order(row.label, row.name)))


def silences_of(viewer: Viewer, fresh: Sequence[Freshness]) -> list[Silence]:
    """The devices without data, one entry per likely cause, the largest first."""
    groups: dict[tuple[str, str], list[Freshness]] = {}
    for each in without_data(fresh):
        gateway = each.device.gateway or ""
        groups.setdefault((gateway, "" if gateway else _farm_label(viewer, each.device.id)), []).append(each)
    silences = [Silence(where=where, gateway=gateway, devices=found) for (gateway, where), found in groups.items()]
    return sorted(silences, key=lambda silence: -len(silence.devices))


def _farm_label(viewer: Viewer, device: str) -> str:
    for deployment in viewer.open_deployments.get(device, []):
        if deployment.animal in viewer.animals:
            return viewer.label(viewer.animals[deployment.animal].farm)
        if deployment.field in viewer.fields:
            return viewer.label(viewer.fields[deployment.field].farm)
    return ""


def _spark(viewer: Viewer, herd: Herd) -> Markup:
    span = last_hours(SPARK_HOURS, viewer.now)
    parts = cut(herd.streams, span)
    if not parts:
        return Markup("")
    rows = viewer.services.observations.buckets(parts, "ear_temperature", width_ms=HOUR_MS)
    points = [(int(ms), float(mean)) for ms, mean in zip(rows.start_ms, rows.mean, strict=True)]
    if not points:
        return Markup("")
    low, high = min(value for _, value in points), max(value for _, value in points)
    label = f"{herd.name} 48 小时每小时平均耳温，{low:.1f} 到 {high:.1f} ℃"
    return sparkline(points, span, gap_ms=SPARK_GAP_MS, label=label)


def _set_aside(viewer: Viewer) -> int:
    """Messages waiting in quarantine: all for an operator, of the newest thousand those of the viewer's devices."""
    if viewer.operator:
        return sum(viewer.services.quarantine.counts().values())
    devices = viewer.devices
    waiting = viewer.services.quarantine.list(limit=1000)
    return sum(each.device in devices and each.first_received >= devices[each.device].since for each in waiting)


def _yesterday(viewer: Viewer, herds: Sequence[Herd]) -> Completeness:
    fields = [stream for stood in viewer.field_deployments.values() for stream in streams(stood)]
    groups = [(herd.streams, "ear_temperature") for herd in herds]
    groups.append((fields, observed_property("soil_moisture").name))
    return completeness(viewer.services.observations, groups, yesterday(viewer.now, zone_of(viewer)))
