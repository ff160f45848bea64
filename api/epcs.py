"""The names that events call our things by."""

from observations.identifiers import EarTagNumber

COMPANY_PREFIX = "9526000"
"""GS1's demonstration prefix 952, as agreed with those who send events."""


def epc_of_animal(animal: EarTagNumber) -> str:
    """The living animal's GIAI as a GS1 Digital Link URI."""
    return f"https://id.gs1.org/8004/{COMPANY_PREFIX}{animal}"
