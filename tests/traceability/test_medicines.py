"""How long a product keeps an animal or a field from food, and what must never be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.medicines import LONGEST_DAYS, MEDICINES, PESTICIDES, periods, prohibitions


@pytest.mark.parametrize(
    ("name", "form", "stated", "days"),
    [
        ("土霉素注射液", "", None, 28),
        ("Oxytetracycline injection", "", None, 28),
        ("长效土霉素注射液", "", 35, 35),
        ("土霉素片", "", None, 7),
        ("土霉素", "注射液", None, 28),
        ("土霉素", "", None, 28),  # the form is not told: the longest
        ("土霉素注射液", "", 3, 28),  # less than the table is never believed
        ("土霉素预混剂", "", None, None),  # known, but not in this form
        ("脱氧土霉素片", "", None, None),  # another product whose name ends alike
        ("chlortetracycline tablets", "", None, None),
        ("四环素片+土霉素注射液", "", None, 28),
        ("土霉素注射液＋神药一号", "", None, None),
        ("恩诺沙星注射液", "", None, None),  # not confirmed: only beside the label
        ("恩诺沙星注射液", "", 5, 10),
        ("恩诺沙星注射液", "", 14, 14),
        ("盐酸多西环素片", "", 28, 28),
        ("神药一号", "", 0, None),
        ("", "", 5, None),
        ("土霉素注射液", "", -1, None),
        ("土霉素注射液", "", LONGEST_DAYS + 1, None),
    ],
)
def test_the_period_is_the_products_and_never_less_than_the_table_says(
    name: str, form: str, stated: int | None, days: int | None
) -> None:
    assert MEDICINES.days(name, form=form, stated=stated) == days


@pytest.mark.parametrize(
    "name",
    [
        "盐酸克伦特罗",
        "Ractopamine HCl",
        "复方诺氟沙星粉",
        "氯霉素注射液",
        "喹 乙醇".replace(" ", ""),
        "呋喃唑酮片（痢特灵）",
        "非洲猪瘟疫苗",
    ],
)
def test_salts_mixtures_and_trade_names_of_banned_substances_are_banned(name: str) -> None:
    assert MEDICINES.prohibited(name) is not None
    assert MEDICINES.prohibited("土霉素注射液", name) is not None


def test_pesticides_have_tables_of_their_own() -> None:
    assert PESTICIDES.days("嘧菌酯悬浮剂", stated=None) is None
    assert PESTICIDES.days("嘧菌酯悬浮剂", stated=7) == 7
    assert PESTICIDES.days("精喹禾灵", stated=30) == 60
    assert PESTICIDES.prohibited("甲拌磷颗粒剂") is not None
    assert MEDICINES.prohibited("土霉素注射液") is None


@given(st.text(max_size=60), st.text(max_size=10), st.none() | st.integers())
def test_any_text_gives_days_within_a_year_or_is_not_known(name: str, form: str, stated: int | None) -> None:
    days = MEDICINES.days(name, form=form, stated=stated)
    assert days is None or (stated or 0) <= days <= LONGEST_DAYS


@pytest.mark.parametrize("table", ["withdrawal_days.csv", "pesticide_intervals.csv"])
def test_each_product_of_a_table_is_found_under_each_of_its_names(table: str) -> None:
    products = {"withdrawal_days.csv": MEDICINES, "pesticide_intervals.csv": PESTICIDES}[table]
    for row in periods(table):
        for name in row.names:
            if products.prohibited(name) is None:
                assert products.days(name, form="", stated=row.days) is not None, name
    assert all(
        row.names for row in (*prohibitions("banned_veterinary_drugs.csv"), *prohibitions("banned_pesticides.csv"))
    )
