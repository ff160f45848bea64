"""Ages and times in words, Chinese and English."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

MINUTE_S, HOUR_S, WORDS_UNTIL_S = 60, 3600, 48 * 3600
JUST_NOW_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


def duration_words(seconds: float) -> Words:
    """How long that is, to the minute from one minute on."""
    whole = int(seconds)
    if whole < MINUTE_S:
        return Words(zh=f"{whole} 秒", en=f"{whole} s")
    minutes = whole // MINUTE_S
    if whole < HOUR_S:
        return Words(zh=f"{minutes} 分钟", en=f"{minutes} min")
    hours, rest = divmod(minutes, 60)
    if hours >= WORDS_UNTIL_S // HOUR_S:
        return Words(zh=f"{hours // 24} 天", en=f"{hours // 24} days")
    if rest == 0:
        return Words(zh=f"{hours} 小时", en=f"{hours} h")
    return Words(zh=f"{hours} 小时 {rest} 分", en=f"{hours} h {rest} min")


def age_words(seconds: float, moment: datetime, zone: ZoneInfo) -> Words:
    """How long ago; beyond 48 hours the local date and time."""
    if seconds < JUST_NOW_S:
        return Words(zh="刚刚", en="just now")
    if seconds >= WORDS_UNTIL_S:
        text = local_text(moment, zone)
        return Words(zh=text, en=text)
    words = duration_words(seconds)
    return Words(zh=f"{words.zh}前", en=f"{words.en} ago")


def local_text(moment: datetime, zone: ZoneInfo) -> str:
    """The local date and time to the minute, with the year."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def local_second(moment: datetime, zone: ZoneInfo) -> str:
    """The local date and time to the second."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def depth_words(channel: str) -> str:
    """A probe's depth as it is read, "20 cm" of "20cm"; another channel as it is."""
    digits = channel.removesuffix("cm")
    return f"{digits} cm" if digits != channel and digits.isdecimal() else channel


def counting_order(*names: str) -> list[tuple[str, int]]:
    """What to sort names by so that 2 comes before 10."""
    parts = [part for name in names for part in re.findall(r"([^0-9]*)([0-9]{0,18})", name)]
    return [(words, int(digits or 0)) for words, digits in parts]


@cache
def quarantine_words() -> Mapping[str, str]:
    """Why a message was set aside, in Chinese, by code, from `quarantine_codes.csv`."""
    lines = files("api.console").joinpath("quarantine_codes.csv").read_text(encoding="utf-8").splitlines()
    return {row["code"]: row["zh"] for row in csv.DictReader(lines)}


def why_set_aside(code: str) -> str:
    """The Chinese words for a code; the code itself where the table has none."""
    return quarantine_words().get(code, code)
