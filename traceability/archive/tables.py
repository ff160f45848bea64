"""The archive's tables: what the law asks for, which step of an event belongs to which item, how long it is kept."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

OTHER = "other"
"""The item of what no row names: nothing that was recorded is left out."""
ANIMALS = "animals"
LEAP_DAY = (2, 29)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing the archive has to hold; source: the article that asks for it."""

    item: str
    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step of an animal's life is called, and the item under which it stands."""

    item: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of our own in words; personal: it names a person. unit: a Rec 20 symbol for people, "" for texts."""

    zh: str
    en: str
    unit: str
    personal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the archive of a kind of animal is kept; years: None for ever."""

    kind: str
    years: int | None
    zh: str
    en: str
    source: str

    def until(self, left_on: date) -> date | None:
        """The day before which nothing of an animal that left that day may be thrown away; None for ever."""
        if self.years is None:
            return None
        if (left_on.month, left_on.day) == LEAP_DAY:
            return date(left_on.year + self.years, 3, 1)
        return left_on.replace(year=left_on.year + self.years)


@cache
def items() -> Mapping[str, Item]:
    """Every item in the archive's order."""
    return {
        row["item"]: Item(item=row["item"], zh=row["zh"], en=row["en"], source=row["source"])
        for row in _rows("items.csv")
    }


@cache
def steps() -> Mapping[str, Step]:
    """Every known step by its short name."""
    return {row["step"]: Step(item=row["item"], zh=row["zh"], en=row["en"]) for row in _rows("steps.csv")}


@cache
def members() -> Mapping[str, Member]:
    """Every member of our own that has words."""
    return {
        row["member"]: Member(zh=row["zh"], en=row["en"], unit=row["unit"], personal=row["personal"] == "yes")
        for row in _rows("members.csv")
    }


@cache
def retentions() -> Mapping[str, Retention]:
    """How long, by kind of animal."""
    return {
        row["kind"]: Retention(
            kind=row["kind"],
            years=int(row["years"]) if row["years"] else None,
            zh=row["zh"],
            en=row["en"],
            source=row["source"],
        )
        for row in _rows("retention.csv")
    }


def retention_of(species: str, *, breeding: bool) -> Retention:
    """The rule for an animal of that species ("pig", "cattle", "sheep"); breeding stock is kept for ever."""
    kind = "breeding" if breeding else "commercial_pig" if species == "pig" else species
    return retentions()[kind]


def _rows(name: str) -> Iterable[Mapping[str, str]]:
    return csv.DictReader(files("traceability.archive").joinpath(name).read_text(encoding="utf-8").splitlines())
