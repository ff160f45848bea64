"""What the fields of a stored row are called."""

DELAY, CORRECTION, SEQUENCE = "delay_ms", "correction_ms", "sequence"
MARKS_OF_ROW = (DELAY, CORRECTION, SEQUENCE)
"""Received and corrected time, as distances from the time as sent; the row's last arrival."""


def suspect_field(observed_property: str) -> str:
    """Where a value lies that is never shown as good: apart, so that nothing has to be joined to leave it out."""
    return f"{observed_property}_suspect"


def flags_field(field: str) -> str:
    """Where the flags of a value lie that has any."""
    return f"{field}_flags"
