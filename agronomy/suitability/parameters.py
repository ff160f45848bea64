"""What suitability assumes, each with its reason: `tables/suitability_parameters.csv`."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from agronomy.table_rows import table_rows


@cache
def parameters() -> Mapping[str, float]:
    """Every assumption by name, in the unit of the table."""
    return MappingProxyType({row["name"]: float(row["value"]) for row in table_rows("suitability_parameters")})


def parameter(name: str) -> float:
    """The assumption of that name."""
    return parameters()[name]


@cache
def factor_words() -> Mapping[str, Mapping[str, str]]:
    """What each factor is called and what to do about it, by factor: zh, en, advice_zh, advice_en."""
    return MappingProxyType({row["factor"]: MappingProxyType(row) for row in table_rows("suitability_factors")})
