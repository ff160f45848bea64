"""How old a result may be, how deep a sample, how absurd a number: rows of `gate_settings.csv`."""

import calendar
from datetime import date
from functools import cache

from agronomy.table_rows import table_rows

MONTHS_A_YEAR = 12


@cache
def gate_setting(name: str) -> float:
    """The value of that row."""
    return next(float(row["value"]) for row in table_rows("gate_settings") if row["setting"] == name)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where that day does not exist."""
    year, month = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))
