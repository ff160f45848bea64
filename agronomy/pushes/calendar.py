"""What grows when: the stages of a crop over its season, from the calendar of the region or from FAO-56."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from agronomy.table_rows import table_rows
from agronomy.water.crop_water import CropWater, crop_water, planted_in
from agronomy.water_tables import Row, number

GENERIC = (
    ("initial", "苗期", "initial"),
    ("development", "生长期", "development"),
    ("middle", "旺长期", "mid season"),
    ("late", "成熟期", "late season"),
)
NEW_YEAR = "01-01"
DAYS_OF_A_PLANTING = 365


class StageState(StrEnum):
    """Where a stage stands today."""

    PAST = "past"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of a crop in one season, first and last local day; moisture: percent of field capacity it likes."""

    stage: str
    zh: str
    en: str
    first: date
    last: date
    tasks_zh: str
    tasks_en: str
    moisture: tuple[float, float] | None
    confirmed: bool
    source: str

    def state(self, today: date) -> StageState:
        """Where it stands on that day."""
        if today < self.first:
            return StageState.AHEAD
        return StageState.PAST if today > self.last else StageState.NOW


def crop_key(crop: str) -> str | None:
    """The key of the crop in the tables by whatever name people call it; None where the tables have none."""
    found = crop_water(crop)
    return None if found is None else found.crop


def season_of(key: str, today: date, planted_on: date | None) -> int:
    """The year in which the crop's season on that day began; a planting of the last twelve months decides."""
    day = planted_on if planted_on is not None and 0 <= (today - planted_on).days <= DAYS_OF_A_PLANTING else today
    start = season_start(key)
    return day.year if (day.month, day.day) >= _month_day(start) else day.year - 1


def stages(crop: str, today: date, planted_on: date | None = None) -> tuple[Stage, ...]:
    """The stages of the crop in its present season, in order of their first days; () where nothing is known.

    From `calendar_stages.csv` where the crop is in it; otherwise the lengths of FAO-56 from the day of planting, marked
    unconfirmed, since they were observed elsewhere. Stages that count from planting are left out without that day.
    """
    key = crop_key(crop)
    if key is None:
        return ()
    season = season_of(key, today, planted_on)
    planted = planted_on if planted_on is not None and season_of(key, planted_on, None) == season else None
    own = [row for row in table_rows("calendar_stages") if row["crop"] == key]
    if not own:
        found = crop_water(key)
        return _generic(found, planted_on) if found is not None and planted_on is not None else ()
    start = own[0]["from"]
    dated = [(row, window(row, season=season, start=start, planted_on=planted)) for row in own]
    known = [_stage(row, span) for row, span in dated if span is not None]
    return tuple(sorted(known, key=lambda stage: stage.first))


def window(row: Mapping[str, str], *, season: int, start: str, planted_on: date | None) -> tuple[date, date] | None:
    """First and last day of a row with anchor (date, planting, always), from, to; None where planting is unknown.

    start: month and day on which the crop's season begins; days of the year before it belong to the year after.
    """
    if row["anchor"] == "planting":
        if planted_on is None:
            return None
        return planted_on + timedelta(days=int(row["from"])), planted_on + timedelta(days=int(row["to"]))
    if row["anchor"] == "always":
        return date(season, 1, 1), date(season + 1, 12, 31)
    first = _in_season(row["from"], season, start)
    last = _in_season(row["to"], season, start)
    return first, last if last >= first else last.replace(year=last.year + 1)


def season_start(key: str) -> str:
    """Month and day on which the crop's season begins, "03-01"; the new year where no calendar is known."""
    return next((row["from"] for row in table_rows("calendar_stages") if row["crop"] == key), NEW_YEAR)


def _in_season(month_day: str, season: int, start: str) -> date:
    month, day = _month_day(month_day)
    return date(season if (month, day) >= _month_day(start) else season + 1, month, day)


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _stage(row: Row, span: tuple[date, date]) -> Stage:
    low, high = number(row["moisture_low"]), number(row["moisture_high"])
    return Stage(
        stage=row["stage"],
        zh=row["zh"],
        en=row["en"],
        first=span[0],
        last=span[1],
        tasks_zh=row["tasks_zh"],
        tasks_en=row["tasks_en"],
        moisture=(low, high) if low is not None and high is not None else None,
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
    )


def _generic(crop: CropWater, planted_on: date) -> tuple[Stage, ...]:
    made: list[Stage] = []
    first = planted_on
    crop = planted_in(crop, planted_on.month)
    for (name, zh, en), days in zip(GENERIC, crop.stage_days or (), strict=False):
        if days > 0:
            last = first + timedelta(days=int(days) - 1)
            made.append(
                Stage(
                    stage=name,
                    zh=zh,
                    en=en,
                    first=first,
                    last=last,
                    tasks_zh="",
                    tasks_en="",
                    moisture=None,
                    confirmed=False,
                    source=f"FAO-56 Table 11, observed in: {crop.region}; not of this region [unconfirmed]",
                )
            )
            first = last + timedelta(days=1)
    return tuple(made)
