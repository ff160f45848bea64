"""The life line: the milestones of one animal and its pack, in both languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.public.language import kilograms, short_day
from api.public.words import SEXES, clipped, clipped_words, words_for
from traceability.life import Life
from traceability.passport import Passport

MOST_MILESTONES = 16
_WEIGHT = {"cross": 1, "leaf": 2, "shield": 3}
"""Which milestones give way first where there are too many; birth, tag, slaughter and packing stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One event of the line; watch: it calls for a second look. Each text is (Chinese, English)."""

    on: date
    icon: str
    title: tuple[str, str]
    note: tuple[str, str]
    watch: bool = False


def milestones(passport: Passport, life: Life) -> list[Milestone]:
    """Everything worth a dot, by day."""
    found = [*_of_life(life), *_treatments(life), *_of_pack(passport)]
    return sorted(found, key=lambda milestone: milestone.on)


def shown_milestones(passport: Passport, life: Life) -> tuple[list[Milestone], int]:
    """What the first page has room for, by day, and how many more there are; medicines come before vaccinations."""
    found = milestones(passport, life)
    kept = sorted(found, key=lambda milestone: _WEIGHT.get(milestone.icon, 0))[:MOST_MILESTONES]
    return [milestone for milestone in found if milestone in kept], len(found) - len(kept)


def _of_life(life: Life) -> Iterator[Milestone]:
    birth_weight = next((point.kg for point in life.weights if point.occasion == "birth"), None)
    if life.born_on is not None:
        weight = "" if birth_weight is None else f"{kilograms(birth_weight)} kg"
        sex_zh, sex_en = clipped_words(words_for(SEXES, life.sex), 20)
        litter = (f"一窝 {life.litter_size} 头", f"litter of {life.litter_size}") if life.litter_size else ("", "")
        yield Milestone(
            on=life.born_on,
            icon="heart",
            title=_joined(("出生", "Born"), (weight, weight)),
            note=_joined((life.born_on.isoformat(),) * 2, (sex_zh, sex_en), litter),
        )
    if life.tagged_on is not None:
        number = life.ear_tag or ""
        yield Milestone(on=life.tagged_on, icon="tag", title=("戴上电子耳标", "Ear tag put on"), note=(number, number))
    for point in life.weights:
        if point.occasion == "weaning":
            text = f"{kilograms(point.kg)} kg"
            yield Milestone(on=point.on, icon="leaf", title=("断奶，" + text, "Weaned, " + text), note=_day(point.on))
    for shot in life.vaccinations:
        name = clipped_words((shot.name_zh, shot.name_en), 40)
        number = clipped(shot.batch, 30)
        batch = (f"批号 {number}", f"batch {number}") if number else ("", "")
        yield Milestone(
            on=shot.on,
            icon="shield",
            title=(f"免疫：{name[0]}", f"Vaccinated: {name[1]}"),
            note=_joined(_day(shot.on), batch),
        )


def _treatments(life: Life) -> Iterator[Milestone]:
    for treatment in life.treatments:
        medicine = clipped_words((treatment.medicine_zh, treatment.medicine_en), 40)
        days, until = treatment.withdrawal_days, treatment.withdrawal_until
        withdrawal = ("", "")
        if until is not None:
            zh, en = short_day(until)
            withdrawal = (f"休药期 {days} 天，到 {zh}", f"withdrawal {days} days, until {en}")
        yield Milestone(
            on=treatment.on,
            icon="cross",
            watch=True,
            title=(f"用药：{medicine[0]}", f"Treated: {medicine[1]}"),
            note=_joined(_day(treatment.on), withdrawal),
        )


def _of_pack(passport: Passport) -> Iterator[Milestone]:
    if (slaughter := passport.slaughter) is not None:
        kg = slaughter.carcass_kg
        carcass = (f"胴体 {kilograms(kg)} kg", f"carcass {kilograms(kg)} kg") if kg is not None else ("", "")
        place = clipped(slaughter.place.name, 40) if slaughter.place is not None else ""
        yield Milestone(
            on=slaughter.on,
            icon="tick",
            title=("屠宰", "Slaughtered"),
            note=_joined(_day(slaughter.on), (place, place), carcass),
        )
    if (packing := passport.packing) is not None:
        place = clipped(packing.place.name, 40) if packing.place is not None else ""
        total = packing.packed_kg
        weight = (f"合计 {kilograms(total)} kg", f"{kilograms(total)} kg in all") if total is not None else ("", "")
        yield Milestone(
            on=packing.on,
            icon="box",
            title=(f"分割，装成 {packing.packs} 盒", f"Cut and packed, {packing.packs} packs"),
            note=_joined(_day(packing.on), (place, place), weight),
        )


def _day(on: date) -> tuple[str, str]:
    return on.isoformat(), on.isoformat()


def _joined(*parts: tuple[str, str]) -> tuple[str, str]:
    return "，".join(zh for zh, _ in parts if zh), ", ".join(en for _, en in parts if en)
