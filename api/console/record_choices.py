"""What a form of records offers to choose from: places, animals, tags, products, all of them the viewer's to see."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from api.access import Viewer
from api.console.words import Words
from devices.model import DeviceKind
from livestock.model import Animal, AnimalStatus
from traceability.lives.kinds import EventField, Whereabouts
from traceability.medicines import MEDICINES, PESTICIDES, Products, periods

MOST_LISTED = 300
"""Animals that one page lists; of larger herds those of one farm are."""
MOST_SUGGESTED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A value that a field may have, and what it is called."""

    value: str
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAnimal:
    """A living animal that may be ticked; days: its age."""

    number: str
    days: int
    breed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HerdPart:
    """The living animals of one farm."""

    gln: str
    label: str
    animals: Sequence[ListedAnimal]


class Choices:
    """What is there to choose from for one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    def places(self, whereabouts: Whereabouts) -> list[Option]:
        """Where such a record can be made: the viewer's farms, the houses that work for many farms, or both."""
        farms = self._farms if whereabouts is not Whereabouts.HOUSE else []
        houses = self._houses if whereabouts is not Whereabouts.FARM else []
        return [*farms, *houses]

    def herd(self, place: str) -> list[HerdPart]:
        """The living animals by farm: of that place where it is a farm's, else of all unless they are too many."""
        parts = [part for part in self._herds if part.gln == place] or self._herds
        return parts if sum(len(part.animals) for part in parts) <= MOST_LISTED else []

    def suggestions(self, field: EventField) -> list[Option]:
        """What is usually written there; anything else may be."""
        by_field: Mapping[str, Callable[[], Iterable[Option]]] = {
            "breed": lambda: _plain({animal.breed for animal in self._animals}),
            "tag": self._tags,
            "old_tag": self._tags,
            "medicine": lambda: _named(MEDICINES),
            "pesticide": lambda: _named(PESTICIDES),
            "variety": lambda: _plain({field.variety for field in self._viewer.fields.values() if field.variety}),
            "field": self._fields,
        }
        by_type: Mapping[str, Callable[[], Iterable[Option]]] = {
            "gln": lambda: self.places(Whereabouts.ANY),
            "gtin": self._products,
            "animal": self.animals,
        }
        offered = by_field.get(field.field) or by_type.get(field.type, list)
        return list(offered())[:MOST_SUGGESTED]

    def animals(self) -> list[Option]:
        """The living animals by number."""
        return [
            Option(value=animal.number, words=Words(zh=part.label, en=""))
            for part in self._herds
            for animal in part.animals
        ][:MOST_SUGGESTED]

    @cached_property
    def _animals(self) -> list[Animal]:
        return [animal for animal in self._viewer.animals.values() if animal.status is AnimalStatus.ALIVE]

    @cached_property
    def _herds(self) -> list[HerdPart]:
        viewer, herds = self._viewer, dict[str, list[ListedAnimal]]()
        for animal in sorted(self._animals, key=lambda each: each.id):
            today = viewer.now.astimezone(viewer.zone(animal.farm)).date()
            herds.setdefault(animal.farm, []).append(_listed(animal, today))
        return [
            HerdPart(gln=farm.gln, label=viewer.label(farm.id), animals=herds[farm.id])
            for farm in viewer.farms.values()
            if farm.id in herds
        ]

    @cached_property
    def _farms(self) -> list[Option]:
        viewer = self._viewer
        found = [Option(value=farm.gln, words=Words(zh=viewer.label(farm.id), en="")) for farm in viewer.farms.values()]
        return sorted(found, key=lambda option: option.words.zh)

    @cached_property
    def _houses(self) -> list[Option]:
        return [
            Option(value=house.gln, words=Words(zh=house.name, en="")) for house in self._viewer.services.facilities()
        ]

    def _tags(self) -> Iterable[Option]:
        tags = [each.device for each in self._viewer.devices.values() if each.device.kind is DeviceKind.EAR_TAG]
        worn = self._viewer.open_deployments
        for tag in tags:
            on = next((str(each.animal) for each in worn.get(tag.id, ()) if each.animal is not None), "")
            yield Option(value=tag.id, words=Words(zh=on and f"在 {on} 上", en=""))

    def _products(self) -> Iterable[Option]:
        return [
            Option(value=product.gtin, words=Words(zh=product.name_zh, en=product.name_en))
            for product in self._viewer.services.catalogue()
        ]

    def _fields(self) -> Iterable[Option]:
        viewer = self._viewer
        return [
            Option(value=field.id, words=Words(zh=f"{viewer.label(field.farm)} {field.name}", en=""))
            for field in viewer.fields.values()
        ]


def _listed(animal: Animal, today: date) -> ListedAnimal:
    return ListedAnimal(number=animal.id, days=(today - animal.born_on).days, breed=animal.breed)


def _plain(values: Iterable[str]) -> list[Option]:
    return [Option(value=value, words=Words(zh="", en="")) for value in sorted(values)]


def _named(products: Products) -> list[Option]:
    """The products that the table knows, each by its first name."""
    return _plain({period.names[0] for period in periods(products.periods)})
