import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agronomy.crops.requirements import CropNotFoundError, crop_from_row, crops, find_crop
from agronomy.soil.samples import Soil
from agronomy.suitability.crop_columns import columns_of
from agronomy.suitability.ecocrop import dismo
from agronomy.suitability.parameters import factor_words
from agronomy.suitability.scores import NOTHING, UNKNOWN, DeficitError, assess, assess_field, score
from agronomy.suitability.soil_fit import SoilClassError, relative_yield
from agronomy.weather.climate import Climate
from tests.agronomy.known_climates import CHANGDE, CHANGSHA, DESERT

PRESENCE = Path(__file__).parents[4] / "shared/conformance/agronomy/hunan_crop_presence.csv"
needs_presence = pytest.mark.skipif(not PRESENCE.exists(), reason=f"{PRESENCE} is not there")

# The conditions of the published figure: Changde 1981-2010, pH 6.0, nothing else known of the soil, irrigated
FIXED = Soil(ph=6.0)
HUNAN_GROWS = ("Oryza sativa", "Ipomoea batatas", "Brassica napus", "Camellia sinensis", "Zea mays", "Capsicum annuum",
               "Nelumbo nucifera", "Zingiber officinale", "Citrus unshiu", "Boehmeria nivea", "Vicia faba",
               "Citrullus lanatus", "Astragalus sinicus")  # fmt: skip
TROPICAL_TREES = ("Theobroma cacao", "Elaeis guineensis", "Hevea brasiliensis", "Cocos nucifera", "Garcinia mangostana",
                  "Nephelium lappaceum", "Myristica fragrans", "Artocarpus altilis")  # fmt: skip


def labelled(climate: Climate, soil: Soil | None, *, irrigated: bool) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    field = assess_field(climate, soil, irrigated=irrigated)
    with PRESENCE.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    scores = np.array([field.score_of(row["species"]).score for row in rows])
    return scores, np.array([row["grown_in_hunan"] == "1" for row in rows])


def auc(scores: NDArray[np.float64], grown: NDArray[np.bool_]) -> float:
    yes, no = scores[grown][:, None], scores[~grown]
    return float(((yes > no) + 0.5 * (yes == no)).mean())


def bootstrap(scores: NDArray[np.float64], grown: NDArray[np.bool_], draws: int = 2000) -> tuple[float, float]:
    random = np.random.default_rng(15)
    yes, no = scores[grown], scores[~grown]
    found = []
    for _ in range(draws):
        drawn = np.concatenate((random.choice(yes, len(yes)), random.choice(no, len(no))))
        found.append(auc(drawn, np.arange(len(drawn)) < len(yes)))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


@needs_presence
def test_what_hunan_grows_scores_above_what_it_does_not() -> None:
    scores, grown = labelled(CHANGDE, FIXED, irrigated=True)
    low, high = bootstrap(scores, grown)
    assert auc(scores, grown) >= 0.93
    assert low >= 0.87
    assert high > low
    assert scores[grown].min() > 0


@needs_presence
@pytest.mark.parametrize("climate", [CHANGDE, CHANGSHA], ids=lambda climate: climate.place)
@pytest.mark.parametrize("ph", [None, 5.8, 6.0, 6.5])
@pytest.mark.parametrize("irrigated", [True, False])
def test_the_figure_hangs_on_no_single_condition(climate: Climate, ph: float | None, *, irrigated: bool) -> None:
    scores, grown = labelled(climate, Soil(ph=ph), irrigated=irrigated)
    assert auc(scores, grown) >= 0.9
    assert scores[grown].min() > 0


@needs_presence
def test_the_figure_holds_on_random_halves_of_the_list() -> None:
    scores, grown = labelled(CHANGDE, FIXED, irrigated=True)
    random = np.random.default_rng(7)
    halves = [random.permutation(len(scores))[: len(scores) // 2] for _ in range(200)]
    assert np.quantile([auc(scores[half], grown[half]) for half in halves], 0.1) >= 0.88


@needs_presence
def test_naive_ecocrop_is_beaten_by_far() -> None:
    with PRESENCE.open(encoding="utf-8") as lines:
        names = [row["species"] for row in csv.DictReader(lines)]
    months = (CHANGDE.tmin_c, CHANGDE.tmean_c, CHANGDE.rain_mm)
    naive = np.array([max(dismo(find_crop(name).parameters, *months, rainfed=False)) for name in names])
    scores, grown = labelled(CHANGDE, FIXED, irrigated=True)
    assert auc(scores, grown) > auc(naive, grown) + 0.05


@pytest.mark.parametrize("name", HUNAN_GROWS)
def test_crops_of_hunan_are_never_at_zero(name: str) -> None:
    assert score(name, CHANGDE, FIXED, True).score > 0.1


@pytest.mark.parametrize("name", TROPICAL_TREES)
def test_tropical_trees_freeze_in_hunan(name: str) -> None:
    found = score(name, CHANGDE, FIXED, True)
    assert found.score < 0.05
    assert found.limiting_factor == "winter_cold"


@pytest.mark.parametrize("name", HUNAN_GROWS)
@pytest.mark.parametrize("irrigated", [True, False])
def test_the_same_field_in_a_desert_is_refused(name: str, *, irrigated: bool) -> None:
    found = score(name, DESERT, FIXED, irrigated)
    assert found.score < 0.05
    assert found.limiting_factor == "water_shortage"


def test_sweet_potato_is_planted_in_spring_and_nothing_limits_it() -> None:
    found = assess("Ipomoea batatas", CHANGDE, FIXED, True)
    assert found.limiting_factor == NOTHING
    assert {4, 5, 6} <= set(found.planting_months)
    assert not {11, 12, 1, 2} & set(found.planting_months)
    assert found.annual


def test_tea_is_a_stand_that_acid_soil_suits() -> None:
    assert not assess("Camellia sinensis", CHANGDE, FIXED, True).annual
    acid, neutral = (score("Camellia sinensis", CHANGDE, Soil(ph=ph), True) for ph in (5.0, 6.5))
    assert acid.score > 2 * neutral.score
    assert neutral.limiting_factor == "soil_ph"


def test_lotus_wants_the_water_that_peach_cannot_stand() -> None:
    wet, dry = Soil(ph=6.2, drainage="very poor"), Soil(ph=6.2, drainage="well")
    assert score("Zizania latifolia", CHANGDE, wet, True).score > score("Zizania latifolia", CHANGDE, dry, True).score
    assert score("Prunus persica", CHANGDE, wet, True).limiting_factor == "drainage"


def test_salt_takes_what_maas_and_hoffman_say() -> None:
    fresh, salty = (score("Ipomoea batatas", CHANGDE, Soil(ph=6.0, ece_ds_m=ece), True) for ece in (1.0, 5.5))
    assert salty.score / fresh.score == pytest.approx(1 - 0.11 * 4, rel=1e-6)
    assert salty.limiting_factor == "salinity"
    assert relative_yield(20, 1.5, 11) == 0


def test_factors_come_smallest_first_and_each_has_words() -> None:
    soil = Soil(ph=5.0, drainage="poor", texture="clay", depth_cm=30, ece_ds_m=2)
    found = assess("Brassica napus", CHANGDE, soil, True)
    values = [factor.value for factor in found.factors]
    assert values == sorted(values)
    assert found.score == pytest.approx(np.prod(values))
    assert {factor.name for factor in found.factors} <= set(factor_words())
    assert UNKNOWN in factor_words()


def test_what_nobody_measured_is_named() -> None:
    assert "field: soil_ph" in assess("Oryza sativa", CHANGDE, None, True).unknown
    assert "crop: winter_cold" in assess("Oryza sativa", CHANGDE, None, True).unknown
    assert "crop: climate_zone" in assess("Zea mays", CHANGDE, FIXED, True).unknown


def test_a_crop_without_temperature_limits_is_not_advised() -> None:
    unknown = next(crop for crop in crops().values() if crop.temperature_c is None)
    assert score(unknown, CHANGDE, FIXED, True) == (0.0, UNKNOWN)


def test_an_invented_crop_works_from_its_row() -> None:
    limits = {"GMIN": 80, "GMAX": 170, "TMIN": 10, "TOPMN": 18, "TOPMX": 28, "TMAX": 38, "RMIN": 350, "ROPMN": 750}
    row: dict[str, str | float | None] = {"scientific_name": "Invented crop", **limits, "ROPMX": 2000, "RMAX": 5000}
    invented = crop_from_row(row)
    assert score(invented, CHANGDE, FIXED, True).score > 0.9
    field = assess_field(CHANGDE, FIXED, irrigated=True, columns=columns_of([*crops().values(), invented]))
    assert field.score_of("Invented crop") == score(invented, CHANGDE, FIXED, True)


def test_one_crop_alone_scores_as_among_all() -> None:
    field = assess_field(CHANGDE, Soil(ph=5.6, texture="loam"), irrigated=False)
    for name in HUNAN_GROWS:
        assert field.score_of(name) == score(name, CHANGDE, Soil(ph=5.6, texture="loam"), False)


def test_the_best_come_first_and_are_known() -> None:
    best = assess_field(CHANGDE, FIXED, irrigated=True).best(50)
    assert [one.score for one in best] == sorted((one.score for one in best), reverse=True)
    assert all(one.crop.temperature_c for one in best)
    few = assess_field(CHANGDE, FIXED, irrigated=True).best(3, among=HUNAN_GROWS)
    assert {one.crop.scientific_name for one in few} <= set(HUNAN_GROWS)


def test_a_water_balance_takes_the_place_of_rain() -> None:
    dry = score("Zea mays", CHANGDE, FIXED, False, water_deficit=0.6)
    assert dry.score == pytest.approx(0.4 * score("Zea mays", CHANGDE, FIXED, True).score)
    assert dry.limiting_factor == "water_shortage"
    with pytest.raises(DeficitError, match="Zea mays"):
        score("Zea mays", CHANGDE, FIXED, False, water_deficit=1.5)


def test_names_and_classes_that_do_not_exist_are_errors() -> None:
    with pytest.raises(CropNotFoundError):
        score("Nihil", CHANGDE, FIXED, True)
    with pytest.raises(SoilClassError, match="loam"):
        score("Oryza sativa", CHANGDE, Soil(texture="mud"), True)
    with pytest.raises(SoilClassError, match="poor"):
        score("Oryza sativa", CHANGDE, Soil(drainage="soggy"), True)


months = st.lists(st.floats(-30, 40), min_size=12, max_size=12)


@given(months, st.lists(st.floats(0, 600), min_size=12, max_size=12), st.floats(3, 10), st.booleans())
def test_scores_are_shares_in_any_climate(mean: list[float], rain: list[float], ph: float, irrigated: bool) -> None:  # noqa: FBT001 - hypothesis
    climate = Climate(
        place="anywhere",
        latitude_deg=28,
        altitude_m=0,
        tmin_c=tuple(value - 4 for value in mean),
        tmean_c=tuple(mean),
        tmax_c=tuple(value + 4 for value in mean),
        rain_mm=tuple(rain),
    )
    field = assess_field(climate, Soil(ph=ph), irrigated=irrigated, columns=SMALL)
    assert np.isfinite(field.scores).all()
    assert ((field.scores >= 0) & (field.scores <= 1)).all()


SMALL = columns_of([find_crop(name) for name in (*HUNAN_GROWS, *TROPICAL_TREES)])
