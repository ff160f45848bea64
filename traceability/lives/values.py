"""A record's texts read as values: each field as its type in `event_fields.csv` says, or what is wrong with it."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from observations.errors import IdentifierError
from observations.identifiers import DeviceId, EarTagNumber
from traceability.epcis.event_types import is_uri
from traceability.epcis.identifiers import broken_identifier, is_class
from traceability.errors import KeyFormatError
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import CHARACTER_SET_82, Gln, Gtin
from traceability.gs1.rules import Rule
from traceability.lives.kinds import EventField
from traceability.minting import MintedKeys
from traceability.vet_licences import format_of

LONGEST_TEXT = 500
MOST_THINGS = 5000
LARGEST = 1e9
LONGEST_SERIAL = 20
_DIVIDERS = re.compile(r"[\s;；,，、]+")
_RANGE = re.compile(r"([0-9]{1,20})-([0-9]{1,20})")

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An item, an animal or a lot by canonical URI; kg: how much of a lot, None where it is not told."""

    uri: str
    kg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one field, in both languages."""

    field: str
    rule: Rule


class _WrongError(ValueError):
    """A text is no value of its type."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        super().__init__(rule.en)


def read_value(field: EventField, raw: object, zone: ZoneInfo, keys: MintedKeys) -> object | Problem:
    """The value that was written, or what is wrong with it.

    zone: of the place, for times without an offset. keys: which keys animals and tags have.
    """
    kind, _, choices = field.type.partition(" ")
    try:
        if kind == "choice":
            return _choice(_text(raw), choices.split("|"))
        if kind == "time":
            return _time(_text(raw), zone)
        return _KEYED[kind](raw, keys) if kind in _KEYED else _READERS[kind](raw)
    except _WrongError as error:
        return Problem(field=field.field, rule=error.rule)
    except (IdentifierError, KeyFormatError) as error:
        zh = error.rule_zh if isinstance(error, KeyFormatError) else "编号的写法不对"
        return Problem(field=field.field, rule=Rule(str(error), zh or "编号的写法不对"))


def is_empty(raw: object) -> bool:
    """Whether nothing was written."""
    return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip())


def _text(raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _WrongError(Rule("a text or a number is expected", "应是文字或数字"))
    text = str(raw).strip()
    if not 1 <= len(text) <= LONGEST_TEXT or "\x00" in text or not text.isprintable():
        raise _WrongError(
            Rule(f"1 to {LONGEST_TEXT} printable characters are expected", f"应有 1 到 {LONGEST_TEXT} 个字")
        )
    return text


def _parts(raw: object) -> list[str]:
    found = [_text(part) for part in raw] if isinstance(raw, list) else _DIVIDERS.split(str(raw).strip())
    found = [part for part in found if part]
    if not 1 <= len(found) <= MOST_THINGS or len(set(found)) != len(found):
        raise _WrongError(Rule(f"1 to {MOST_THINGS} are expected, each once", f"应有 1 到 {MOST_THINGS} 个，不能重复"))
    return found


def _choice(text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        raise _WrongError(Rule(f"one of {', '.join(choices)} is expected", f"应是 {'、'.join(choices)} 之一"))
    return text


def _time(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        return moment.astimezone(zone)
    except (ValueError, OverflowError):
        rule = Rule(
            "a time is expected, such as 2026-07-01T08:30 (local) or 2026-07-01T08:30:00+08:00",
            "应是时间，如 2026-07-01T08:30（当地）或 2026-07-01T08:30:00+08:00",
        )
        raise _WrongError(rule) from None


def _date(raw: object) -> date:
    try:
        return date.fromisoformat(_text(raw))
    except ValueError:
        raise _WrongError(Rule("a day is expected, such as 2026-07-01", "应是日期，如 2026-07-01")) from None


def _number(raw: object) -> float:
    try:
        value = float(_text(raw))
    except ValueError:
        value = math.nan
    if not 0 <= value <= LARGEST:
        raise _WrongError(Rule("a number from 0 on is expected", "应是不小于 0 的数"))
    return value


def _mass(raw: object) -> float:
    value = _number(raw)
    if not value:
        raise _WrongError(Rule("more than 0 kg is expected", "应大于 0 千克"))
    return value


def _whole(raw: object) -> int:
    value = _number(raw)
    if value != int(value):
        raise _WrongError(Rule("a whole number is expected", "应是整数"))
    return int(value)


def _pig(text: str, keys: MintedKeys) -> str:
    number = EarTagNumber.parse(text)
    if number.species != "pig":
        raise _WrongError(Rule("a pig's number begins with 1", "猪的耳标号以 1 开头"))
    return keys.keyring(animals=[number]).animal(number).uri


def _tag(text: str, keys: MintedKeys) -> str:
    device = DeviceId.parse(text)
    return keys.keyring(devices=[device]).device(device)


def _thing(text: str, keys: MintedKeys) -> Thing:
    uri, equals, kg = text.rpartition("=") if re.search(r"=[0-9.]+$", text) else (text, "", "")
    uri = uri or text
    if uri.isdecimal():
        return Thing(uri=_pig(uri, keys), kg=None)
    broken = broken_identifier(uri) if is_uri(uri) else "an EPC or lot URI or an ear-tag number is expected"
    if broken:
        raise _WrongError(Rule(f"{uri[:80]}: {broken}", f"{uri[:80]} 不是物品或批次的编码"))
    if is_class(uri) and "/10/" not in canonical_uri(uri):
        raise _WrongError(Rule(f"{uri[:80]} names a product, not a lot of it", f"{uri[:80]} 只是产品，应写明批号"))
    return Thing(uri=canonical_uri(uri), kg=_mass(kg) if equals else None)


def _licence(raw: object) -> str:
    text = _text(raw)
    if format_of(text) is None:
        rule = Rule(
            "a veterinarian's licence number is expected, such as A012026430182: 6 characters or more, 4 figures",
            "应是兽医证号，如 A012026430182：至少 6 位，其中至少 4 位数字",
        )
        raise _WrongError(rule)
    return text


def _serials(raw: object) -> list[str]:
    found: list[str] = []
    for part in _parts(raw):
        span = _RANGE.fullmatch(part)
        found.extend([part] if span is None else _counted(span.group(1), span.group(2)))
        if len(found) > MOST_THINGS:
            raise _WrongError(Rule(f"at most {MOST_THINGS} serials", f"最多 {MOST_THINGS} 个盒号"))
    if len(set(found)) != len(found):
        raise _WrongError(Rule("a serial stands twice", "盒号重复"))
    for serial in found:
        if len(serial) > LONGEST_SERIAL or not CHARACTER_SET_82.fullmatch(serial):
            rule = Rule(f"a serial has 1 to {LONGEST_SERIAL} characters of GS1 set 82", "盒号最多 20 位字母数字")
            raise _WrongError(rule)
    return found


def _counted(first: str, last: str) -> list[str]:
    if len(first) != len(last) or not 0 <= int(last) - int(first) < MOST_THINGS:
        raise _WrongError(Rule("a range goes up in figures of one length: 000001-000084", "范围如 000001-000084"))
    return [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)]


_READERS: Mapping[str, Callable[[Any], object]] = {
    "text": _text,
    "date": _date,
    "number": _number,
    "mass": _mass,
    "whole": _whole,
    "gln": lambda raw: Gln.parse(_text(raw)),
    "gtin": lambda raw: Gtin.parse(_text(raw)),
    "serials": _serials,
    "licence": _licence,
}
_KEYED: Mapping[str, Callable[[Any, MintedKeys], object]] = {
    "tag": lambda raw, keys: _tag(_text(raw), keys),
    "animal": lambda raw, keys: _pig(_text(raw), keys),
    "animals": lambda raw, keys: [_pig(part, keys) for part in _parts(raw)],
    "things": lambda raw, keys: [_thing(part, keys) for part in _parts(raw)],
}
