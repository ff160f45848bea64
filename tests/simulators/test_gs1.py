from hypothesis import given
from hypothesis import strategies as st

from simulators.gs1 import check_digit, giai_uri, gln, gln_uri, gtin, sgtin_uri


def test_check_digits_agree_with_published_numbers() -> None:
    # GS1 General Specifications, section 7.9.1: 629104150021 → 3; the design's belly pack.
    assert check_digit("629104150021") == "3"
    assert gtin("10001") == "09526000100010"


@given(st.integers(min_value=0, max_value=99_999), st.integers(min_value=0, max_value=11), st.integers(1, 9))
def test_a_changed_digit_never_keeps_its_check_digit(location: int, place: int, change: int) -> None:
    number = gln(location)
    digits = list(number[:-1])
    digits[place] = str((int(digits[place]) + change) % 10)
    assert check_digit("".join(digits)) != number[-1]


def test_keys_are_written_as_gs1_digital_link_uris() -> None:
    assert gln_uri("9526000100010") == "https://id.gs1.org/414/9526000100010"
    assert giai_uri("143018200026000") == "https://id.gs1.org/8004/9526000143018200026000"
    assert sgtin_uri("09526000100010", "123456") == "https://id.gs1.org/01/09526000100010/21/123456"
