"""Varieties of crops, and what is known of each, statement by statement with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows

Row = Mapping[str, str]

AGAINST_CHECK = "yield_against_check_percent"
TRIAL_YIELD = "trial_yield_kg_mu"


class VarietyTableError(AgronomyError):
    """A row about a variety contradicts the other tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What statements can be about; kind: "disease", "quality", "evidence", or "record" (never an expectation)."""

    name: str
    kind: str
    unit: str
    unit_zh: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A grade of resistance; weight: positive resists, negative suffers."""

    name: str
    weight: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing somebody said of a variety.

    low, high: a range in the trait's unit, None where the statement has no number or no such end.
    grade: for diseases. evidence: breeder, trial, measured block, memory. confirmed: False where no source was seen.
    """

    trait: Trait
    low: float | None
    high: float | None
    grade: Grade | None
    zh: str
    en: str
    evidence: str
    confirmed: bool
    source: str

    @property
    def middle(self) -> float | None:
        """The middle of the range, or the one end there is."""
        ends = [end for end in (self.low, self.high) if end is not None]
        return sum(ends) / len(ends) if ends else None

    def told_zh(self) -> str:
        """The statement in Chinese, marked where it is unconfirmed."""
        said = "，".join(
            part for part in (self.grade.zh if self.grade else self._range(self.trait.unit_zh), self.zh) if part
        )
        return f"{self.trait.zh}：{said}{'' if self.confirmed else '（未核实）'}"

    def told_en(self) -> str:
        """The statement in English, marked where it is unconfirmed."""
        said = ", ".join(
            part for part in (self.grade.en if self.grade else self._range(self.trait.unit), self.en) if part
        )
        return f"{self.trait.en}: {said}{'' if self.confirmed else ' (unconfirmed)'}"

    def _range(self, unit: str) -> str:
        ends = [f"{end:g}" for end in (self.low, self.high) if end is not None]
        text = "–".join(dict.fromkeys(ends))
        space = "" if unit == "%" or not unit.isascii() else " "
        return f"{text}{space}{unit}" if text else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """A variety of a crop (scientific name); uses: what it is grown for; statements in the order of the table."""

    id: str
    crop: str
    zh: str
    en: str
    uses: frozenset[str]
    origin: str
    confirmed: bool
    source: str
    statements: tuple[Statement, ...] = ()

    def about(self, trait: str) -> tuple[Statement, ...]:
        """Every statement about that trait."""
        return tuple(statement for statement in self.statements if statement.trait.name == trait)

    def reaction(self, disease: str) -> Statement | None:
        """The statement on that disease that counts: the least resistant one, whoever made it."""
        graded = [statement for statement in self.about(disease) if statement.grade]
        return min(graded, key=_resistance, default=None)


def _resistance(statement: Statement) -> int:
    return statement.grade.weight if statement.grade else 0


@cache
def traits() -> Mapping[str, Trait]:
    """Every trait by name."""
    rows = table_rows("variety_traits")
    return MappingProxyType({row["trait"]: _trait(row) for row in rows})


@cache
def grades() -> Mapping[str, Grade]:
    """Every grade of resistance by its letters."""
    rows = table_rows("resistance_grades")
    return MappingProxyType(
        {row["grade"]: Grade(name=row["grade"], weight=int(row["weight"]), zh=row["zh"], en=row["en"]) for row in rows}
    )


@cache
def varieties() -> Mapping[str, Variety]:
    """Every variety of the tables by id."""
    return varieties_from(table_rows("varieties"), table_rows("variety_statements"))


def varieties_of(crop: str) -> tuple[Variety, ...]:
    """The varieties of the crop with that scientific name; empty where none is known."""
    return tuple(variety for variety in varieties().values() if variety.crop == crop)


def find_variety(name: str) -> Variety | None:
    """The variety with that id, or that Chinese or English name; None where the tables have none."""
    wanted = name.strip().casefold()
    known = varieties()
    return known.get(wanted) or next(
        (variety for variety in known.values() if wanted in {variety.zh.casefold(), variety.en.casefold()}), None
    )


def varieties_from(rows: Sequence[Row], statements: Sequence[Row]) -> Mapping[str, Variety]:
    """Varieties from rows of `varieties.csv` and `variety_statements.csv`; raises VarietyTableError."""
    known = {row["variety"] for row in rows}
    strangers = sorted({row["variety"] for row in statements} - known)
    if strangers:
        msg = f"variety_statements.csv speaks of {', '.join(strangers)}: add a row each to varieties.csv"
        raise VarietyTableError(msg)
    return MappingProxyType(
        {
            row["variety"]: _variety(row, [said for said in statements if said["variety"] == row["variety"]])
            for row in rows
        }
    )


def _variety(row: Row, statements: Sequence[Row]) -> Variety:
    return Variety(
        id=row["variety"],
        crop=row["crop"],
        zh=row["zh"],
        en=row["en"],
        uses=frozenset(row["uses"].split(";")),
        origin=row["origin"],
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
        statements=tuple(_statement(said) for said in statements),
    )


def _statement(row: Row) -> Statement:
    if row["trait"] not in traits() or (row["grade"] and row["grade"] not in grades()):
        msg = f"variety_statements.csv, {row['variety']}: unknown trait {row['trait']!r} or grade {row['grade']!r}"
        raise VarietyTableError(msg)
    return Statement(
        trait=traits()[row["trait"]],
        low=float(row["low"]) if row["low"] else None,
        high=float(row["high"]) if row["high"] else None,
        grade=grades()[row["grade"]] if row["grade"] else None,
        zh=row["zh"],
        en=row["en"],
        evidence=row["evidence"],
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
    )


def _trait(row: Row) -> Trait:
    return Trait(
        name=row["trait"], kind=row["kind"], unit=row["unit"], unit_zh=row["unit_zh"], zh=row["zh"], en=row["en"]
    )
