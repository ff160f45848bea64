"""How much lime a field takes: a published table by texture and pH, split so that no application is too large."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from agronomy.errors import AgronomyError
from agronomy.model import MU_PER_HA
from agronomy.table_rows import table_rows

AIM_PH = 6.5
"""The pH to which the table's rates lead; higher is never aimed at: lime beyond it locks up trace elements."""

_G_M2_TO_KG_MU = 10 / MU_PER_HA


class LimeError(AgronomyError):
    """No lime dose can be given for these values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimeDose:
    """Lime for one field, kg/mu of the material in total, and how often at most how much at once.

    low_kg_mu, high_kg_mu: the range of the table; over all textures where the field's is unknown.
    confirmed: False where any row behind it is unconfirmed. advice: what to do between applications.
    """

    material: str
    zh: str
    en: str
    from_ph: float
    target_ph: float
    low_kg_mu: float
    high_kg_mu: float
    applications: int
    largest_kg_mu: float
    texture_known: bool
    confirmed: bool
    sources: Sequence[str]
    note: str = "the table's unit (g/m2) and its aim (about pH 6.5) follow from its text; they are not printed in it"
    advice_zh: str = "每次撒完翻耕，过半年再测酸碱，再定下一次"
    advice_en: str = "plough in after each application, measure pH again after half a year before the next"


def lime_dose(ph: float, target_ph: float, texture: str | None, material: str = "ground_limestone") -> LimeDose | None:
    """Lime to bring the plough layer from `ph` to `target_ph`; None where none is needed.

    ph: in water, of a laboratory. texture: a class, or None. material: a row of `tables/lime_materials.csv`.
    Between the table's pH steps the rate is read off a straight line; a lower aim takes the
    part of the rate that it is of the way to 6.5 (assumed). Raises LimeError.
    """
    _check(ph, target_ph, material)
    if ph >= target_ph:
        return None
    rates = [_rate_kg_mu(name, ph) for name in _rate_textures(texture)]
    way = (target_ph - ph) / (AIM_PH - ph)
    stuff = lime_materials()[material]
    low, high = (way * kg / float(stuff["caco3_per_kg"]) for kg in (min(r[0] for r in rates), max(r[1] for r in rates)))
    largest = float(stuff["largest_kg_mu"])
    rows = [row for row in table_rows("lime_rates") if row["texture"] in _rate_textures(texture)]
    return LimeDose(
        material=material,
        zh=stuff["zh"],
        en=stuff["en"],
        from_ph=ph,
        target_ph=target_ph,
        low_kg_mu=low,
        high_kg_mu=high,
        applications=max(1, math.ceil(high / largest)),
        largest_kg_mu=min(high, largest),
        texture_known=texture is not None,
        confirmed=all(row["status"] == "verified" for row in (*rows, stuff)),
        sources=sorted({row["source"] for row in (*rows, stuff)}),
    )


@cache
def lime_materials() -> Mapping[str, Mapping[str, str]]:
    """The materials by name."""
    return MappingProxyType({row["material"]: MappingProxyType(row) for row in table_rows("lime_materials")})


@cache
def _textures() -> Mapping[str, str]:
    return MappingProxyType({row["soil_class"]: row["rate_texture"] for row in table_rows("lime_textures")})


def _rate_textures(texture: str | None) -> Sequence[str]:
    """The rows of the rate table that a soil class stands for; all of them where it is unknown."""
    if texture is None:
        return sorted(set(_textures().values()))
    if texture not in _textures():
        msg = f"no lime rate for texture {texture!r}: use one of {', '.join(_textures())}, or leave it unknown"
        raise LimeError(msg)
    return [_textures()[texture]]


def _rate_kg_mu(texture: str, ph: float) -> tuple[float, float]:
    """Least and most CaCO3 to reach 6.5, kg/mu; nothing at 6.5, and the last step's rate below the table."""
    rows = sorted(
        (row for row in table_rows("lime_rates") if row["texture"] == texture), key=lambda r: float(r["start_ph"])
    )
    steps = [*(float(row["start_ph"]) for row in rows), AIM_PH]
    low, high = (
        float(np.interp(ph, steps, [*(float(row[name]) for row in rows), 0.0])) * _G_M2_TO_KG_MU
        for name in ("low_g_m2", "high_g_m2")
    )
    return low, high


def _check(ph: float, target_ph: float, material: str) -> None:
    if not 2 <= ph <= 12:  # noqa: PLR2004 - no soil lies outside
        msg = f"pH {ph!r} is no soil's pH: enter the laboratory's value in water"
        raise LimeError(msg)
    if not target_ph <= AIM_PH:
        msg = f"lime aims at pH {AIM_PH} at most, not {target_ph!r}"
        raise LimeError(msg)
    if material not in lime_materials():
        msg = f"no lime material {material!r}: use one of {', '.join(lime_materials())}"
        raise LimeError(msg)
