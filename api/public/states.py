"""What a person who holds the pack is told first: the words of each state, and what to do, in both languages."""

from collections.abc import Mapping
from typing import NamedTuple

from api.public.words import Words
from traceability.passport import State


class StateWords(NamedTuple):
    """How a state is told.

    tone: a class of the style. steps: what to do, in order, each with a note. story: "below" it, or "behind" a link
    where first of all a person must act. closing: what is said last.
    """

    tone: str
    icon: str
    line: Words
    steps: tuple[tuple[Words, Words], ...] = ()
    story: str = "below"
    closing: Words = ("", "")


_KEEP: tuple[Words, Words] = (("连盒放好，别撕标签", "Keep the pack and its label"), ("", ""))
_ASK: tuple[Words, Words] = (("拿着包装问卖家", "Ask the seller, pack in hand"), ("", ""))
_NOT_EATEN: tuple[Words, Words] = (("不要吃，也不要喂动物", "Do not eat it, do not feed it to animals"), ("", ""))
_NO_BLAME: Words = (
    "这不是说养猪的农户有错。",
    "This blames no farmer.",
)

STATES: Mapping[State, StateWords] = {
    State.VALID: StateWords("good", "tick", ("编码有效，没有召回记录", "Valid, no recall on record")),
    State.CHECK: StateWords(
        "watch",
        "places",
        ("这个码被扫过很多次，请问卖家", "Opened in many places: ask the seller"),
        steps=(
            (
                ("看包装上的字和这页对不对得上", "Compare the label with this page"),
                ("品名、重量、批号、盒号", "name, weight, lot, box number"),
            ),
            _ASK,
            (("对不上就先别吃", "If they differ, do not eat it yet"), ("", "")),
        ),
        closing=(
            "可能是有人把网址发到了群里，也可能同一个码印在了别的包装上。我们分不清，所以请您看一眼。",
            "A link shared in a group looks the same as a label that was copied. We cannot tell them apart.",
        ),
    ),
    State.EXPIRED: StateWords(
        "act",
        "octagon",
        ("已过保质期，请不要吃", "Past its use-by date. Do not eat"),
        steps=(
            _NOT_EATEN,
            (("扔掉，或拿回店里", "Throw it away or take it back"), ("", "")),
            (("是刚买的，打 12315", "Just bought: call 12315"), ("", "")),
        ),
    ),
    State.WITHDRAWAL: StateWords(
        "act",
        "octagon",
        ("先不要吃：休药期没满就屠宰了", "Do not eat yet: slaughtered within a withdrawal period"),
        steps=(_NOT_EATEN, _KEEP, _ASK),
        story="behind",
        closing=_NO_BLAME,
    ),
    State.HELD: StateWords(
        "watch",
        "pause",
        ("暂停销售，正在查，请先不要吃", "On hold while it is checked. Do not eat yet"),
        steps=(
            (("先不要吃，连盒放好", "Do not eat it yet, keep the pack"), ("", "")),
            _ASK,
            (
                ("过一天再扫一次", "Scan again tomorrow"),
                ("查清了，这一页会变", "this page changes when it is cleared up"),
            ),
        ),
        story="behind",
        closing=_NO_BLAME,
    ),
    State.RECALLED: StateWords(
        "act",
        "octagon",
        ("请不要吃，已召回", "Do not eat. Recalled"),
        steps=(
            _NOT_EATEN,
            _KEEP,
            (("退回买的店", "Return it to the shop"), ("没有小票也可以问", "ask even without a receipt")),
        ),
        story="behind",
        closing=_NO_BLAME,
    ),
}
MAY_BE_RECALLED: Words = ("请先不要吃，可能在召回范围", "Do not eat yet. It may be recalled")
"""The line where the records cannot tell whether this very pack is affected."""
