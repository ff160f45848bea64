"""What confirmed harvests teach: each with what is known of its field."""

from collections.abc import Callable, Sequence

from agronomy.model import Field
from agronomy.weather.climatology import ClimateStation
from agronomy.yields.expected import YieldModel
from agronomy.yields.fitting import fit, observed
from agronomy.yields.harvests import Harvest
from agronomy.yields.known_effects import YieldCase
from agronomy.yields.relative_yields import Growing, anomaly, surfaces
from observations.identifiers import FieldId

Lookup = Callable[[FieldId], tuple[Field, ClimateStation | None] | None]
"""The field of that id and the climate that stands for it; None where it is not registered."""


def model_of(harvests: Sequence[Harvest], lookup: Lookup) -> YieldModel:
    """The yield model after these harvests; those of fields that nobody knows teach nothing."""
    seen = []
    for harvest in harvests:
        known = lookup(harvest.field)
        told = None if known is None else observed(harvest, _case(harvest, *known))
        if told is not None:
            seen.append(told)
    return fit(seen)


def _case(harvest: Harvest, field: Field, climate: ClimateStation | None) -> YieldCase:
    warmer, wetter = 0.0, 1.0
    if climate is not None and harvest.crop in surfaces():
        warmer, wetter = anomaly(harvest.crop, climate.climate)
    return YieldCase(
        crop=harvest.crop,
        growing=Growing(texture=field.texture, irrigated=bool(field.irrigated), warmer_c=warmer, rain_ratio=wetter),
        variety=harvest.variety,
        township=harvest.township,
    )
