"""What the codec tests share."""

from collections.abc import Callable

import pytest

from devices.codecs.decoded import Decoded, property_positions
from devices.errors import DecodeError


@pytest.fixture
def value() -> Callable[..., float | None]:
    """The value of a property in one reading of a decoded message."""

    def look(decoded: Decoded, name: str, reading: int = 0) -> float | None:
        return decoded.rows[reading][property_positions()[name]]

    return look


@pytest.fixture
def code() -> Callable[[Callable[[], object]], str]:
    """The code of the DecodeError that the action raises."""

    def of(action: Callable[[], object]) -> str:
        with pytest.raises(DecodeError) as caught:
            action()
        assert caught.value.reason
        return caught.value.code

    return of
