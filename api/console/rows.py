"""The rows of the console's tables, their columns, and what of them goes into a spreadsheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.console.tables import Column, Table
from api.console.words import counting_order
from api.freshness import Freshness, Punctuality
from api.herds import Herd, TaggedAnimal
from api.readings import Reading, newest_of, quality_word


@dataclass(frozen=True, slots=True, kw_only=True)
class HerdRow:
    """A herd, and its last two days as a picture."""

    herd: Herd
    spark: Markup

    @property
    def median(self) -> float | None:
        """Median ear temperature, °C."""
        return None if self.herd.ear_temperature is None else self.herd.ear_temperature[0]

    @property
    def reading(self) -> Reading | None:
        """The youngest reading in the median: its age and mark."""
        return None if self.herd.ear_temperature is None else self.herd.ear_temperature[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field with its newest readings."""

    id: str
    name: str
    label: str
    crop: str
    area_mu: str
    readings: Sequence[Reading]
    probes: Sequence[Freshness]

    def of(self, name: str) -> list[Reading]:
        """The readings of that property, the shallowest first."""
        found = [reading for reading in self.readings if reading.observed_property.name == name]
        return sorted(found, key=lambda reading: depth_of(reading.observation.channel))

    @property
    def first(self) -> Reading | None:
        """The shallowest soil moisture."""
        found = self.of("soil_moisture")
        return found[0] if found else None

    @property
    def silent(self) -> bool:
        """Whether every probe is silent, or none stands here."""
        return all(each.punctuality in {Punctuality.SILENT, Punctuality.NEVER} for each in self.probes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimalRow:
    """An animal of the list."""

    tagged: TaggedAnimal
    label: str
    township: str
    age_days: int

    def of(self, name: str) -> Reading | None:
        """The newest reading of that property."""
        return newest_of(self.tagged.readings, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A device of the list; subject: what it is on, subject_path: that one's page."""

    fresh: Freshness
    kind_zh: str
    kind_en: str
    subject: str
    subject_path: str


def depth_of(channel: str) -> float:
    """The depth that a channel such as "20cm" names, in cm; 0 where it names none."""
    digits = channel.removesuffix("cm")
    return float(digits) if digits.isdecimal() else 0.0


def _time(reading: Reading | None) -> str | None:
    return None if reading is None else reading.observation.corrected_time.isoformat()


def _quality(reading: Reading | None) -> str | None:
    return None if reading is None else quality_word(reading.observation.quality)


def _value(reading: Reading | None) -> float | None:
    return None if reading is None else reading.value


def _unit(reading: Reading | None) -> str | None:
    return None if reading is None else reading.observed_property.unit


HERDS: Table[HerdRow] = Table(
    name="herds",
    columns=(
        Column(
            key="name",
            zh="群",
            en="Herd",
            order=lambda row: row.herd.name,
            export=(
                ("township", lambda row: row.herd.name),
                ("households", lambda row: row.herd.households),
                ("animals", lambda row: len(row.herd.animals)),
            ),
        ),
        Column(
            key="temperature",
            zh="耳温中位数",
            en="Ear temp.",
            order=lambda row: row.median,
            export=(
                ("ear_temperature_median", lambda row: None if row.median is None else round(row.median, 2)),
                ("unit", lambda row: None if row.median is None else "CEL"),
                ("quality", lambda row: None if row.reading is None else row.reading.mark),
                ("time", lambda row: None if row.reading is None else _time(row.reading)),
            ),
        ),
        Column(key="days", zh="48 小时", en="48 h"),
        Column(
            key="tags",
            zh="耳标准时",
            en="Tags on time",
            order=lambda row: row.herd.on_time - row.herd.tagged,
            numeric=True,
            export=(("tags_on_time", lambda row: row.herd.on_time), ("tags", lambda row: row.herd.tagged)),
        ),
    ),
)

FIELDS: Table[FieldRow] = Table(
    name="fields",
    columns=(
        Column(
            key="name",
            zh="地块",
            en="Field",
            order=lambda row: counting_order(row.label, row.name),
            export=(
                ("field", lambda row: row.id),
                ("name", lambda row: row.name),
                ("farm", lambda row: row.label),
                ("crop", lambda row: row.crop),
                ("area_mu", lambda row: row.area_mu),
            ),
        ),
        Column(
            key="moisture",
            zh="土壤水分",
            en="Moisture",
            order=lambda row: None if row.first is None else row.first.value,
            export=(
                ("soil_moisture", lambda row: None if row.first is None else row.first.value),
                ("soil_moisture_unit", lambda row: None if row.first is None else row.first.observed_property.unit),
                ("soil_moisture_depth", lambda row: None if row.first is None else row.first.observation.channel),
                (
                    "soil_moisture_quality",
                    lambda row: None if row.first is None else quality_word(row.first.observation.quality),
                ),
                ("soil_moisture_time", lambda row: None if row.first is None else _time(row.first)),
            ),
        ),
        Column(
            key="temperature",
            zh="土温",
            en="Soil temp.",
            order=lambda row: next((reading.value for reading in row.of("soil_temperature")), None),
            export=(
                ("soil_temperature", lambda row: next((each.value for each in row.of("soil_temperature")), None)),
                ("soil_temperature_unit", lambda row: "CEL" if row.of("soil_temperature") else None),
                ("soil_temperature_time", lambda row: next((_time(each) for each in row.of("soil_temperature")), None)),
            ),
        ),
        Column(
            key="age",
            zh="新不新",
            en="Age",
            order=lambda row: None if row.first is None else row.first.age_s,
            export=(("age_s", lambda row: None if row.first is None else round(row.first.age_s)),),
        ),
    ),
)

ANIMALS: Table[AnimalRow] = Table(
    name="animals",
    columns=(
        Column(
            key="number",
            zh="耳标号",
            en="Ear tag",
            order=lambda row: row.tagged.animal.id,
            export=(("animal", lambda row: row.tagged.animal.id), ("breed", lambda row: row.tagged.animal.breed)),
        ),
        Column(
            key="farm",
            zh="农户",
            en="Farm",
            order=lambda row: counting_order(row.label),
            export=(("farm", lambda row: row.label),),
        ),
        Column(
            key="days",
            zh="日龄",
            en="Age, d",
            order=lambda row: row.age_days,
            numeric=True,
            export=(("age_days", lambda row: row.age_days),),
        ),
        Column(
            key="temperature",
            zh="耳温",
            en="Ear temp.",
            order=lambda row: _value(row.of("ear_temperature")),
            export=(
                ("ear_temperature", lambda row: _value(row.of("ear_temperature"))),
                ("unit", lambda row: _unit(row.of("ear_temperature"))),
                ("quality", lambda row: _quality(row.of("ear_temperature"))),
                ("time", lambda row: _time(row.of("ear_temperature"))),
            ),
        ),
        Column(
            key="activity",
            zh="活动",
            en="Activity",
            order=lambda row: _value(row.of("activity")),
            export=(
                ("activity", lambda row: _value(row.of("activity"))),
                ("activity_time", lambda row: _time(row.of("activity"))),
            ),
        ),
        Column(
            key="tag",
            zh="耳标",
            en="Tag",
            order=lambda row: None if row.tagged.tag is None else row.tagged.tag.age_s,
            export=(
                ("device", lambda row: None if row.tagged.tag is None else row.tagged.tag.device.id),
                ("state", lambda row: row.tagged.punctuality),
            ),
        ),
    ),
)

DEVICES: Table[DeviceRow] = Table(
    name="devices",
    columns=(
        Column(
            key="id",
            zh="设备",
            en="Device",
            order=lambda row: row.fresh.device.id,
            export=(("device", lambda row: row.fresh.device.id), ("label", lambda row: row.fresh.device.label)),
        ),
        Column(
            key="kind", zh="种类", en="Kind", order=lambda row: row.kind_en, export=(("kind", lambda row: row.kind_en),)
        ),
        Column(
            key="subject",
            zh="在哪",
            en="On",
            order=lambda row: counting_order(row.subject),
            export=(("on", lambda row: row.subject),),
        ),
        Column(
            key="state",
            zh="状态",
            en="State",
            order=lambda row: list(Punctuality).index(row.fresh.punctuality),
            export=(("state", lambda row: row.fresh.punctuality),),
        ),
        Column(
            key="age",
            zh="最新好数据",
            en="Newest good value",
            order=lambda row: row.fresh.age_s,
            export=(
                ("newest_good", lambda row: None if row.fresh.last_good is None else row.fresh.last_good.isoformat()),
                ("age_s", lambda row: None if row.fresh.age_s is None else round(row.fresh.age_s)),
            ),
        ),
    ),
)
