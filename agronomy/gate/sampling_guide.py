"""How to take a sample and where it can be tested: rows of `sampling_guide.csv` and `laboratories.csv`."""

from dataclasses import dataclass
from functools import cache

from agronomy.table_rows import table_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingStep:
    """One step of taking a sample; confirmed: False where it was not checked against a source."""

    zh: str
    en: str
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """Where a test can be had; serves: "soil", "crop". how_to_reach: an address, a number, or whom to ask."""

    id: str
    zh: str
    en: str
    place: str
    serves: frozenset[str]
    how_to_reach: str
    confirmed: bool
    source: str


@cache
def sampling_steps() -> tuple[SamplingStep, ...]:
    """The steps, in order."""
    return tuple(
        SamplingStep(zh=row["zh"], en=row["en"], confirmed=row["confirmed"] == "yes", source=row["source"])
        for row in table_rows("sampling_guide")
    )


@cache
def laboratories_for(serves: str) -> tuple[Laboratory, ...]:
    """Where "soil" or a "crop" can be tested."""
    places = (
        Laboratory(
            id=row["id"],
            zh=row["zh"],
            en=row["en"],
            place=row["place"],
            serves=frozenset(row["serves"].split("|")),
            how_to_reach=row["how_to_reach"],
            confirmed=row["confirmed"] == "yes",
            source=row["source"],
        )
        for row in table_rows("laboratories")
    )
    return tuple(place for place in places if serves in place.serves)
