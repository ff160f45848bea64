import json
from collections.abc import Callable
from typing import Any

import pytest

from agronomy.yields.anchors import YieldTableError
from agronomy.yields.fitting import ObservedYield, fit
from agronomy.yields.state import from_plain, to_plain

Farms = Callable[..., list[ObservedYield]]


def test_a_model_survives_json_exactly(farms: Farms) -> None:
    model = fit(farms(4, per_ph=0.25))
    assert from_plain(json.loads(json.dumps(to_plain(model)))) == model


def test_the_prior_survives_json_exactly() -> None:
    assert from_plain(to_plain(fit([]))) == fit([])


@pytest.mark.parametrize(
    "plain", [{}, {"version": 0}, {"version": 1}, {"version": 1, "coverage": 0.9, "crops": {"x": {}}}]
)
def test_what_is_no_model_is_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(YieldTableError, match="fit it again"):
        from_plain(plain)
