from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agronomy.yields.harvests import Harvest, HarvestError
from observations.identifiers import FieldId

GOOD = Harvest(
    field=FieldId.parse("field-7"),
    crop="Ipomoea batatas",
    season=2026,
    harvested_on=date(2026, 10, 28),
    area_mu=Decimal("1.5"),
    fresh_kg=Decimal(3600),
    recorded_by="station",
)


def test_a_harvest_says_its_yield_a_hectare_and_in_jin_a_mu() -> None:
    assert GOOD.kg_ha == pytest.approx(36_000)
    assert GOOD.jin_mu == pytest.approx(4_800)


def test_a_harvest_of_nothing_is_a_harvest() -> None:
    assert replace(GOOD, fresh_kg=Decimal(0)).kg_ha == 0


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("crop", " "),
        ("recorded_by", ""),
        ("season", 26),
        ("harvested_on", date(2024, 1, 1)),
        ("area_mu", Decimal(0)),
        ("area_mu", Decimal("NaN")),
        ("area_mu", Decimal(-2)),
        ("area_mu", Decimal(1_000_000)),
        ("fresh_kg", Decimal(-1)),
        ("fresh_kg", Decimal("Infinity")),
        ("fresh_kg", Decimal(3_600_000)),
        ("dry_matter_percent", 101.0),
        ("dry_matter_percent", float("nan")),
        ("moisture_percent", -1.0),
    ],
)
def test_what_no_field_can_give_is_refused_by_name(what: str, value: Any) -> None:  # noqa: ANN401 - any part
    with pytest.raises(HarvestError) as refused:
        replace(GOOD, **{what: value})
    assert refused.value.what == what
    assert refused.value.problem


def test_moisture_and_dry_matter_must_agree() -> None:
    assert replace(GOOD, dry_matter_percent=30.0, moisture_percent=70.0).moisture_percent == 70
    with pytest.raises(HarvestError, match="moisture_percent"):
        replace(GOOD, dry_matter_percent=30.0, moisture_percent=60.0)
