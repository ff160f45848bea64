"""Identifiers of devices."""

import pytest

from devices.errors import DevEuiError
from devices.identifiers import DevEui


def test_a_dev_eui_is_kept_in_lower_case_without_separators() -> None:
    assert DevEui.parse("24-E1-24-12:8B:07:C1 23") == "24e124128b07c123"


@pytest.mark.parametrize("text", ["", "24e124128b07c12", "24e124128b07c1234", "24e124128b07c12g"])
def test_what_is_no_dev_eui_is_refused(text: str) -> None:
    with pytest.raises(DevEuiError, match="expected 16 hexadecimal digits"):
        DevEui.parse(text)
