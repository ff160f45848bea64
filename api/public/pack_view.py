"""What the pack's page shows, from its passport: figures chosen and put into words, absent where not supported."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.public.language import Language, kilograms, kilometres_band, pack_weight, short_day, whole_day
from api.public.life_line import milestones
from api.public.pictures import day_grid, distance_picture, hillside
from api.public.words import BREEDS, RESULTS, STATES, Words, words_for
from livestock.distance import METHOD_EN, METHOD_ZH
from traceability.life import DayState, Life
from traceability.model import PublicPlace
from traceability.passport import Passport, place_of

ENOUGH_HOUSEHOLDS = 5
"""From so many households on, their number and village may be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One big figure."""

    figure: str
    unit: Words
    label: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An icon, a claim, and the sentence behind it."""

    icon: str
    title: Words
    note: Words
    warn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Raiser:
    """Who raised the animal, as far as it may be told."""

    name: Words
    where: Words


def pack_view(passport: Passport, language: Language) -> dict[str, Any]:
    """The variables of the page's template."""
    life = passport.lives[0] if len(passport.lives) == 1 else None
    hill, grid = (None, None) if life is None else (hillside(life.weights), day_grid(life))
    title = _title(passport, life)
    return {
        "passport": passport,
        "life": life,
        "states": STATES,
        "held": list(dict.fromkeys((held.hold.words.zh, held.hold.words.en) for held in passport.holds)),
        "simulated": passport.simulated,
        "title": title,
        "subtitle": _subtitle(passport),
        "beside": _product_name(passport),
        "hill": hill,
        "hill_sentence": _hill_sentence(life),
        "facts": [] if life is None else list(_facts(life)),
        "raisers": list(_raisers(passport)),
        "line": [] if life is None else milestones(passport, life),
        "others": [] if life is not None else [_other(passport, other) for other in passport.lives],
        "grid": grid,
        "grid_sentence": ("", "") if grid is None else _grid_sentence(grid.counts),
        "distance": None if life is None else _distance(life),
        "checks": list(_checks(passport)),
        "proofs": list(_proofs(passport, language)),
        "kilograms": kilograms,
    }


def _breed(life: Life) -> Words:
    return words_for(BREEDS, life.breed) if life.breed else ("猪", "pig")


def _title(passport: Passport, life: Life | None) -> Words:
    if life is None:
        count = len(passport.lives)
        return (f"{count} 头猪的肉", f"Meat of {count} pigs") if count else _product_name(passport)
    zh, en = _breed(life)
    if life.age_days is None:
        return f"一头{zh}", f"One {en}"
    return f"一头{zh}的 {life.age_days} 天", f"{life.age_days} days of one {en}"


def _product_name(passport: Passport) -> Words:
    product = passport.product
    return ("这盒肉", "This pack") if product is None else (product.name_zh, product.name_en)


def _weight(passport: Passport) -> str:
    packing = passport.packing
    return "" if packing is None or packing.net_weight_kg is None else f" {pack_weight(float(packing.net_weight_kg))}"


def _subtitle(passport: Passport) -> Words:
    zh, en = _product_name(passport)
    weight = _weight(passport)
    return f"这盒：{zh}{weight}", f"This pack: {en}{weight}"


def _hill_sentence(life: Life | None) -> Words:
    if life is None or not life.weights:
        return "", ""
    first, last = life.weights[0], life.weights[-1]
    days = first.age_days, last.age_days
    ages = (f"从第 {days[0]} 天到第 {days[1]} 天", f"From day {days[0]} to day {days[1]}")
    kg = f"{kilograms(first.kg)} kg", f"{kilograms(last.kg)} kg"
    return (
        f"{ages[0]}，体重从 {kg[0]} 长到 {kg[1]}，画成山坡。",
        f"{ages[1]} it grew from {kg[0]} to {kg[1]}; the hill is its weight.",
    )


def _facts(life: Life) -> Iterator[Fact]:
    if life.age_days is not None:
        yield Fact(figure=str(life.age_days), unit=("天", "days"), label=("从出生到出栏", "birth to slaughter"))
    later = [point for point in life.weights if point.age_days > 0]
    if later:
        zh, en = short_day(later[-1].on)
        label = (f"{zh}称重", f"weighed {en}")
        yield Fact(figure=kilograms(later[-1].kg), unit=("kg", "kg"), label=label)
    if (band := life.distance) is not None:
        _, middle, _, plus_minus = kilometres_band(band.low_m, band.middle_m, band.high_m)
        error = f"± {plus_minus} km"
        a_day = band.middle_m / life.distance_days
        label = (f"走过，每天约 {a_day:.0f} m", f"walked, {a_day:.0f} m a day")
        yield Fact(figure=middle, unit=(error, error), label=label)


def _raisers(passport: Passport) -> Iterator[Raiser]:
    places = {life.place: place_of(passport, life.place) for life in passport.lives}
    seen: set[Raiser] = set()
    for place in places.values():
        if place is not None and (raiser := _raiser(place)) not in seen:
            seen.add(raiser)
            yield raiser


def _raiser(place: PublicPlace) -> Raiser:
    several = place.households >= ENOUGH_HOUSEHOLDS
    village = place.village if several else ""
    if place.name:
        name = (place.name, place.name)
    elif several:
        name = (f"{place.township} · {place.households} 户合作", f"{place.township} · {place.households} households")
    else:
        name = (f"{place.township}的农户", f"Farmers of {place.township}")
    together = (f"，{place.households} 户一起养", f", {place.households} households together") if several else ("", "")
    where_zh = f"{place.county_zh}{place.township}{village}" if place.name or village else place.county_zh
    return Raiser(
        name=name,
        where=(
            f"{where_zh}{together[0]}。只公开说好的名字。",
            f"Raised in {place.county_en}{together[1]}. Only agreed names.",
        ),
    )


def _other(passport: Passport, life: Life) -> dict[str, Any]:
    place = place_of(passport, life.place)
    parts_zh, parts_en = [_breed(life)[0]], [_breed(life)[1]]
    if life.age_days is not None:
        parts_zh.append(f"{life.age_days} 天")
        parts_en.append(f"{life.age_days} days")
    if life.weights:
        parts_zh.append(f"{kilograms(life.weights[-1].kg)} kg")
        parts_en.append(f"{kilograms(life.weights[-1].kg)} kg")
    if place is not None:
        parts_zh.append(place.township)
        parts_en.append(place.township)
    return {"ear_tag": life.ear_tag, "text": ("，".join(parts_zh), ", ".join(parts_en))}


def _grid_sentence(counts: dict[DayState, int]) -> Words:
    calm, watched = counts[DayState.CALM], counts[DayState.WATCHED]
    missing, untagged = counts[DayState.MISSING], counts[DayState.UNTAGGED]
    return (
        f"体温平稳 {calm} 天，用药和观察 {watched} 天，缺数据 {missing} 天，戴耳标前 {untagged} 天。",
        f"{calm} days calm, {watched} treated or watched, {missing} missing, {untagged} before tagging.",
    )


def _distance(life: Life) -> dict[str, Any] | None:
    if (band := life.distance) is None:
        return None
    picture = distance_picture(band)
    low, middle, high, _ = kilometres_band(band.low_m, band.middle_m, band.high_m)
    days = life.days.count(DayState.MISSING)
    return {
        "low": picture.low,
        "middle": picture.middle,
        "high": picture.high,
        "low_km": low,
        "middle_km": middle,
        "high_km": high,
        "sentence": (
            f"最可能 {middle} km，在 {low} 到 {high} km 之间。不是比赛。",
            f"Most likely {middle} km, between {low} and {high} km. Not a race.",
        ),
        "method": (METHOD_ZH, METHOD_EN),
        "left_out": (f"缺数据的 {days} 天没有算。", f"{days} days without data are not counted.") if days else None,
    }


def _checks(passport: Passport) -> Iterator[Row]:
    for certificate in {found for life in passport.lives for found in life.certificates}:
        number, (zh, en) = certificate.number, words_for(RESULTS, certificate.result)
        yield Row(
            icon="paper",
            title=(f"{certificate.name} {zh}", f"Quarantine certificate: {en}"),
            note=(f"{certificate.on} 出具，编号 {number}", f"Issued {certificate.on}, No. {number}"),
        )
    yield from _medicine_checks(passport)
    yield from _use_by(passport)
    yield from _mass(passport)


def _medicine_checks(passport: Passport) -> Iterator[Row]:
    treatments = [(life, treatment) for life in passport.lives for treatment in life.treatments]
    raised_on_record = bool(passport.lives) and all(life.born_on is not None for life in passport.lives)
    if raised_on_record and not treatments:
        yield Row(icon="cross", title=("没有用药记录", "No medicine on record"), note=("", ""))
    for life, treatment in treatments:
        if treatment.withdrawal_until is None:
            continue
        until, left = treatment.withdrawal_until, (life.until - treatment.withdrawal_until).days
        if left >= 0:
            zh, en = f"屠宰在 {left} 天之后", f"slaughtered {left} days later"
            title = ("休药期已过", "Withdrawal period was over")
        else:
            zh, en = f"屠宰早了 {-left} 天", f"slaughtered {-left} days too early"
            title = ("休药期没满", "Within a withdrawal period")
        yield Row(
            icon="cross",
            title=title,
            note=(f"休药期到 {short_day(until)[0]}，{zh}", f"Until {short_day(until)[1]}, {en}"),
            warn=left < 0,
        )


def _use_by(passport: Passport) -> Iterator[Row]:
    product, packing = passport.product, passport.packing
    if packing is None or packing.use_by is None:
        return
    storage_zh, storage_en = ("", "") if product is None else (product.storage_zh, product.storage_en)
    day_zh, day_en = whole_day(packing.use_by)
    yield Row(
        icon="snow",
        title=(f"请在 {day_zh}前吃", f"Use by {day_en}"),
        note=(
            "，".join(part for part in (storage_zh, f"装盒 {packing.on}") if part),
            ", ".join(part for part in (storage_en, f"packed {packing.on}") if part),
        ),
        warn=passport.state == "expired",
    )


def _mass(passport: Passport) -> Iterator[Row]:
    slaughter, packing = passport.slaughter, passport.packing
    if slaughter is None or packing is None or slaughter.carcass_kg is None or packing.packed_kg is None:
        return
    fits = packing.packed_kg <= slaughter.carcass_kg
    packed, carcass = kilograms(packing.packed_kg), kilograms(slaughter.carcass_kg)
    yield Row(
        icon="scale",
        title=("重量对得上", "The weights agree") if fits else ("重量对不上", "The weights do not agree"),
        note=(f"装盒合计 {packed} kg，胴体 {carcass} kg", f"{packed} kg packed of a {carcass} kg carcass"),
        warn=not fits,
    )


def _proofs(passport: Passport, language: Language) -> Iterator[Row]:
    evidence = passport.evidence
    if evidence.expected > 0:
        share = min(100 * evidence.readings / evidence.expected, 100)
        yield Row(
            icon="clip",
            title=(f"完整 {share:.1f}%", f"{share:.1f} % complete"),
            note=(
                f"耳标应到 {evidence.expected:,} 次，收到 {evidence.readings:,} 次",
                f"{evidence.readings:,} of {evidence.expected:,} messages of the ear tag arrived",
            ),
        )
    yield Row(icon="clock", title=("什么时候记的", "When it was recorded"), note=_recorded(passport, language))


def _recorded(passport: Passport, language: Language) -> Words:
    """How many records were written down at once and how many later; why, where it is the demonstration's past."""
    evidence = passport.evidence
    lag = language.lag(evidence.longest_lag)
    if not evidence.later:
        return f"{evidence.events} 条都在一天内记下", f"All {evidence.events} records within a day"
    if evidence.at_once:
        zh = f"{evidence.at_once} 条在一天内记下，{evidence.later} 条事后补记，最长晚 {lag}"
        en = f"{evidence.at_once} records within a day, {evidence.later} later, the longest {lag} after"
    else:
        zh = f"{evidence.later} 条都是事后补记，最长晚 {lag}，每条写明晚多久"
        en = f"All {evidence.later} records later, the longest {lag} after; each says by how much"
    if passport.simulated:
        return f"{zh}。演示的过去是一次装入的，所以算补记。", f"{en}. The demonstration's past was loaded at once."
    return zh, en
