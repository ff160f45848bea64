"""How long work tells how far it has come."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

Result = Mapping[str, Any]


class Step(BaseModel, frozen=True):
    """`done` of `total` (None: not known) of what is being done now."""

    what: str
    done: int = 0
    total: int | None = None


Tell = Callable[[Step], None]


def tell_nobody(step: Step) -> None:
    """For work that nobody watches."""
