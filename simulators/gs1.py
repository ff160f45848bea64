"""GS1 keys as this simulated firm writes them, under GS1's demonstration prefix 952."""

COMPANY_PREFIX = "9526000"
EVEN_WEIGHT, ODD_WEIGHT = 3, 1


def check_digit(digits: str) -> str:
    """The digit that completes `digits` (GS1 General Specifications 7.9.1: weights 3 and 1 from the right)."""
    total = sum(
        int(digit) * (EVEN_WEIGHT if place % 2 == 0 else ODD_WEIGHT) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def gln(location: int) -> str:
    """The 13-digit Global Location Number of location `location` (5 digits)."""
    digits = f"{COMPANY_PREFIX}{location:05d}"
    return digits + check_digit(digits)


def gtin(item: str) -> str:
    """The 14-digit Global Trade Item Number of item `item` (5 digits)."""
    digits = f"0{COMPANY_PREFIX}{item}"
    return digits + check_digit(digits)


def gln_uri(number: str) -> str:
    """The GLN as a GS1 Digital Link URI."""
    return f"https://id.gs1.org/414/{number}"


def giai_uri(reference: str) -> str:
    """An individual asset (a living pig by its ear-tag number, a tag by `T` and its id) as a GS1 Digital Link URI."""
    return f"https://id.gs1.org/8004/{COMPANY_PREFIX}{reference}"


def sgtin_uri(number: str, serial: str) -> str:
    """One piece of a trade item as a GS1 Digital Link URI."""
    return f"https://id.gs1.org/01/{number}/21/{serial}"
