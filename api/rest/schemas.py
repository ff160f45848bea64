"""The shapes of the JSON API. Times are RFC 3339 in UTC; units are UN/CEFACT Rec 20 codes."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Mark = Literal["good", "estimated", "suspect", "stale", "offline"]
PunctualityWord = Literal["on_time", "late", "silent", "never"]


class Shape(BaseModel):
    """What every shape shares: no surprise keys."""

    model_config = ConfigDict(extra="forbid")


class PropertyShape(Shape):
    """An observed property, as in the table of properties."""

    name: str = Field(examples=["ear_temperature"])
    unit: str = Field(description="UN/CEFACT Recommendation 20 code of every value", examples=["CEL"])
    symbol: str = Field(description="the unit for people", examples=["℃"])
    low: float = Field(description="lowest plausible value, in the unit")
    high: float = Field(description="highest plausible value, in the unit")
    precision: float = Field(description="the step worth showing, in the unit")
    kind: Literal["instant", "delta"] = Field(description='"delta" is the amount since the report before')
    estimated: bool = Field(description="derived by the device, not measured")
    stale_after_min: int = Field(description="minutes after which the latest value is old")
    zh: str
    en: str
    source: str = Field(description="where the range comes from")


class ReadingShape(Shape):
    """The newest good value of one property on one channel."""

    observed_property: str = Field(examples=["ear_temperature"])
    value: float = Field(examples=[38.6])
    unit: str = Field(description="Rec 20 code", examples=["CEL"])
    symbol: str = Field(examples=["℃"])
    quality: str = Field(description='"good", or flags joined by "+"', examples=["good", "estimated"])
    mark: Mark = Field(description="how the console marks it: quality and age together")
    age_s: float = Field(
        description="seconds since `time`, or since `received_time` where that was earlier", examples=[241.0]
    )
    stale: bool = Field(description="too old to stand for now")
    time: datetime = Field(description="the time to show: as sent, or as received where the device's clock is wrong")
    phenomenon_time: datetime = Field(description="the device's time as sent")
    received_time: datetime = Field(description="when the platform received it")
    device: str = Field(examples=["tag-00000147"])
    channel: str = Field(description='"" for a device with one channel, "20cm" for a depth', examples=["", "20cm"])


class LatestShape(Shape):
    """What an animal or a field shows now."""

    id: str = Field(examples=["143018200000147"])
    now: datetime = Field(description="the server's time: ages count back from here")
    latest: list[ReadingShape]


class AnimalShape(Shape):
    """One animal of a farm that you may see."""

    id: str = Field(description="official 15-digit ear-tag number", examples=["143018200000147"])
    species: str = Field(examples=["pig"])
    farm: str = Field(examples=["farm-04"])
    breed: str = Field(examples=["宁乡花猪"])
    sex: str = Field(description="ICAR's word", examples=["Female"])
    born_on: date
    status: str = Field(description="ICAR's word", examples=["Alive"])
    left_on: date | None = Field(description="the local day it died or left")
    device: str | None = Field(description="the tag it wears now", examples=["tag-00000147"])


class FieldShape(Shape):
    """One field of a farm that you may see."""

    id: str = Field(examples=["field-01"])
    farm: str = Field(examples=["farm-04"])
    name: str = Field(examples=["大丘"])
    area_mu: str = Field(description="area in mu (1/15 ha), a decimal as text", examples=["2.4"])
    area_ha: str = Field(description="area in hectares, a decimal as text", examples=["0.1600"])
    crop: str = Field(examples=["甘薯"])
    variety: str = Field(examples=["商薯19"])
    planted_on: date | None
    devices: list[str] = Field(description="probes standing in it now")


class HerdShape(Shape):
    """The living animals of one township's farms."""

    name: str = Field(description="the township", examples=["流沙河镇"])
    households: int
    animals: int
    tagged: int = Field(description="wear a tag now")
    on_time: int = Field(description="tags whose newest good value is not late")
    without_data: int = Field(description="tags silent or never heard")
    ear_temperature_median: float | None = Field(description="CEL, over the values that are not stale")
    ear_temperature_age_s: float | None = Field(description="age of the youngest value in the median")
    ear_temperature_mark: Mark | None


class DeviceShape(Shape):
    """A device, and how it keeps time."""

    id: str = Field(examples=["tag-00000147"])
    site: str
    kind: str = Field(examples=["ear_tag"])
    label: str
    dev_eui: str | None
    gateway: str | None
    state: PunctualityWord = Field(description="late after 3 missed intervals, silent after 12 and at least 6 h")
    last_good: datetime | None = Field(description="time of the newest good value")
    last_arrived: datetime | None = Field(description="when something of it was stored last")
    age_s: float | None
    late_after_s: float
    silent_after_s: float
    animals: list[str] = Field(description="animals it is on now")
    fields: list[str] = Field(description="fields it stands in now")


class HeardShape(Shape):
    """A message as it was received."""

    received: datetime
    topic: str
    payload: str = Field(description="the first 4 KiB; bytes that are not UTF-8 are written as \\xNN")
    problem: str = Field(description='why it, or a part, was not stored as sent; "" where all was well')


class ConflictShape(Shape):
    """A second, different value under a key that already had one."""

    device: str
    channel: str
    observed_property: str
    phenomenon_ms: int = Field(description="the device's time as sent, milliseconds since 1970")
    stored_value: float = Field(description="the first value: it stays in force")
    refused_value: float
    unit: str
    received_time: datetime


class DeviceReportShape(DeviceShape):
    """A device with all that answers "why is nothing arriving"."""

    heard: HeardShape | None = Field(description="the newest message since the service started, stored or not")
    problem: HeardShape | None = Field(description="the newest message that had a problem")
    conflict_count: int
    conflicts: list[ConflictShape]
    quarantined: int
    latest: list[ReadingShape]


class SetAsideShape(Shape):
    """A message in quarantine."""

    digest: str = Field(description="sha256 of topic, a zero byte and payload; its first 8 digits are enough")
    topic: str
    payload: str = Field(description="the first 4 KiB; bytes that are not UTF-8 are written as \\xNN")
    size: int = Field(description="full length in bytes")
    code: str = Field(examples=["unknown_device"])
    reason: str
    device: str = Field(description="as the topic claims")
    first_received: datetime
    last_received: datetime
    count: int


class QuarantineShape(Shape):
    """What waits in quarantine."""

    counts: dict[str, int] = Field(description="messages waiting, by code")
    dropped: dict[str, int] = Field(description="messages that gave way to newer ones, by device")
    messages: list[SetAsideShape]


class ReplayShape(Shape):
    """What became of a replay."""

    stored: bool
    reason: str = Field(description='"" where it is stored now; otherwise why it still cannot be')


class PointShape(Shape):
    """One raw value."""

    time: datetime = Field(description="the device's time as sent")
    value: float
    quality: str
    device: str
    channel: str


class BucketShape(Shape):
    """Good values of one stretch of time; a stretch without values has no bucket."""

    start: datetime
    min: float
    mean: float
    max: float
    total: float = Field(description='sum, for "delta" properties')
    count: int
    devices: int


class SeriesShape(Shape):
    """One property over time. Raw values in `points`, or downsampled in `buckets`; never joined over a gap."""

    id: str
    observed_property: str
    unit: str
    symbol: str
    since: datetime
    until: datetime
    bucket_s: int | None = Field(description="width of a bucket; null for raw values")
    truncated: bool = Field(description="older values were left out: ask for a shorter span or wider buckets")
    points: list[PointShape] = Field(default_factory=list)
    buckets: list[BucketShape] = Field(default_factory=list)


class ProblemShape(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:tiantou:problem:not-found"])
    title: str
    status: int
    detail: str = Field(description="what, where, and what to do")
    code: str
    title_zh: str
