import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.errors import KeyFormatError
from traceability.gs1.keys import Giai, Gln, Gtin, Sscc, check_digit, sgtin_uri


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("629104150021", "3"),  # GS1's own worked example of a GTIN-13
        ("0952600010001", "0"),
        ("37610425002123456", "9"),  # GS1's own worked example of an SSCC
    ],
)
def test_check_digits_follow_gs1s_worked_examples(digits: str, expected: str) -> None:
    assert check_digit(digits) == expected


@pytest.mark.parametrize("text", ["96385074", "036000291452", "4006381333931", "09526000100010"])
def test_a_gtin_of_any_length_is_kept_with_14_digits(text: str) -> None:
    assert Gtin.parse(text) == text.zfill(14)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("09526000100011", "would be 0"),
        ("0952600010001O", "only the digits"),
        ("095260001000", "check digit"),
        ("123", "8, 12, 13 or 14"),
        ("", "8, 12, 13 or 14"),
        ("９５２６０００１", "only the digits"),
    ],
)
def test_a_broken_gtin_names_the_rule_in_both_languages(text: str, rule: str) -> None:
    with pytest.raises(KeyFormatError, match=rule) as caught:
        Gtin.parse(text)
    assert caught.value.rule_zh


def test_gln_sscc_and_giai_have_their_own_rules() -> None:
    assert Gln.parse("9526000100010").uri == "https://id.gs1.org/414/9526000100010"
    assert Sscc.parse("376104250021234569").ai == "00"
    assert Giai.parse("9526000143018200000123").uri == "https://id.gs1.org/8004/9526000143018200000123"
    for kind, text in ((Gln, "952600010001"), (Sscc, "376104250021234560"), (Giai, "pig"), (Giai, "9" * 31)):
        with pytest.raises(KeyFormatError):
            kind.parse(text)


def test_an_items_uri_escapes_what_a_path_cannot_hold() -> None:
    assert sgtin_uri(Gtin.parse("09526000100010"), "a/b") == "https://id.gs1.org/01/09526000100010/21/a%2Fb"


@given(st.text(max_size=40))
def test_any_text_is_a_key_or_the_named_error(text: str) -> None:
    for kind in (Gtin, Gln, Sscc, Giai):
        try:
            key = kind.parse(text)
        except KeyFormatError:
            continue
        assert kind.parse(key) == key
