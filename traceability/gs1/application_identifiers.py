"""GS1 Application Identifiers as far as they are spoken here: a row each in `application_identifiers.csv`."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from traceability.gs1.keys import CHARACTER_SET_82, DIGITS, check_digit
from traceability.gs1.rules import (
    CHARACTERS,
    COMPANY_PREFIX,
    DATE,
    DIGITS_ONLY,
    EMPTY,
    Rule,
    check_digit_rule,
    length_rule,
)

_CHECKED_HEAD = 13
"""A GDTI's first 13 digits end in a check digit; a serial may follow."""


_PREFIXED = re.compile(r"[0-9]{4}.")
"""The shortest GS1 company prefix has four digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationIdentifier:
    """One AI: which values it takes, whether it is a key of a Digital Link, and which qualifiers follow it in order.

    kind: "N" digits, "X" character set 82, "N+X" 13 digits and then set 82.
    check: "check" last digit is a check digit, "check13" the thirteenth is, "prefix" it begins with a company prefix
    (at least four digits, and something behind them), "date" yymmdd, "" none.
    qualifiers: alternatives, each a sequence in its order.
    """

    pattern: re.Pattern[str]
    kind: str
    shortest: int
    longest: int
    check: str
    is_key: bool
    qualifiers: tuple[tuple[str, ...], ...]

    def broken_rule(self, value: str) -> Rule | None:
        """The first rule that `value` breaks."""
        if not value:
            return EMPTY
        digits = {"N": value, "N+X": value[:_CHECKED_HEAD]}.get(self.kind, "")
        if not DIGITS.fullmatch(digits):
            return DIGITS_ONLY
        if not CHARACTER_SET_82.fullmatch(value):
            return CHARACTERS
        if not self.shortest <= len(value) <= self.longest:
            return length_rule(self.shortest, self.longest)
        return self._broken_check(value, digits)

    def _broken_check(self, value: str, digits: str) -> Rule | None:
        if self.check.startswith("check"):
            expected = check_digit(digits[:-1])
            return None if digits[-1] == expected else check_digit_rule(expected)
        if self.check == "prefix":
            return None if _PREFIXED.match(value) else COMPANY_PREFIX
        if self.check == "date":
            month, day = int(value[2:4]), int(value[4:6])
            # Day 00 is allowed: the last day of that month (GS1 General Specifications 3.4.7).
            return None if 1 <= month <= 12 and day <= 31 else DATE  # noqa: PLR2004 months and days
        return None


@cache
def application_identifiers() -> tuple[ApplicationIdentifier, ...]:
    """Every row of the table."""
    text = files("traceability.gs1").joinpath("application_identifiers.csv").read_text(encoding="utf-8")
    return tuple(
        ApplicationIdentifier(
            pattern=re.compile(row["pattern"]),
            kind=row["kind"],
            shortest=int(row["shortest"]),
            longest=int(row["longest"]),
            check=row["check"],
            is_key=row["key"] == "key",
            qualifiers=tuple(tuple(part.split()) for part in row["qualifiers"].split("|")),
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def application_identifier(ai: str) -> ApplicationIdentifier | None:
    """The row for `ai`."""
    return next((row for row in application_identifiers() if row.pattern.fullmatch(ai)), None)
