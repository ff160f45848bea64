"""SenML packs (RFC 8428, JSON) resolved: base fields folded in, one record per measurement.

Only the resolution is here; what the names mean to this house is in `senml_readings.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import msgspec

from devices.codecs.json_text import Json, finite, only_keys_counted, shown, strict_json, utf8
from devices.errors import DecodeError

VERSION = 10
"""RFC 8428 section 4.4: the version of SenML that the RFC defines."""
RELATIVE_BELOW_S = 2**28
"""RFC 8428 section 4.5.3: times below are relative to now."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:./_-]*")
"""RFC 8428 section 4.5.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One measurement. time_s: seconds since 1970 UTC; unit: None where neither record nor base names one.

    value: a number, a text, a boolean; `vd` as the text it is; None where there is only a sum.
    """

    name: str
    time_s: float
    unit: str | None
    value: float | str | bool | None
    sum: float | None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record as sent, under the labels of RFC 8428, table 1."""

    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bs: float | None = None
    bver: int | None = None
    n: str | None = None
    u: str | None = None
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: str | None = None
    s: float | None = None
    t: float | None = None
    ut: float | None = None


class StrictRecord(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record with no label beyond those of RFC 8428: the usual case, and the fast one."""


def parse(payload: bytes) -> list[Record]:
    """The records of a pack; raises DecodeError. Labels of extensions are left out, unless they end in `_`."""
    text = utf8(payload)
    try:
        strict = _decoder(StrictRecord).decode(payload)
    except msgspec.ValidationError:
        return _extended(payload, text)
    except msgspec.DecodeError as error:
        strict_json(text)
        raise DecodeError(code="not_json", reason=f"not JSON: {error}") from error
    fields = [msgspec.structs.astuple(record) for record in strict]
    keys = sum(len(record) - record.count(None) for record in fields)
    strings = [value for record in fields for value in record if isinstance(value, str)]
    if not only_keys_counted(payload, keys=keys, strings=strings):
        strict_json(text)
    return [*strict]


def _extended(payload: bytes, text: str) -> list[Record]:
    parsed = strict_json(text)
    must_understand = _must_understand(parsed)
    if must_understand:
        reason = f"labels that must be understood (RFC 8428 section 4.4) and are not: {shown(must_understand)}"
        raise DecodeError(code="senml_must_understand", reason=reason)
    try:
        return _decoder(Record).decode(payload)
    except RecursionError as error:
        raise DecodeError(code="too_deep", reason="nested too deeply") from error
    except msgspec.ValidationError as error:
        code = "number_range" if "out of range" in str(error) else "wrong_type"
        raise DecodeError(code, f"no SenML pack: {error}") from error
    except msgspec.DecodeError as error:
        raise DecodeError(code="not_json", reason=f"not JSON: {error}") from error


def _must_understand(parsed: Json) -> list[str]:
    records = parsed if isinstance(parsed, list) else []
    return [label for record in records if isinstance(record, dict) for label in record if label.endswith("_")]


@cache
def _decoder(record: type[Record]) -> "msgspec.json.Decoder[list[Record]]":
    return msgspec.json.Decoder(list[record])  # type: ignore[valid-type] # the class is the argument


@dataclass(slots=True)
class _Base:
    """What the records so far have set for those that follow."""

    name: str = ""
    time_s: float = 0.0
    unit: str | None = None
    value: float = 0.0
    sum: float = 0.0

    def take(self, record: Record) -> None:
        self.name = self.name if record.bn is None else record.bn
        self.time_s = self.time_s if record.bt is None else record.bt
        self.unit = self.unit if record.bu is None else record.bu
        self.value = self.value if record.bv is None else record.bv
        self.sum = self.sum if record.bs is None else record.bs


def resolve(records: Sequence[Record], *, now_s: float | None) -> list[Resolved]:
    """The measurements of a pack in its order (RFC 8428 section 4.6); raises DecodeError.

    now_s: seconds since 1970 UTC that relative times count from; None refuses them (`relative_time`), because
        the same message delivered again would count from another now and be another measurement.
    """
    base, resolved = _Base(), []
    for record in records:
        if record.bver is not None and record.bver > VERSION:
            reason = f"SenML version {record.bver}: known are versions up to {VERSION}"
            raise DecodeError(code="senml_version", reason=reason)
        base.take(record)
        if _measures(record):
            resolved.append(_resolved(record, base, now_s))
    return resolved


def _measures(record: Record) -> bool:
    return any(part is not None for part in (record.v, record.vs, record.vb, record.vd, record.s))


def _resolved(record: Record, base: _Base, now_s: float | None) -> Resolved:
    name = base.name + (record.n or "")
    if not NAME.fullmatch(name):
        raise DecodeError(code="senml_name", reason=f"no SenML name: {name[:80]!r} (RFC 8428 section 4.5.1)")
    values = [value for value in (record.v, record.vs, record.vb, record.vd) if value is not None]
    if len(values) > 1:
        raise DecodeError(
            code="senml_values", reason=f"{name[:80]} has {len(values)} values: at most one of v, vs, vb, vd"
        )
    value = values[0] if values else None
    return Resolved(
        name=name,
        time_s=_absolute(base.time_s + (record.t or 0.0), now_s, name),
        unit=record.u if record.u is not None else base.unit,
        value=finite(value + base.value) if record.v is not None and isinstance(value, float) else value,
        sum=None if record.s is None else record.s + base.sum,
    )


def _absolute(time_s: float, now_s: float | None, name: str) -> float:
    if time_s >= RELATIVE_BELOW_S:
        return time_s
    if now_s is None:
        reason = f"{name[:80]} has a time relative to now: only absolute times (bt or t of at least 2**28) can be kept"
        raise DecodeError(code="relative_time", reason=reason)
    return now_s + time_s
