"""What a simulated site consists of; field names are those of the records that a platform keeps."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from observations.identifiers import DeviceId, EarTagNumber, FarmId, FieldId, SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site; `simulated` is always true here."""

    id: SiteId
    name: str
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """An invented household."""

    id: str
    label: str
    name: str
    township: str
    village: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """Where a household keeps pigs or grows crops; public_name names no village."""

    id: FarmId
    household: str
    site: SiteId
    name: str
    gln: str
    public_name: str
    county: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A slaughterhouse or a packing house (`kind`)."""

    gln: str
    name: str
    county: str
    township: str
    kind: str
    licence: str
    site: SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """An invented enterprise."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An enterprise looks after a household during [since, until)."""

    enterprise: str
    household: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    """One pig; sex and status in ICAR's words."""

    id: EarTagNumber
    farm: FarmId
    breed: str
    sex: str
    born_on: date
    status: str
    left_on: date | None


TAG_REPORT_S = 1_800
PROBE_REPORT_S = 3_600
"""How often tags and probes report at their usual pace, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """An ear tag, a soil probe or a gateway (`kind`: ear_tag, soil_probe, gateway)."""

    id: DeviceId
    site: SiteId
    kind: str
    report_interval_s: int
    dev_eui: str | None = None
    gateway: DeviceId | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A device was on an animal, or in a field, during [since, until); channel None is every channel."""

    device: DeviceId
    since: datetime
    until: datetime | None = None
    animal: EarTagNumber | None = None
    field: FieldId | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; crop and variety "" where nothing grows."""

    id: FieldId
    farm: FarmId
    name: str
    area_mu: Decimal
    crop: str
    variety: str
    planted_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A trade item."""

    gtin: str
    name_zh: str
    name_en: str
    net_weight_kg: Decimal
    storage_zh: str
    storage_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One pack of an animal's pork; use_by is a local day."""

    gtin: str
    lot: str
    serial: str
    animal: EarTagNumber
    packed_at: datetime
    use_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What becomes of one pig, as far as people of the farm know; times are aware UTC.

    tag: the device it wears from `tagged_at` to `slaughtered_at`.
    """

    animal: EarTagNumber
    farm: FarmId
    gln: str
    tag: DeviceId
    sex: str
    coat: str
    litter: str
    litter_size: int
    teats: int
    born_at: datetime
    tagged_at: datetime
    slaughtered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What a probe stands in: the soil's texture class (FAO-56 Table 19), and since when it reports."""

    field: FieldId
    probe: DeviceId
    texture: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """Everything that is decided before the first reading; the same for the same seed and day.

    today: the local day on which the simulation was started for the first time.
    lora_application: the ChirpStack application of the tags that have a DevEUI.
    """

    seed: int
    today: date
    site: Site
    households: tuple[Household, ...]
    farms: tuple[Farm, ...]
    facilities: tuple[Facility, ...]
    enterprises: tuple[Enterprise, ...]
    claims: tuple[Claim, ...]
    animals: tuple[Animal, ...]
    devices: tuple[Device, ...]
    deployments: tuple[Deployment, ...]
    fields: tuple[Field, ...]
    products: tuple[Product, ...]
    packs: tuple[Pack, ...]
    lives: tuple[Life, ...]
    plots: tuple[Plot, ...]
    lora_application: str

    @property
    def slaughterhouse(self) -> Facility:
        """The one slaughterhouse."""
        return next(facility for facility in self.facilities if facility.kind == "slaughterhouse")

    @property
    def packing_house(self) -> Facility:
        """The one packing house."""
        return next(facility for facility in self.facilities if facility.kind == "packing_house")

    @property
    def carcass(self) -> Product:
        """The trade item a slaughtered pig becomes."""
        return self.products[0]

    def showcase_pack(self) -> Pack:
        """A pack worth scanning first: of the pig slaughtered last, of the product that keeps longest."""
        return max(self.packs, key=lambda pack: (pack.packed_at, pack.use_by))

    def showcase_life(self) -> Life:
        """A living pig worth publishing a reading for.

        The oldest whose tag speaks for itself over MQTT, of the households that the first enterprise has claimed.
        """
        native = {device.id for device in self.devices if device.kind == "ear_tag" and device.dev_eui is None}
        claimed = {claim.household for claim in self.claims if claim.enterprise == self.enterprises[0].id}
        farms = {farm.id for farm in self.farms if farm.household in claimed}
        living = [
            life for life in self.lives if life.slaughtered_at is None and life.tag in native and life.farm in farms
        ]
        return min(living, key=lambda life: (life.born_at, life.animal))
