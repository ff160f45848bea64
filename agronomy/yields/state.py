"""A yield model as plain data (dict, list, text, number) that records can keep as JSON, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from agronomy.yields.anchors import YieldTableError
from agronomy.yields.correction import Correction, Seen
from agronomy.yields.expected import CropModel, YieldModel
from agronomy.yields.intervals import Offsets
from agronomy.yields.level import Level

VERSION = 1


def to_plain(model: YieldModel) -> dict[str, Any]:
    """The model as a dict that JSON holds exactly."""
    plain: dict[str, Any] = json.loads(json.dumps({"version": VERSION, **asdict(model)}, allow_nan=False))
    return plain


def from_plain(plain: Mapping[str, Any]) -> YieldModel:
    """The model that `to_plain` gave this dict for; raises YieldTableError where it is none of this version."""
    if plain.get("version") != VERSION:
        msg = f"a yield model of version {plain.get('version')!r} cannot be read, only {VERSION}: fit it again"
        raise YieldTableError(msg)
    try:
        crops = {crop: _crop(state) for crop, state in plain["crops"].items()}
        return YieldModel(crops=crops, coverage=float(plain["coverage"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"this is no yield model ({error!r}): fit it again"
        raise YieldTableError(msg) from error


def _crop(state: Mapping[str, Any]) -> CropModel:
    level = dict(state["level"])
    level["townships"] = {name: (float(shift), float(spread)) for name, (shift, spread) in level["townships"].items()}
    return CropModel(
        **{field.name: state[field.name] for field in fields(CropModel)}
        | {
            "level": Level(**level),
            "offsets": {name: Offsets(**ends) for name, ends in state["offsets"].items()},
            "correction": Correction(**_tuples(state["correction"])),
            "seen": Seen(**_tuples(state["seen"])) if state["seen"] else None,
        }
    )


def _tuples(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state with every list, and every list in a list, as a tuple."""
    return {name: _tuple(value) for name, value in state.items()}


def _tuple(value: object) -> object:
    return tuple(_tuple(one) for one in value) if isinstance(value, list) else value
