"""Forms of a field: what was typed, what of it cannot be read, and the sample, test or harvest that it makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from agronomy.gate.crop_tests import CropTest
from agronomy.model import Field
from agronomy.soil.analytes import Analyte, analytes
from agronomy.soil.report_cells import ReportCellError, date_in, depth_in, stored_unit, value_in
from agronomy.soil.samples import LaboratoryValue, SoilSample
from agronomy.yields.harvests import Harvest, HarvestError
from api.console.words import Words

GATE_ANALYTES = ("ph", "cd", "arsenic", "hg", "pb", "cr", "cu", "ni", "zn")
OTHER_ANALYTES = (
    "organic_matter", "alkali_hydrolysable_n", "olsen_p", "available_k", "cec", "ece", "sand", "silt", "clay",
)  # fmt: skip
CROP_ELEMENTS = ("cd", "pb", "arsenic", "hg", "cr")
LONGEST_LABORATORY = 120
Read = TypeVar("Read")


@dataclass(slots=True, kw_only=True)
class FilledForm:
    """What somebody typed, by name, and what is wrong with it; nothing typed is ever lost."""

    typed: Mapping[str, str]
    wrong: dict[str, Words] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """What was typed there; "" where nothing was."""
        return self.typed.get(name, "").strip()

    def read(self, name: str, reader: Callable[[str], Read]) -> Read | None:
        """What the reader makes of the entry; None, with the problem beside it, where it cannot be read."""
        try:
            return reader(self[name])
        except ReportCellError as error:
            self.wrong[name] = Words(zh=error.zh, en=error.en)
        return None

    def needed(self, name: str, words: Words) -> str:
        """The entry; with the words beside it where it is empty."""
        if not self[name]:
            self.wrong[name] = words
        return self[name]


def form_analytes(names: Sequence[str]) -> list[Analyte]:
    """The analytes that a form asks for."""
    return [analytes()[name] for name in names]


def sample_of(form: FilledForm, place: Field, *, today: date) -> SoilSample | None:
    """The sample that the form describes; None where something in it is wrong."""
    sampled_on = _day(form, "sampled_on", today)
    depth = form.read("depth", depth_in)
    laboratory = _laboratory(form)
    values = {name: value for name in (*GATE_ANALYTES, *OTHER_ANALYTES) if (value := _value(form, name)) is not None}
    if not values and not form.wrong:
        form.wrong["ph"] = Words(zh="至少填一项化验值", en="enter at least one value")
    if form.wrong or sampled_on is None or depth is None:
        return None
    number = form["report_number"]
    parts = (place.id, sampled_on.isoformat(), f"{depth[0]:g}-{depth[1]:g}cm", laboratory, number)
    return SoilSample(
        id="/".join(part for part in parts if part),
        field=place.id,
        sampled_on=sampled_on,
        depth_cm=depth,
        laboratory=laboratory,
        values=values,
        report_number=number,
    )


def crop_test_of(form: FilledForm, place: Field, crops: Sequence[str], *, today: date) -> CropTest | None:
    """The crop test that the form describes; None where something in it is wrong. crops: what it may be of."""
    sampled_on = _day(form, "sampled_on", today)
    laboratory = _laboratory(form)
    if form["crop"] not in crops:
        form.wrong["crop"] = Words(zh="选一种作物", en="choose a crop")
    if form["element"] not in CROP_ELEMENTS:
        form.wrong["element"] = Words(zh="选一种元素", en="choose an element")
        return None
    form.needed("value", Words(zh="填化验值，如 0.043±0.006 或 <0.01", en="enter the value, e.g. 0.043±0.006 or <0.01"))
    about = analytes()[form["element"]]
    value = form.read("value", lambda text: value_in(text, about, stored_unit(about))) if form["value"] else None
    if form.wrong or sampled_on is None or value is None:
        return None
    parts = (place.id, form["crop"], form["element"], sampled_on.isoformat(), laboratory, form["report_number"])
    return CropTest(
        field=place.id,
        crop=form["crop"],
        element=form["element"],
        value=value,
        sampled_on=sampled_on,
        laboratory=laboratory,
        id="/".join(part for part in parts if part),
    )


def harvest_of(form: FilledForm, place: Field, crops: Sequence[str], *, today: date, by: str) -> Harvest | None:
    """The harvest that the form describes; None where something in it is wrong."""
    harvested_on = _day(form, "harvested_on", today)
    if form["crop"] not in crops:
        form.wrong["crop"] = Words(zh="选一种作物", en="choose a crop")
    area, weight = _number(form, "area_mu"), _number(form, "fresh_jin")
    if form.wrong or harvested_on is None or area is None or weight is None:
        return None
    try:
        return Harvest(
            field=place.id,
            crop=form["crop"],
            season=harvested_on.year,
            harvested_on=harvested_on,
            area_mu=area,
            fresh_kg=weight / 2,
            recorded_by=by,
            variety=form["variety"],
            confirmed=form["confirmed"] == "yes",
        )
    except HarvestError as error:
        name = {"area_mu": "area_mu", "fresh_kg": "fresh_jin"}.get(error.what, "fresh_jin")
        form.wrong[name] = Words(zh="面积或斤数不对，请核对", en=str(error))
        return None


def _day(form: FilledForm, name: str, today: date) -> date | None:
    day = form.read(name, date_in)
    if day is not None and day > today:
        form.wrong[name] = Words(zh=f"{day} 还没到", en=f"{day} is still to come")
        return None
    return day


def _laboratory(form: FilledForm) -> str:
    said = Words(zh="写化验单位：只认化验室的结果", en="name the laboratory: only laboratory results count")
    return form.needed("laboratory", said)[:LONGEST_LABORATORY]


def _value(form: FilledForm, name: str) -> LaboratoryValue | None:
    about = analytes()[name]
    if not form[name]:
        return None
    return form.read(name, lambda text: value_in(text, about, stored_unit(about)))


def _number(form: FilledForm, name: str) -> Decimal | None:
    try:
        number = Decimal(form[name])
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        form.wrong[name] = Words(zh="填大于 0 的数，如 2.4", en="enter a number above 0, e.g. 2.4")
        return None
    return number
