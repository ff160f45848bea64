"""Which of a field's laboratory values decide: the newest of the topsoil, and never the milder of two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agronomy.errors import SoilValueError
from agronomy.gate.reasons import upper
from agronomy.soil.analytes import analytes, checked
from agronomy.soil.samples import LaboratoryValue, SoilSample
from agronomy.soil.settings import gate_setting, months_after


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisiveValue:
    """The value that counts, and where it is from.

    expired: too old to relax anything; it may still tighten. sample: the ids of the samples it was taken from.
    """

    value: LaboratoryValue
    sampled_on: date | None = None
    sample: str = ""
    laboratory: str = ""
    expired: bool = False


def decisive_values(samples: Iterable[SoilSample], *, today: date) -> Mapping[str, DecisiveValue]:
    """What counts for each analyte: the newest value of the topsoil that is not of a day to come.

    Where values of the same day disagree, the stricter holds: the highest content, and of pH the span of them all.
    Raises SoilValueError for a value that no soil can have and for a sample without a laboratory.
    """
    newest: dict[str, list[SoilSample]] = {}
    for sample in usable_samples(samples, today=today):
        for name in sample.values:
            kept = newest.setdefault(name, [])
            if kept and sample.sampled_on > kept[0].sampled_on:
                kept.clear()
            if not kept or sample.sampled_on == kept[0].sampled_on:
                kept.append(sample)
    return {name: _decisive(name, kept, today) for name, kept in newest.items()}


def usable_samples(samples: Iterable[SoilSample], *, today: date) -> Sequence[SoilSample]:
    """The samples that may decide: of a laboratory, of the topsoil, of no day to come."""
    usable = []
    for sample in samples:
        if not sample.laboratory.strip():
            why = f"sample {sample.id} names no laboratory; only laboratory values count"
            raise SoilValueError(what="laboratory", value=sample.laboratory, why=why)
        if is_topsoil(sample.depth_cm) and sample.sampled_on <= today:
            usable.append(sample)
    return usable


def is_topsoil(depth_cm: tuple[float, float]) -> bool:
    """Whether at least half of that layer (cm) is of the tillage layer: deeper soil would thin what it holds."""
    top, bottom = depth_cm
    shared = min(bottom, gate_setting("topsoil_cm")) - top
    return shared > 0 and shared >= gate_setting("topsoil_share") * (bottom - top)


def _decisive(name: str, samples: Sequence[SoilSample], today: date) -> DecisiveValue:
    values = [checked(name, sample.values[name]) for sample in samples]
    first = samples[0]
    about = analytes().get(name)
    expired = about is not None and today > months_after(first.sampled_on, about.valid_months)
    return DecisiveValue(
        value=spanned(values) if name == "ph" else max(values, key=upper),
        sampled_on=first.sampled_on,
        sample=", ".join(sorted({sample.id for sample in samples})),
        laboratory=", ".join(sorted({sample.laboratory for sample in samples})),
        expired=expired,
    )


def spanned(values: Sequence[LaboratoryValue]) -> LaboratoryValue:
    """One value whose uncertainty reaches over all of them."""
    if len(values) == 1:
        return values[0]
    low = min(value.value - (value.uncertainty or 0.0) for value in values)
    high = max(value.value + (value.uncertainty or 0.0) for value in values)
    return LaboratoryValue(value=(low + high) / 2, uncertainty=(high - low) / 2)
