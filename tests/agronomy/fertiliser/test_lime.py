import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.fertiliser.lime import AIM_PH, LimeError, lime_dose, lime_materials


def test_the_published_rate_for_loam() -> None:
    dose = lime_dose(5.0, 6.5, "loam")
    assert dose is not None
    assert (dose.low_kg_mu, dose.high_kg_mu) == pytest.approx((33.33, 66.67), abs=0.01)
    assert dose.confirmed
    assert dose.sources


def test_no_application_is_larger_than_its_source_allows() -> None:
    dose = lime_dose(3.5, 6.5, "clay")
    assert dose is not None
    assert dose.high_kg_mu == pytest.approx(233.33, abs=0.01)
    assert (dose.applications, dose.largest_kg_mu) == (2, 200)


def test_quicklime_takes_less_and_an_unknown_texture_widens_the_range() -> None:
    stone, quick, unknown = lime_dose(5, 6, "loam"), lime_dose(5, 6, "loam", "quicklime"), lime_dose(5, 6, None)
    assert stone is not None
    assert quick is not None
    assert unknown is not None
    assert quick.high_kg_mu == pytest.approx(stone.high_kg_mu / 1.79)
    assert unknown.low_kg_mu <= stone.low_kg_mu < stone.high_kg_mu <= unknown.high_kg_mu
    assert not unknown.texture_known


def test_a_field_that_is_there_needs_none() -> None:
    assert lime_dose(6.5, 6.5, "loam") is None


@pytest.mark.parametrize(
    ("ph", "target", "texture", "material"),
    [(15, 6, "loam", "quicklime"), (float("nan"), 6, None, "quicklime"), (5, 7.5, "loam", "quicklime"),
     (5, 6, "mud", "quicklime"), (5, 6, "loam", "chalk dust")],
)  # fmt: skip
def test_what_cannot_be_limed_is_an_error(ph: float, target: float, texture: str | None, material: str) -> None:
    with pytest.raises(LimeError):
        lime_dose(ph, target, texture, material)


@given(st.floats(3, 6.4), st.floats(0, 1), st.sampled_from(sorted(lime_materials())))
def test_more_acid_soil_never_takes_less(ph: float, more: float, material: str) -> None:
    here, acid = lime_dose(ph, AIM_PH, "loam", material), lime_dose(max(2.0, ph - more), AIM_PH, "loam", material)
    assert here is not None
    assert acid is not None
    assert 0 <= here.low_kg_mu <= here.high_kg_mu <= acid.high_kg_mu + 1e-9
    assert acid.applications * lime_largest(material) >= acid.high_kg_mu - 1e-9


def lime_largest(material: str) -> float:
    return float(lime_materials()[material]["largest_kg_mu"])
