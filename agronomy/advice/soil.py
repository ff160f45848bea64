"""The soil of a case: its profile, and what the models take of it."""

from dataclasses import replace

from agronomy.advice.case import FieldCase
from agronomy.advice.profile import SoilProfile, soil_profile
from agronomy.soil.samples import Soil


def profile_of(case: FieldCase) -> SoilProfile:
    """The profile of the case's field on its day."""
    return soil_profile(
        case.field.id,
        case.samples,
        today=case.today,
        probes=case.probes,
        drainage=case.field.drainage,
        depth_cm=case.field.depth_cm,
    )


def known_soil(case: FieldCase, profile: SoilProfile) -> Soil:
    """The soil by its laboratory; the texture as people named it where no laboratory found one."""
    soil = profile.soil()
    if soil.texture is not None or case.field.texture is None:
        return soil
    unknown = {name: told for name, told in soil.unknown.items() if name != "texture"}
    return replace(soil, texture=case.field.texture, unknown=unknown)
