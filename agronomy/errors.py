"""Errors of the agronomy package."""


class AgronomyError(Exception):
    """Root of what can go wrong with fields."""


class FieldExistsError(AgronomyError):
    """A field's id is taken."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"field {field} is registered already")
