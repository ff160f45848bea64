"""Advice in the length of one SMS, in plain Chinese; a withdrawal says which advice and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from agronomy.gate.levels import GateLevel
from agronomy.pushes.texts import LONGEST_NAME, SIGN, SMS_PART
from agronomy.soil.analytes import analytes

ASK = "问12316。"
"""The farmers' hotline, where more is to be said than an SMS holds."""


def advice_sms(content: Mapping[str, Any]) -> str:
    """One SMS for plain advice: what fits best here with its interval, or what is to be tested first."""
    head = f"{SIGN}{content['field_name'][:LONGEST_NAME]}："
    return _shortened(head, _lines(content))


def withdrawn_sms(name: str, made_on: date, *, changed: bool) -> str:
    """One SMS for a household whose standing advice met a new laboratory result."""
    day = f"{made_on.month} 月 {made_on.day} 日"
    told = f"有了新化验，{day}的建议作废。看新建议再下地。" if changed else f"有了新化验，{day}的建议不变。"
    return _shortened(f"{SIGN}{name[:LONGEST_NAME]}：", [told])


def _lines(content: Mapping[str, Any]) -> Sequence[str]:
    gate, growing = content["gate"], content["growing"]
    if gate["refuses"] or growing is None:
        return [_refusal(gate["reasons"][0]), ASK]
    if growing["outside"]:
        return ["这里的气候或土不在已核对的范围，不出建议。", ASK]
    advised = [one for one in growing["crops"] if one["status"] == "advised"]
    lines = []
    if advised:
        best, interval = advised[0], advised[0]["yield"]
        names = [one["zh"] for one in best["varieties"] if not one["warned"]][:1]
        variety = f"（{names[0]}）" if names else ""
        lines.append(f"适合种{best['zh']}{variety}，")
        lines.append(f"每亩约 {interval['low_jin_mu']}–{interval['high_jin_mu']} 斤，{interval['label_zh']}。")
    else:
        lines.append("没有既准种又适合的作物。")
    if gate["provisional"]:
        lines.append("缺化验，暂定。")
    held = [one["crop_zh"] for one in gate["permissions"].values() if not one["allowed"]]
    if held:
        lines.append(f"{'、'.join(held[:2])}先不要种。")
    return lines


def _refusal(reason: Mapping[str, Any]) -> str:
    """Why nothing to eat is advised: the value and its limit where one decided, otherwise what is missing."""
    about = analytes().get(reason["analyte"])
    if about is None or reason["decides"] != GateLevel.STRICT:
        return f"{reason['zh']}。"
    less, more = (
        "< " if reason["below_detection"] else "",
        f"±{reason['uncertainty']:g}" if reason["uncertainty"] else "",
    )
    above = "超过" if reason["value"] > reason["limit"] and not less else "可能超过"
    value = f"{less}{reason['value']:g}{more} {reason['unit']}"
    return f"土里{about.zh} {value}，{above}管制值 {reason['limit']:g}，不要种吃的。"


def _shortened(head: str, lines: Sequence[str]) -> str:
    """As many of the lines as one part holds, never a part of one."""
    text = head
    for line in lines:
        if len(text) + len(line) > SMS_PART:
            break
        text += line
    return text if text != head else (head + lines[0])[:SMS_PART]
