"""Errors of the agronomy package."""


class AgronomyError(Exception):
    """Root of what can go wrong with fields."""


class SoilValueError(AgronomyError, ValueError):
    """A value that no soil can have, or that cannot be told from another; `what`, `value` and `why` say which."""

    def __init__(self, *, what: str, value: object, why: str) -> None:
        self.what, self.value, self.why = what, value, why
        super().__init__(f"{what} = {value!r}: {why}; correct the entry")


class FieldExistsError(AgronomyError):
    """A field's id is taken."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"field {field} is registered already")
