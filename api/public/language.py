"""Two languages side by side: which comes first, and how figures and days are written."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor

_KILOMETRE_M = 1000
_SMALL_KM = 10
_HEAVY_KG = 10
_HAIR = 1e-6
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip  # strftime would follow the server's locale


@dataclass(frozen=True, slots=True)
class Language:
    """The reader's choice; `english` puts English first and Chinese beside it."""

    english: bool = False

    @property
    def code(self) -> str:
        """The language of the page (BCP 47)."""
        return "en" if self.english else "zh-Hans"

    @property
    def other_code(self) -> str:
        """The language beside it."""
        return "zh-Hans" if self.english else "en"

    def one(self, zh: str, en: str) -> str:
        """The words in the reader's language."""
        return en if self.english else zh

    def other(self, zh: str, en: str) -> str:
        """The same words in the language beside it."""
        return zh if self.english else en

    def moment(self, moment: datetime) -> str:
        """A local moment, to the minute."""
        zh = f"{moment.month} 月 {moment.day} 日 {moment:%H:%M}"
        return self.one(zh, f"{moment.day} {_MONTHS[moment.month - 1]}, {moment:%H:%M}")

    def lag(self, lag: timedelta) -> str:
        """How long after, in the largest unit that fits."""
        days, minutes = lag.days, lag.seconds // 60
        if days > 0:
            return self.one(f"{days} 天", f"{days} days" if days > 1 else "1 day")
        if minutes >= 60:  # noqa: PLR2004 minutes of an hour
            return self.one(f"{minutes // 60} 小时", f"{minutes // 60} h")
        return self.one(f"{max(minutes, 0)} 分钟", f"{max(minutes, 0)} min")


def kilometres_band(low_m: float, middle_m: float, high_m: float) -> tuple[str, str, str, str]:
    """Low, middle, high and the error in km, rounded so that middle − error is low and middle + error is high.

    The error is rounded up: the band told is never narrower than the band estimated.
    """
    decimals = 1 if middle_m < _SMALL_KM * _KILOMETRE_M else 0
    step_m = _KILOMETRE_M / 10**decimals
    middle = round(middle_m / step_m)
    error = max(middle - floor(low_m / step_m + _HAIR), ceil(high_m / step_m - _HAIR) - middle)
    steps = (max(middle - error, 0), middle, middle + error, error)
    low, mid, high, plus_minus = (f"{each / 10**decimals:.{decimals}f}" for each in steps)
    return low, mid, high, plus_minus


def kilograms(kg: float) -> str:
    """A weight as a scale shows it: a decimal below 10 kg and where it says something."""
    return f"{kg:.1f}" if kg < _HEAVY_KG else f"{kg:.1f}".removesuffix(".0")


def pack_weight(kg: float) -> str:
    """The weight of a pack: grams below 1 kg."""
    return f"{kg * 1000:.0f} g" if kg < 1 else f"{kg:.3f}".rstrip("0").rstrip(".") + " kg"


def short_day(day: date) -> tuple[str, str]:
    """A day without its year, in Chinese and in English."""
    return f"{day.month} 月 {day.day} 日", f"{day.day} {_MONTHS[day.month - 1]}"


def whole_day(day: date) -> tuple[str, str]:
    """A day with its year, in Chinese and in English."""
    zh, en = short_day(day)
    return f"{day.year} 年 {zh}", f"{en} {day.year}"
