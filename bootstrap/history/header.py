"""What the columns of a file of readings mean, by their names."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Self

from bootstrap.errors import RequestError
from devices.codecs.units import Conversion, conversion
from devices.errors import DecodeError
from observations.properties import observed_properties

ROLES: Mapping[str, str] = {
    "device": "device", "设备": "device",
    "time": "time", "t": "time", "timestamp": "time", "phenomenon_time": "time", "时间": "time",
    "channel": "channel", "通道": "channel",
}  # fmt: skip
"""Names of the columns that are no observed property."""
WITH_UNIT = re.compile(r"\s*([^\[\]]+?)\s*(?:\[\s*([^\[\]]+?)\s*\])?\s*")
WRITTEN = {"degF": "FAH", "degC": "CEL"}
"""Units as tables of people have them, beside those that messages may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueColumn:
    """A column of an observed property, and the way from its unit to the property's own."""

    name: str
    observed_property: str
    way: Conversion


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The columns of a file, by what they hold. device "": the whole file is of one device, named elsewhere."""

    device: str
    time: str
    channel: str = ""
    values: Sequence[ValueColumn] = field(default_factory=tuple)

    @classmethod
    def read(cls, names: Sequence[str], *, ignored: Collection[str] = (), one_device: bool = False) -> Self:
        """What these columns hold; raises RequestError that names each column at fault and what to write."""
        _refuse_repeated(names)
        roles: dict[str, str] = {}
        values: list[ValueColumn] = []
        for name in names:
            role = ROLES.get(name.strip())
            if name in ignored or not name.strip():
                continue
            if role is None:
                values.append(_value_column(name))
            elif role in roles:
                msg = f"columns {roles[role]!r} and {name!r} both are the {role}: pass --ignore for one of them"
                raise RequestError(msg)
            else:
                roles[role] = name
        missing = [role for role in ("device", "time") if role not in roles and not (role == "device" and one_device)]
        if missing:
            msg = f"no column {' and no column '.join(missing)}; the columns are {', '.join(names)}"
            raise RequestError(msg)
        if not values:
            msg = f"no column of an observed property; known are {', '.join(observed_properties())}"
            raise RequestError(msg)
        _refuse_repeated([column.observed_property for column in values])
        device = "" if one_device else roles["device"]
        return cls(device=device, time=roles["time"], channel=roles.get("channel", ""), values=values)


def _value_column(name: str) -> ValueColumn:
    match = WITH_UNIT.fullmatch(name)
    prop, unit = (match[1], match[2]) if match else (name, None)
    if prop not in observed_properties():
        close = get_close_matches(prop, [*observed_properties(), *ROLES], n=1)
        meant = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(observed_properties())}"
        msg = f"column {name!r} is no observed property{meant} (leave a column out with --ignore '{name}')"
        raise RequestError(msg)
    try:
        own = observed_properties()[prop].unit
        way = conversion(prop, WRITTEN.get(unit or own, unit or own), scheme="rec20")
    except DecodeError as error:
        msg = f"column {name!r}: {error}"
        raise RequestError(msg) from error
    return ValueColumn(name=name, observed_property=prop, way=way)


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = f"two columns hold {', '.join(repeated)}: leave one out with --ignore, or rename it"
        raise RequestError(msg)
