"""The plan of the simulated site: who lives there, what stands where, which pigs there are and were."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from observations.identifiers import DeviceId, EarTagNumber, FarmId, SiteId
from simulators.calendar_days import TIMEZONE, at_local, local_day, local_midnight
from simulators.facts import rows
from simulators.gs1 import gln, gtin
from simulators.model import (
    TAG_REPORT_S,
    Animal,
    Claim,
    Deployment,
    Device,
    Enterprise,
    Facility,
    Farm,
    Household,
    Life,
    Pack,
    Product,
    Site,
    SitePlan,
)
from simulators.plan_fields import fields_and_plots, probes_of
from simulators.randomness import key_of

SITE = SiteId.parse("ningxiang-sim")
COUNTY = "430182"
BREED = "宁乡花猪"
COATS = (("乌云盖雪", 0.60), ("大黑花", 0.25), ("小散花", 0.15))
"""Coat types and their shares: monograph of the breed, 2011 copy."""
FARMS_WITH_PIGS = 12
LITTERS = 24
YOUNGEST_D, OLDEST_D = 6, 298
LEFT_DAYS_AGO = (3, 6, 10, 14, 19, 25, 31, 38)
LORA_AGE_D = (18, 45)
LORA_TAGS = 4
FIRST_SERIAL, FIRST_TAG = 26_000, 100
SERIAL_STEP, SERIAL_SPAN = 7_919, 900_000


def build_plan(seed: int, today: date) -> SitePlan:
    """The plan for that seed, as it stands on the local day `today`: always the same for the same two."""
    random = Random(key_of(seed, "plan"))  # noqa: S311 a simulation, no secret
    site = Site(id=SITE, name="宁乡模拟点 Ningxiang (simulated)", simulated=True)
    households = _households()
    farms = tuple(_farm(number, household) for number, household in enumerate(households, 1))
    lives = _lives(random, farms, today)
    lora = _lora(lives, today)
    products = tuple(_product(row) for row in rows("products"))
    fields, plots = fields_and_plots(random, farms, today)
    tags = tuple(_tag(life, lora) for life in lives)
    return SitePlan(
        seed=seed,
        today=today,
        site=site,
        households=households,
        farms=farms,
        facilities=_facilities(),
        enterprises=(
            Enterprise(id="ent-01", name="示例食品有限公司（模拟）"),
            Enterprise(id="ent-02", name="示例种养合作社（模拟）"),
        ),
        claims=tuple(_claim(number, household, today) for number, household in enumerate(households)),
        animals=tuple(_animal(life) for life in lives),
        devices=(*tags, *probes_of(plots, SITE)),
        deployments=(
            *(_worn(life) for life in lives),
            *(Deployment(device=plot.probe, since=plot.since, field=plot.field) for plot in plots),
        ),
        fields=fields,
        products=products,
        packs=_packs(lives, products),
        lives=lives,
        plots=plots,
        lora_application=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{SITE}/{seed}/lora")),
    )


def _households() -> tuple[Household, ...]:
    places = [(row["township"], row["village"]) for row in rows("townships") for _ in range(int(row["households"]))]
    stems = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    return tuple(
        Household(
            id=f"hh-{number:02d}",
            label=f"{number} 号户",
            name=f"（虚构）某{stems[number - 1]}",
            township=township,
            village=village,
        )
        for number, (township, village) in enumerate(places, 1)
    )


def _farm(number: int, household: Household) -> Farm:
    return Farm(
        id=FarmId.parse(f"farm-{number:02d}"),
        household=household.id,
        site=SITE,
        name=f"{number} 号户养殖点" if number <= FARMS_WITH_PIGS else f"{number} 号户种植点",
        gln=gln(10_000 + number),
        public_name=f"模拟农场 {number} 号",
        county=COUNTY,
        timezone=TIMEZONE,
    )


def _facilities() -> tuple[Facility, ...]:
    kinds = (("slaughterhouse", "模拟屠宰场", 90_001), ("packing_house", "模拟分割包装车间", 90_002))
    return tuple(
        Facility(
            gln=gln(location),
            name=name,
            county=COUNTY,
            township="双凫铺镇",
            kind=kind,
            licence=f"SIM-{location}",
            site=SITE,
        )
        for kind, name, location in kinds
    )


def _claim(number: int, household: Household, today: date) -> Claim:
    # The second enterprise claims one household with pigs and one without: what each sees differs in both.
    other = number in {FARMS_WITH_PIGS - 1, FARMS_WITH_PIGS}
    return Claim(
        enterprise="ent-02" if other else "ent-01",
        household=household.id,
        since=local_midnight(today - timedelta(days=400)),
        until=local_midnight(today + timedelta(days=730)),
    )


def _lives(random: Random, farms: tuple[Farm, ...], today: date) -> tuple[Life, ...]:
    raisers = farms[:FARMS_WITH_PIGS]
    places = [*raisers, *raisers]
    random.shuffle(places)
    lives: list[Life] = []
    for number, days_ago in enumerate(LEFT_DAYS_AGO):
        left = today - timedelta(days=days_ago)
        born = left - timedelta(days=random.randint(296, 312))
        lives.append(_life(random, len(lives), raisers[number], born, f"s{number}", today, left))
    for litter, farm in enumerate(places):
        age = YOUNGEST_D + round(litter * (OLDEST_D - YOUNGEST_D) / (LITTERS - 1))
        born = today - timedelta(days=age)
        first = len(lives)
        lives += [
            _life(random, first + piglet, farm, born, f"l{litter:02d}", today, None) for piglet in range(2 + litter % 2)
        ]
    return tuple(lives)


def _life(random: Random, number: int, farm: Farm, born: date, litter: str, today: date, left: date | None) -> Life:
    tagged = min(born + timedelta(days=random.randint(3, 18)), today - timedelta(days=2))
    return Life(
        animal=EarTagNumber.parse(f"1{COUNTY}{FIRST_SERIAL + number:08d}"),
        farm=farm.id,
        gln=farm.gln,
        tag=DeviceId.parse(f"tag-{FIRST_TAG + number:08d}"),
        sex=random.choice(("Female", "MaleNeuter")),
        coat=random.choices([coat for coat, _ in COATS], [share for _, share in COATS])[0],
        litter=litter,
        litter_size=10 + sum(map(ord, litter)) % 3,
        teats=random.choice((12, 13, 14)),
        born_at=at_local(born, random.uniform(1, 22)),
        tagged_at=at_local(tagged, random.uniform(8, 11)),
        slaughtered_at=None if left is None else at_local(left, random.uniform(5.5, 7)),
    )


def _lora(lives: tuple[Life, ...], today: date) -> frozenset[EarTagNumber]:
    # An uplink is a message of its own, so only pigs with short histories wear LoRaWAN tags.
    born = [(today - local_day(life.born_at), life) for life in lives if life.slaughtered_at is None]
    young = [life.animal for age, life in born if LORA_AGE_D[0] <= age.days <= LORA_AGE_D[1]]
    return frozenset(young[:LORA_TAGS])


def _tag(life: Life, lora: frozenset[EarTagNumber]) -> Device:
    eui = f"a84041ff{int(life.tag.removeprefix('tag-')):08x}" if life.animal in lora else None
    label = "LoRaWAN" if eui else ""
    return Device(id=life.tag, site=SITE, kind="ear_tag", report_interval_s=TAG_REPORT_S, dev_eui=eui, label=label)


def _animal(life: Life) -> Animal:
    left = life.slaughtered_at
    return Animal(
        id=life.animal,
        farm=life.farm,
        breed=BREED,
        sex=life.sex,
        born_on=local_day(life.born_at),
        status="Alive" if left is None else "OffFarm",
        left_on=None if left is None else local_day(left),
    )


def _worn(life: Life) -> Deployment:
    return Deployment(device=life.tag, animal=life.animal, since=life.tagged_at, until=life.slaughtered_at)


def _product(row: Mapping[str, str]) -> Product:
    return Product(
        gtin=gtin(row["item"]),
        name_zh=row["zh"],
        name_en=row["en"],
        net_weight_kg=Decimal(row["net_weight_kg"]),
        storage_zh=row["storage_zh"],
        storage_en=row["storage_en"],
    )


def _packs(lives: tuple[Life, ...], products: tuple[Product, ...]) -> tuple[Pack, ...]:
    packs: list[Pack] = []
    for life in lives:
        if life.slaughtered_at is None:
            continue
        packed = life.slaughtered_at + timedelta(hours=7)
        day = local_day(packed)
        for product, row in zip(products, rows("products"), strict=True):
            packs.extend(
                Pack(
                    gtin=product.gtin,
                    lot=f"{day:%y%m%d}{int(life.animal.serial) % 100:02d}",
                    serial=f"{100_000 + (len(packs) + number + 1) * SERIAL_STEP % SERIAL_SPAN:06d}",
                    animal=life.animal,
                    packed_at=packed,
                    use_by=day + timedelta(days=int(row["keeps_d"])),
                )
                for number in range(int(row["packs"]))
            )
    return tuple(packs)
