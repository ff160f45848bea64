"""Herds: the living animals of one township's farms, looked at together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from api.access import Viewer, holds
from api.freshness import Freshness, Punctuality
from api.readings import Reading, latest_readings, newest_of
from devices.deployments import streams
from livestock.model import Animal, AnimalStatus
from observations.model import Stream
from observations.ports import ObservationStore


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedAnimal:
    """An animal with its newest readings and the tag it wears; readings empty where nothing arrived."""

    animal: Animal
    readings: Sequence[Reading]
    tag: Freshness | None

    @property
    def punctuality(self) -> Punctuality | None:
        """How its tag keeps time; None where it wears none."""
        return None if self.tag is None else self.tag.punctuality


@dataclass(frozen=True, slots=True, kw_only=True)
class Herd:
    """The living animals of a township's farms. `name` is the township, "" where it is not known."""

    name: str
    households: int
    animals: Sequence[TaggedAnimal]
    streams: Sequence[Stream]

    @property
    def tagged(self) -> int:
        """How many wear a tag now."""
        return sum(animal.tag is not None for animal in self.animals)

    @property
    def on_time(self) -> int:
        """How many tags are on time."""
        return sum(animal.punctuality is Punctuality.ON_TIME for animal in self.animals)

    @property
    def without_data(self) -> int:
        """How many tags are silent or were never heard."""
        return sum(animal.punctuality in {Punctuality.SILENT, Punctuality.NEVER} for animal in self.animals)

    @property
    def ear_temperature(self) -> tuple[float, Reading] | None:
        """The median of the values that are not stale (of all, where all are), and the youngest reading in it."""
        readings = [
            reading
            for reading in (newest_of(animal.readings, "ear_temperature") for animal in self.animals)
            if reading is not None
        ]
        current = [reading for reading in readings if not reading.stale] or readings
        if not current:
            return None
        youngest = min(current, key=lambda reading: reading.age_s)
        return median(reading.value for reading in current), youngest


def herds_of(viewer: Viewer, fresh: Mapping[str, Freshness]) -> list[Herd]:
    """The viewer's herds, by name; those with the most tags without data first."""
    grouped: dict[str, list[Animal]] = {}
    for animal in viewer.animals.values():
        if animal.status is AnimalStatus.ALIVE:
            grouped.setdefault(viewer.township(animal.farm), []).append(animal)
    herds = [_herd(viewer, name, animals, fresh) for name, animals in grouped.items()]
    return sorted(herds, key=lambda herd: (-herd.without_data, herd.name))


def tagged_animal(
    store: ObservationStore, animal: Animal, worn: Sequence[Stream], tag: Freshness | None, now: datetime
) -> TaggedAnimal:
    """The animal with what it shows now."""
    return TaggedAnimal(animal=animal, readings=latest_readings(store, worn, now), tag=tag)


def tag_of(viewer: Viewer, animal: Animal, fresh: Mapping[str, Freshness]) -> Freshness | None:
    """How fresh the tag is that the animal wears now."""
    for deployment in reversed(viewer.animal_deployments.get(animal.id, [])):
        if holds(deployment, viewer.now):
            return fresh.get(deployment.device)
    return None


def _herd(viewer: Viewer, name: str, animals: Sequence[Animal], fresh: Mapping[str, Freshness]) -> Herd:
    worn = {animal.id: streams(viewer.animal_deployments[animal.id]) for animal in animals}
    return Herd(
        name=name,
        households=len({viewer.farms[animal.farm].household for animal in animals}),
        animals=[
            tagged_animal(
                viewer.services.observations, animal, worn[animal.id], tag_of(viewer, animal, fresh), viewer.now
            )
            for animal in animals
        ],
        streams=[stream for each in worn.values() for stream in each],
    )
