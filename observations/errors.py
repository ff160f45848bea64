"""Errors of the shared vocabulary."""


class ObservationError(Exception):
    """Root of what can go wrong with observations."""


class IdentifierError(ObservationError, ValueError):
    """A text is no identifier of the wanted kind."""

    def __init__(self, *, kind: str, text: str, expected: str) -> None:
        self.kind, self.text, self.expected = kind, text, expected
        super().__init__(f"{text[:80]!r} is no {kind}: expected {expected}")


class UnknownPropertyError(ObservationError, KeyError):
    """A name that is in no row of the table of observed properties."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name[:80]!r} is no observed property; the table is observations/properties.csv")

    def __str__(self) -> str:
        """The message without KeyError's quotes."""
        return str(self.args[0])


class StoreUnavailableError(ObservationError):
    """The store cannot answer now; what was not confirmed must be kept and tried again."""


class BatchRefusedError(ObservationError):
    """The store is there but refuses this batch; a smaller part of it may still go in."""


class InvalidCorrectionError(ObservationError, ValueError):
    """A correction says something that cannot be stored or would not be believed."""


class NoSuchValueError(ObservationError, LookupError):
    """A correction is of a value that is not there."""

    def __init__(self, *, device: str, channel: str, observed_property: str, phenomenon_ms: int) -> None:
        self.device, self.channel = device, channel
        self.observed_property, self.phenomenon_ms = observed_property, phenomenon_ms
        of = f"{device} channel {channel}" if channel else device
        super().__init__(
            f"{of} has no {observed_property} of phenomenon time {phenomenon_ms} ms since 1970: the time must be"
            " the one the device sent, to the millisecond (an export lists them)"
        )
