"""Words of the public pages by code, as (Chinese, English)."""

from collections.abc import Mapping
from typing import NamedTuple

from traceability.context import SENSOR_REPORTING, TREATING, VACCINATING, WEANING
from traceability.passport import State, Unknown

Words = tuple[str, str]


class StateWords(NamedTuple):
    """How a state is told: its tone (a class of the style), the line, and what to do."""

    tone: str
    icon: str
    line: Words
    advice: Words


STATES: Mapping[State, StateWords] = {
    State.VALID: StateWords("good", "tick", ("编码有效，没有召回记录", "Valid, no recall on record"), ("", "")),
    State.EXPIRED: StateWords(
        "act",
        "octagon",
        ("已过保质期，请不要吃", "Past its use-by date. Do not eat"),
        ("扔掉，或拿回店里。是刚买的，打 12315。", "Throw it away or take it back. Just bought: call 12315."),
    ),
    State.WITHDRAWAL: StateWords(
        "act",
        "octagon",
        ("先不要吃：休药期没满就屠宰了", "Do not eat yet: slaughtered within a withdrawal period"),
        ("留着包装，问卖家，或打 12315。", "Keep the pack. Ask the seller, or call 12315."),
    ),
    State.HELD: StateWords(
        "act",
        "octagon",
        ("先不要吃：正在封存核查", "Do not eat yet: on hold until it is cleared up"),
        ("留着包装，问卖家，或打 12315。", "Keep the pack. Ask the seller, or call 12315."),
    ),
    State.RECALLED: StateWords(
        "act",
        "octagon",
        ("请不要吃，已召回", "Do not eat. Recalled"),
        ("停下不吃，留着包装，拿回买的店里退。", "Stop, keep the pack, take it back to the shop."),
    ),
}

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
