from math import exp

import pytest

from agronomy.table_rows import table_rows
from agronomy.yields.anchors import (
    YieldTableError,
    anchors,
    anchors_from,
    jin_mu_from_kg_ha,
    kg_ha_from_kg_mu,
    priors,
    regional_level,
)

SWEET_POTATO = "Ipomoea batatas"


def test_the_level_of_sweet_potato_lies_where_the_region_reports_it() -> None:
    level = regional_level(SWEET_POTATO)
    assert level is not None
    assert 4_000 <= jin_mu_from_kg_ha(exp(level.mean_log)) <= 5_000


def test_eight_thousand_jin_is_never_an_expectation() -> None:
    level = regional_level(SWEET_POTATO)
    assert level is not None
    assert level.best_farm_kg_ha == pytest.approx(kg_ha_from_kg_mu(4_000))
    assert jin_mu_from_kg_ha(level.most_kg_ha) == pytest.approx(6_000)


def test_however_high_reports_get_the_expectation_stays_below_the_best_farm() -> None:
    rows = [dict(row) for row in table_rows("yield_anchors") if row["crop"] == SWEET_POTATO]
    boastful = anchors_from([{**row, "high_kg_mu": "9000"} if row["kind"] == "county" else row for row in rows])
    level = regional_level(SWEET_POTATO, boastful)
    assert level is not None
    assert jin_mu_from_kg_ha(level.most_kg_ha) <= 8_000 * priors()["below_best_farm"]


def test_a_breeders_block_changes_nothing() -> None:
    without = [anchor for anchor in anchors() if anchor.kind.name != "breeder_block"]
    assert regional_level(SWEET_POTATO, without) == regional_level(SWEET_POTATO)


def test_an_unconfirmed_report_weighs_less_than_a_confirmed_one() -> None:
    for kind in {anchor.kind for anchor in anchors() if anchor.kind.expectation}:
        assert kind.unconfirmed_discrepancy > kind.discrepancy


def test_reports_together_are_never_surer_than_the_floor() -> None:
    assert all(
        level.spread >= priors()["level_floor"]
        for level in (regional_level(anchor.crop) for anchor in anchors())
        if level
    )


def test_a_crop_nobody_reported_has_no_level() -> None:
    assert regional_level("Camellia sinensis") is None


@pytest.mark.parametrize(
    "table",
    [
        "yield_anchors",
        "anchor_kinds",
        "yield_priors",
        "wofost_weights",
        "texture_water",
        "wofost_crops",
        "wofost_normals",
    ],
)
def test_every_row_names_its_source(table: str) -> None:
    assert all(row["source"] for row in table_rows(table))


def test_an_unknown_kind_of_report_is_refused() -> None:
    with pytest.raises(YieldTableError, match="rumour"):
        anchors_from([{**table_rows("yield_anchors")[0], "kind": "rumour"}])
