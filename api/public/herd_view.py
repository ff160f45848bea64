"""Meat of several pigs in a few figures: medians with their ranges, and where they were raised."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from api.public.blocks import Fact, Row
from api.public.language import kilograms
from api.public.words import BREEDS, Words, clipped, words_for
from traceability.life import Life
from traceability.passport import Passport, place_of

MOST_TOWNSHIPS = 4


class Span(NamedTuple):
    """The middle of some values and their bounds."""

    low: float
    middle: float
    high: float


def herd_facts(lives: Sequence[Life]) -> Iterator[Fact]:
    """Age, weight and distance in the middle of the herd; each says how many animals it is of."""
    ages = [float(life.age_days) for life in lives if life.age_days is not None]
    if ages:
        yield _fact(_span(ages), "天", "days", ("出栏时", "at slaughter"), len(ages), lambda value: f"{value:.0f}")
    weights = [life.weights[-1].kg for life in lives if life.weights and life.weights[-1].age_days > 0]
    if weights:
        yield _fact(_span(weights), "kg", "kg", ("最后称重", "last weight"), len(weights), kilograms)
    walked = [life.distance.middle_m / 1000 for life in lives if life.distance is not None]
    if walked:
        yield _fact(_span(walked), "km", "km", ("走过", "walked"), len(walked), lambda value: f"{value:.0f}")


def herd_rows(passport: Passport) -> Iterator[Row]:
    """Which animals, and where they were raised."""
    breeds = Counter(words_for(BREEDS, life.breed) if life.breed else ("猪", "pigs") for life in passport.lives)
    yield Row(
        icon="tag",
        title=(f"{len(passport.lives)} 头猪", f"{len(passport.lives)} pigs"),
        note=_counted(breeds.most_common(3), "头"),
    )
    places = [place_of(passport, life.place) for life in passport.lives]
    townships = Counter(
        (place.township, f"{place.township} ({place.county_en})") for place in places if place is not None
    )
    if townships:
        shown = townships.most_common(MOST_TOWNSHIPS)
        yield Row(
            icon="gate",
            title=(f"{len(townships)} 个乡镇", f"{len(townships)} townships" if len(townships) > 1 else "1 township"),
            note=_counted(shown, "头"),
        )


def _counted(counts: Iterable[tuple[Words, int]], unit: str) -> Words:
    told = list(counts)
    return (
        "，".join(f"{clipped(words[0], 30)} {count} {unit}" for words, count in told),
        ", ".join(f"{count} {clipped(words[1], 40)}" for words, count in told),
    )


def _span(values: Sequence[float]) -> Span:
    return Span(min(values), median(values), max(values))


def _fact(span: Span, unit_zh: str, unit_en: str, what: Words, count: int, figure: Callable[[float], str]) -> Fact:
    low, high = figure(span.low), figure(span.high)
    around = ("", "") if low == high else (f"，{low} 到 {high}", f", {low} to {high}")
    return Fact(
        figure=figure(span.middle),
        unit=(unit_zh, unit_en),
        label=(f"{what[0]}，{count} 头的中间值{around[0]}", f"{what[1]}, median of {count}{around[1]}"),
    )
