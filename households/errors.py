"""Errors of the households package."""


class HouseholdError(Exception):
    """Root of what can go wrong with households, claims and users."""


class DuplicateRecordError(HouseholdError):
    """A record of that kind and id is there already."""

    def __init__(self, kind: str, identifier: str) -> None:
        self.kind, self.identifier = kind, identifier
        super().__init__(f"{kind} {identifier} is registered already")
