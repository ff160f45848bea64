"""Sales without a certificate: what an enterprise or a cooperative sold and promised nothing for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from observations.identifiers import EarTagNumber
from traceability.archive.model import Archive
from traceability.archive.reading import step_of
from traceability.archive.tables import items
from traceability.compliance.tables import in_force_since, sale_steps
from traceability.context import animal_giai

GONE = "OffFarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredSale:
    """An animal that was sold alive without a certificate.

    by: what tells it, the event's id, "" where only the register does. mandatory: its seller had to give one.
    """

    animal: EarTagNumber
    farm: str
    sold_on: date
    by: str
    mandatory: bool


def uncovered_sales(
    archive: Archive, covering: Mapping[str, Sequence[str]], *, mandatory: Callable[[date], bool]
) -> list[UncoveredSale]:
    """The farm's animals that were sold since certificates are asked for and stand in none, by day.

    covering: by the animal's URI, the certificates that name it.
    """
    found: dict[EarTagNumber, UncoveredSale] = {}
    for animal, sold_on, by in sorted(_sales(archive)):
        if sold_on >= in_force_since() and animal not in found and not covering.get(_uri(archive, animal)):
            found[animal] = UncoveredSale(
                animal=animal, farm=archive.keeper.farm, sold_on=sold_on, by=by, mandatory=mandatory(sold_on)
            )
    return sorted(found.values(), key=lambda sale: (sale.sold_on, sale.animal))


def sold_animals(archive: Archive) -> Collection[str]:
    """The URIs of the animals that were sold."""
    return {_uri(archive, animal) for animal, _, _ in _sales(archive)}


def _uri(archive: Archive, animal: EarTagNumber) -> str:
    """The animal's key; of one that an event names and the farm has not, what it would get at first."""
    own = next((each.giai for each in archive.animals if each.number == animal), None)
    return (own or animal_giai(animal)).uri


def _sales(archive: Archive) -> Iterable[tuple[EarTagNumber, date, str]]:
    for item in items():
        for entry in archive.entries[item]:
            if not entry.declared_wrong and step_of(entry.event) in sale_steps():
                yield from ((animal, entry.day, entry.event_id) for animal in entry.animals)
    for each in archive.animals:
        if each.status == GONE and each.left_on is not None:
            yield each.number, each.left_on, ""
