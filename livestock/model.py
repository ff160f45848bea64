"""Animals."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from observations.identifiers import EarTagNumber, FarmId


class Sex(StrEnum):
    """Sex of an animal, in ICAR's words."""

    FEMALE = "Female"
    FEMALE_NEUTER = "FemaleNeuter"
    MALE = "Male"
    MALE_CRYPTORCHID = "MaleCryptorchid"
    MALE_NEUTER = "MaleNeuter"
    UNKNOWN = "Unknown"


class AnimalStatus(StrEnum):
    """Where an animal is in its life, in ICAR's words."""

    ALIVE = "Alive"
    DEAD = "Dead"
    OFF_FARM = "OffFarm"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    """One animal; `left_on` is the local day it died or left for slaughter."""

    id: EarTagNumber
    farm: FarmId
    breed: str
    sex: Sex
    born_on: date
    status: AnimalStatus = AnimalStatus.ALIVE
    left_on: date | None = None
