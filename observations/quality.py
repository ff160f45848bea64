"""How good one value is."""

from enum import IntFlag


class Quality(IntFlag):
    """Flags of one value; GOOD is none of them. Stored as one byte, never renumbered.

    A value with any flag of `SUSPECT` is stored and can be looked up, but is never shown as good,
    never the latest, and in no aggregate.
    """

    GOOD = 0
    OUT_OF_RANGE = 1
    """Outside the plausible range of its property."""
    STUCK = 2
    """The same value for longer than its property's `stuck_after`."""
    CLOCK_WRONG = 4
    """The device's time is before 2020, or ahead of the time received by more than a day."""
    ESTIMATED = 8
    """Derived by the device, not measured (N, P, K of an EC probe): shown, marked, never decisive."""
    SUPERSEDED = 16
    """What the device said, where a person corrected or withdrew it: kept beside what is in force; only ever shown."""
    CORRECTED = 32
    """Put in by a person for what the device said; only ever shown."""


SUSPECT = Quality.OUT_OF_RANGE | Quality.STUCK | Quality.CLOCK_WRONG | Quality.SUPERSEDED
