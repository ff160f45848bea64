"""What a probe's electrical conductivity says of salt: little, until temperature and water are taken out of it."""

REFERENCE_C = 25.0
PER_KELVIN = 0.019
"""Rise of conductivity a degree, as a share of that at 25 degrees (salinity notes): see the function below."""
DRY_PERMITTIVITY = 4.1
"""Permittivity of soil at zero conductivity (Hilhorst 2000, mean of mineral soils) [unconfirmed]."""
DRIEST_SHARE = 0.10
"""Hilhorst's model holds above this water content, as a share of volume (salinity notes)."""


def conductivity_at_25c(ec_ds_m: float, *, temperature_c: float) -> float:
    """The conductivity it would have at 25 degrees Celsius, dS/m: EC25 = ECt / (1 + 0.019 (T - 25)).

    Raises ValueError below -20 degrees, where the line is of no meaning.
    """
    divisor = 1 + PER_KELVIN * (temperature_c - REFERENCE_C)
    if divisor <= 1 + PER_KELVIN * (-20.0 - REFERENCE_C):
        msg = f"{temperature_c} degrees Celsius is too cold to correct a conductivity for"
        raise ValueError(msg)
    return ec_ds_m / divisor


def permittivity(water_share: float) -> float:
    """Relative permittivity of a mineral soil of that water content, a share of volume (Topp 1980) [unconfirmed]."""
    return 3.03 + 9.3 * water_share + 146.0 * water_share**2 - 76.7 * water_share**3


def pore_water_conductivity(bulk_ds_m: float, *, water_share: float, temperature_c: float) -> float | None:
    """Conductivity of the water in the pores, dS/m (Hilhorst 2000): ECp = e_water EC / (e_soil - 4.1).

    bulk_ds_m: at 25 degrees Celsius. None where the soil is too dry for the model (up to 10 % of volume).
    """
    if water_share <= DRIEST_SHARE:
        return None
    water = 80.3 - 0.37 * (temperature_c - 20.0)
    return water * bulk_ds_m / (permittivity(water_share) - DRY_PERMITTIVITY)


def extract_conductivity(
    bulk_ds_m: float, *, water_share: float, saturated_share: float, temperature_c: float
) -> float | None:
    """An estimate of ECe, dS/m at 25 degrees Celsius: the salt of the pores thinned to saturation.

    saturated_share: water content at saturation, a share of volume. None where the model does not hold.
    """
    pores = pore_water_conductivity(bulk_ds_m, water_share=water_share, temperature_c=temperature_c)
    if pores is None or saturated_share < water_share:
        return None
    return pores * water_share / saturated_share
