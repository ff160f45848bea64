from hypothesis import given
from hypothesis import strategies as st

from agronomy.table_text import text_of


def test_what_excel_saves_in_china_is_read() -> None:
    assert text_of("项目,镉\n".encode("gbk")) == "项目,镉\n"


def test_utf_8_is_read_with_and_without_its_mark() -> None:
    assert text_of("镉".encode("utf-8-sig")) == text_of("镉".encode()) == "镉"


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(raw: bytes) -> None:
    assert isinstance(text_of(raw), str)
