from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from storage.records.records import Records
from storage.records.schema import migrate
from traceability.price_shares import PriceAgreement
from traceability.scan_watch import ScanCounter, ScanDay

TODAY = date(2026, 9, 3)
PACK = "https://id.gs1.org/01/09526000100010/21/000037"
ADDRESSES = ("203.0.113.7", "198.51.100.23", "2001:db8:77:1::5")


def agreement(**changed: object) -> PriceAgreement:
    told: dict[str, object] = {
        "gtin": "09526000100010",
        "lot": "20260831A",
        "price_yuan": Decimal("62.00"),
        "paid_yuan": Decimal(2100),
        "paid_for_kg": Decimal("42.0"),
        "declared_by": "流沙河分割车间",
        "declared_at": datetime(2026, 9, 1, 8, tzinfo=UTC),
    }
    return PriceAgreement(**{**told, **changed})  # type: ignore[arg-type]  # fields by name


def test_networks_of_a_day_add_up_and_days_come_in_order(records: Records) -> None:
    yesterday = TODAY - timedelta(days=1)
    records.scans.add({(PACK, TODAY): 2, (PACK, yesterday): 5, (PACK + "8", TODAY): 1})
    records.scans.add({(PACK, TODAY): 3})
    records.scans.add({})
    assert records.scans.days(PACK, yesterday) == [
        ScanDay(day=yesterday, networks=5),
        ScanDay(day=TODAY, networks=5),
    ]
    assert records.scans.days(PACK, TODAY) == [ScanDay(day=TODAY, networks=5)]
    assert records.scans.most(yesterday, limit=2)[0][0] == PACK


def test_old_days_are_let_go(records: Records) -> None:
    records.scans.add({(PACK, TODAY - timedelta(days=9)): 2, (PACK, TODAY): 1})
    assert records.scans.forget(TODAY - timedelta(days=7)) == 1
    assert records.scans.days(PACK, date(2020, 1, 1)) == [ScanDay(day=TODAY, networks=1)]


def test_no_address_nor_part_of_one_is_ever_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "records.sqlite"
    records = Records.open(f"sqlite:///{file}")
    migrate(records.engine)
    counter = ScanCounter(new_salt=lambda: b"s" * 32)
    for address in ADDRESSES:
        counter.note(PACK, address, today=TODAY)
    seen = {mark for marks in counter._seen.values() for mark in marks}
    records.scans.add(counter.take())
    records.close()
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert PACK.encode() in kept
    for address in ADDRESSES:
        assert address.encode() not in kept
        assert address.rpartition(".")[0].encode() not in kept or ":" in address
    assert not any(mark in kept for mark in seen)
    assert b"s" * 32 not in kept


def test_the_newest_agreement_of_a_lot_counts_and_those_before_are_kept(records: Records) -> None:
    assert records.prices.find("09526000100010", "20260831A") is None
    first, agreed = agreement(), agreement(agreed_on=TODAY, price_yuan=Decimal("64.50"))
    records.prices.add(first)
    records.prices.add(agreed)
    assert records.prices.find("09526000100010", "20260831A") == agreed
    assert list(records.prices.all()) == [first, agreed]
