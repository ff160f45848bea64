"""What the pack's page shows, from its passport: figures chosen and put into words, absent where not supported."""

from collections.abc import Iterator
from typing import Any

from api.public.alert_view import alert_view
from api.public.blocks import Fact, Raiser
from api.public.checks_view import check_rows
from api.public.herd_view import herd_facts, herd_rows
from api.public.language import Language, kilograms, kilometres_band, pack_weight, short_day
from api.public.life_line import shown_milestones
from api.public.money_view import money_view
from api.public.photos import photos_view
from api.public.pictures import day_grid, distance_picture, hillside
from api.public.proofs_view import proof_rows
from api.public.services import PublicServices
from api.public.states import STATES
from api.public.weather_view import weather_view
from api.public.words import BREEDS, ENOUGH_HOUSEHOLDS, Words, clipped, clipped_words, words_for
from livestock.distance import METHOD_EN, METHOD_ZH
from traceability.life import DayState, Life
from traceability.model import PublicPlace
from traceability.passport import Passport, place_of

MOST_RAISERS = 3


def pack_view(passport: Passport, language: Language, services: PublicServices) -> dict[str, Any]:
    """The variables of the page's template."""
    life = passport.lives[0] if len(passport.lives) == 1 else None
    title = _title(passport, life)
    raisers = list(_raisers(passport))
    return {
        "passport": passport,
        "state": STATES[passport.state],
        "alert": alert_view(passport, language),
        "simulated": passport.simulated,
        "title": title,
        "subtitle": _subtitle(passport),
        "beside": clipped_words(_product_name(passport)),
        "facts": list(herd_facts(passport.lives) if life is None else _facts(life)),
        "raisers": raisers[:MOST_RAISERS],
        "more_raisers": len(raisers) - MOST_RAISERS,
        "money": money_view(passport, services.prices),
        "herd": list(herd_rows(passport)) if len(passport.lives) > 1 else [],
        "checks": list(check_rows(passport)),
        "photos": photos_view(passport, services),
        "proofs": list(proof_rows(passport, language)),
        "kilograms": kilograms,
        "description": _description(passport, title),
        **_one_life(passport, life, services),
    }


def _one_life(passport: Passport, life: Life | None, services: PublicServices) -> dict[str, Any]:
    """What is drawn of a single animal; of several their middle is told, not their pictures."""
    if life is None:
        empty = dict.fromkeys(("life", "hill", "grid", "distance", "weather"))
        return {**empty, "hill_sentence": ("", ""), "grid_sentence": ("", ""), "milestones": [], "more_line": 0}
    grid = day_grid(life)
    line, more = shown_milestones(passport, life)
    return {
        "life": life,
        "hill": hillside(life.weights),
        "hill_sentence": _hill_sentence(life),
        "milestones": line,
        "more_line": more,
        "grid": grid,
        "grid_sentence": ("", "") if grid is None else _grid_sentence(grid.counts),
        "distance": _distance(life),
        "weather": weather_view(life, services.weathers),
    }


def _description(passport: Passport, title: Words) -> Words:
    """What a search engine or a chat shows under the link."""
    zh, en = STATES[passport.state].line
    name = clipped_words(_product_name(passport), 40)
    return (
        f"{zh}。{name[0]}：{title[0]}。一生的经过、检验和用药、记录可信到什么程度。",
        f"{en}. {name[1]}: {title[1]}. Its life, checks and medicines, and how far the records can be trusted.",
    )


def _breed(life: Life) -> Words:
    return clipped_words(words_for(BREEDS, life.breed), 30) if life.breed else ("猪", "pig")


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
    zh, en = clipped_words(_product_name(passport))
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
    township = clipped(place.township, 30)
    if place.name:
        name = (clipped(place.name, 40),) * 2
    elif several:
        name = (f"{township} · {place.households} 户合作", f"{township} · {place.households} households")
    else:
        name = (f"{township}的农户", f"Farmers of {township}")
    together = (f"，{place.households} 户一起养", f", {place.households} households together") if several else ("", "")
    where_zh = f"{place.county_zh}{township}{clipped(village, 30)}" if place.name or village else place.county_zh
    return Raiser(
        name=name,
        where=(
            f"{where_zh}{together[0]}。只公开说好的名字。",
            f"Raised in {place.county_en}{together[1]}. Only agreed names.",
        ),
    )


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
