"""Words of the public pages by code, as (Chinese, English)."""

from collections.abc import Mapping

from traceability.context import SENSOR_REPORTING, TREATING, VACCINATING, WEANING
from traceability.passport import Unknown

Words = tuple[str, str]

ENOUGH_HOUSEHOLDS = 5
"""From so many households on, their number, their village and what they were paid may be told."""

UNKNOWN: Mapping[Unknown, Words] = {
    Unknown.PRODUCT: ("商品码不在目录里", "The product number is not in the catalogue"),
    Unknown.NO_SERIAL: ("这个码只到商品，没有盒号", "This code names the product, not the box"),
    Unknown.LOT: ("批号和盒号对不上", "The lot and the box number do not belong together"),
    Unknown.ITEM: ("没有这个盒号的记录", "No record of this box number"),
}

SEXES: Mapping[str, Words] = {
    "Female": ("母猪", "female"),
    "FemaleNeuter": ("母猪（去势）", "neutered female"),
    "Male": ("公猪", "male"),
    "MaleNeuter": ("公猪（去势）", "castrated male"),
    "MaleCryptorchid": ("公猪（隐睾）", "male (cryptorchid)"),
}

BREEDS: Mapping[str, Words] = {
    "宁乡花猪": ("宁乡花猪", "Ningxiang flower pig"),
    "宁乡猪": ("宁乡猪", "Ningxiang pig"),
}

RESULTS: Mapping[str, Words] = {"合格": ("合格", "passed"), "不合格": ("不合格", "failed")}

STEPS: Mapping[str, Words] = {
    "commissioning": ("出生", "Born"),
    "installing": ("戴上耳标", "Ear tag put on"),
    "removing": ("收回耳标", "Ear tag taken off"),
    "inspecting": ("称重", "Weighed"),
    WEANING: ("断奶", "Weaned"),
    VACCINATING: ("免疫", "Vaccinated"),
    TREATING: ("用药", "Treated"),
    SENSOR_REPORTING: ("耳标日报", "Ear tag, one day"),
}


def words_for(table: Mapping[str, Words], code: str) -> Words:
    """The words for a code; the code itself where the table has none, "" for Unknown and nothing."""
    return table.get(code, ("", "") if code in {"", "Unknown"} else (code, code))


def clipped(text: str, most: int = 60) -> str:
    """The text, or its beginning with … where it is longer: whoever wrote the event does not fill the first page."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def clipped_words(words: Words, most: int = 60) -> Words:
    """Both languages, clipped."""
    return clipped(words[0], most), clipped(words[1], most)
