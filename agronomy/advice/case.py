"""What advice is made from: all that is known of one field on one day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as empty
from datetime import date, datetime
from functools import cache

from agronomy.advice.ranking import Money
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import OfficialClass
from agronomy.model import Field
from agronomy.pushes.due import SentPush
from agronomy.soil.probes import ProbeSummary
from agronomy.soil.samples import SoilSample
from agronomy.table_rows import table_rows
from agronomy.water.sensor_windows import SensorColumn
from agronomy.weather.climatology import ClimateStation
from agronomy.weather.days import FilledDay
from agronomy.yields.expected import YieldModel


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCase:
    """One field as advice sees it; what is not known is left out.

    today: the local date of the farm; now: the same moment, aware UTC. samples: laboratory samples; crop_tests: of
    harvests of this field. official: the class an authority gave. probes: what the quality gate left of the probes;
    columns: their good readings of the last days. climate, climate_km: the stored climate that stands for the field,
    and how far away it was measured (0 where somebody chose it). weather: days from today on. sent: every push of this
    field. money: by scientific name. model: yields, as local harvests taught them.
    """

    field: Field
    today: date
    now: datetime
    model: YieldModel
    samples: Sequence[SoilSample] = ()
    crop_tests: Sequence[CropTest] = ()
    official: OfficialClass | None = None
    probes: Sequence[ProbeSummary] = ()
    columns: Sequence[SensorColumn] = ()
    climate: ClimateStation | None = None
    climate_km: float = 0.0
    weather: Sequence[FilledDay] = ()
    sent: Sequence[SentPush] = ()
    township: str = ""
    money: Mapping[str, Money] = empty(default_factory=dict)


@cache
def advice_setting(name: str) -> float:
    """The number of that row of `advice_settings.csv`."""
    return next(float(row["value"]) for row in table_rows("advice_settings") if row["setting"] == name)
