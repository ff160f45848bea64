import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observations.identifiers import EarTagNumber
from tests.traceability.one_life import NOW, PIG, TAG, summary
from traceability.daily_summary import sensor_reporting_event
from traceability.errors import KeyFormatError
from traceability.life import ear_tag
from traceability.minting import DemonstrationKeys, Keyring, read_prefix


def test_new_keys_have_the_prefix_that_is_set_and_minted_ones_stay() -> None:
    other = EarTagNumber.parse("143018200000124")
    keys = Keyring(prefix="6912345", animals={PIG: f"9526000{PIG}"}, devices={TAG: "https://id.gs1.org/8004/9526000Tx"})
    assert keys.animal(PIG) == f"9526000{PIG}"
    assert keys.animal(other).uri == f"https://id.gs1.org/8004/6912345{other}"
    assert keys.device(TAG) == "https://id.gs1.org/8004/9526000Tx"
    assert keys.device("tag-9") == "https://id.gs1.org/8004/6912345Ttag-9"


def test_without_a_setting_keys_are_those_of_demonstrations() -> None:
    keys = DemonstrationKeys().keyring(animals=[PIG])
    assert keys.animal(PIG).uri == f"https://id.gs1.org/8004/9526000{PIG}"


@given(st.integers(4, 12).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)))
def test_an_ear_tag_is_read_back_from_its_key_whatever_the_prefix(prefix: str) -> None:
    assert ear_tag(Keyring(prefix=prefix).animal(PIG).uri) == PIG


@pytest.mark.parametrize("epc", ["https://id.gs1.org/8004/9526000Ttag-0123", f"https://id.gs1.org/8004/{PIG}", "x", ""])
def test_what_is_no_animal_has_no_ear_tag(epc: str) -> None:
    assert ear_tag(epc) is None


def test_a_daily_summary_names_animal_and_device_by_the_keys_they_have() -> None:
    document = json.loads(sensor_reporting_event(summary(30), record_time=NOW, keys=Keyring(prefix="6912345")).document)
    assert document["epcList"] == [f"https://id.gs1.org/8004/6912345{PIG}"]
    assert f"6912345T{TAG}" in json.dumps(document["sensorElementList"])


@pytest.mark.parametrize(
    ("text", "rule"), [("123", "4 to 12"), ("1" * 13, "4 to 12"), ("69A2345", "digits"), ("", "digits")]
)
def test_a_prefix_is_four_to_twelve_digits(text: str, rule: str) -> None:
    assert read_prefix(" 6912345 ") == "6912345"
    with pytest.raises(KeyFormatError, match=rule):
        read_prefix(text)


@given(st.text(max_size=20))
def test_any_text_is_a_prefix_or_the_one_error(text: str) -> None:
    try:
        assert read_prefix(text).isascii()
    except KeyFormatError:
        return
