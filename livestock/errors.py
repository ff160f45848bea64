"""Errors of the livestock package."""


class LivestockError(Exception):
    """Root of what can go wrong with animals."""


class AnimalExistsError(LivestockError):
    """An ear-tag number is never given twice (Order 67, art. 8)."""

    def __init__(self, animal: str) -> None:
        self.animal = animal
        super().__init__(f"animal {animal} is registered already; an ear-tag number is never given twice")
