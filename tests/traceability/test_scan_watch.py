from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.scan_watch import ScanCounter, ScanDay, judged_scans, network_of, scan_thresholds

TODAY = date(2026, 9, 3)
PACK = "https://id.gs1.org/01/09526000100010/21/000037"
ROWS = {threshold.rule: threshold for threshold in scan_thresholds()}


def counted(*networks: int, until: date = TODAY) -> list[ScanDay]:
    """So many networks on each of the days that end with `until`."""
    first = until - timedelta(days=len(networks) - 1)
    return [ScanDay(day=first + timedelta(days=at), networks=each) for at, each in enumerate(networks)]


def counter(salts: list[bytes], **bounds: int) -> ScanCounter:
    def new_salt() -> bytes:
        salts.append(bytes([len(salts)]) * 32)
        return salts[-1]

    return ScanCounter(new_salt=new_salt, **bounds)


def test_a_code_opened_here_and_there_is_nothing_to_ask_about() -> None:
    row = ROWS["many_places"]
    assert judged_scans(counted(row.networks - 1), today=TODAY) is None


def test_from_the_threshold_on_the_seller_is_to_be_asked() -> None:
    row = ROWS["many_places"]
    finding = judged_scans(counted(10, row.networks - 10), today=TODAY)
    assert finding is not None
    assert (finding.threshold, finding.networks) == (row, row.networks)
    assert finding.since == TODAY - timedelta(days=1)


def test_days_before_the_window_count_no_more() -> None:
    row = ROWS["many_places"]
    old = counted(row.networks, until=TODAY - timedelta(days=row.days))
    assert judged_scans(old, today=TODAY) is None
    assert judged_scans(counted(row.networks, until=TODAY - timedelta(days=row.days - 1)), today=TODAY) is not None


@pytest.mark.parametrize(("rule", "argument"), [("after_sale", "sold_on"), ("after_recall", "recalled_on")])
def test_after_sale_or_recall_less_is_enough_but_that_day_itself_does_not_count(rule: str, argument: str) -> None:
    row = ROWS[rule]
    scans = counted(row.networks)
    for day, found in ((TODAY - timedelta(days=1), row), (TODAY, None)):
        finding = judged_scans(scans, today=TODAY, **{argument: day})
        assert (finding.threshold if finding is not None else None) == found


def test_a_network_is_a_slash_24_or_a_slash_48() -> None:
    assert network_of("203.0.113.7") == network_of("203.0.113.250") != network_of("203.0.114.7")
    assert network_of("2001:db8:1:2::3") == network_of("2001:db8:1:ffff::9") != network_of("2001:db8:2::3")
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.9")
    assert network_of("fe80::1%eth0") == network_of("fe80::2")
    assert network_of("testclient") is None


@given(st.text())
def test_any_text_is_a_network_or_none(text: str) -> None:
    network = network_of(text)
    assert network is None or len(network) in {3, 6}


def test_a_network_counts_once_a_day_and_again_the_next_with_a_new_salt() -> None:
    salts: list[bytes] = []
    watched = counter(salts)
    for address in ("203.0.113.7", "203.0.113.8", "198.51.100.1", "not an address"):
        watched.note(PACK, address, today=TODAY)
    assert watched.take() == {(PACK, TODAY): 2}
    assert watched.take() == {}
    tomorrow = TODAY + timedelta(days=1)
    watched.note(PACK, "203.0.113.7", today=tomorrow)
    assert watched.take() == {(PACK, tomorrow): 1}
    assert len(salts) == 2


def test_the_counter_remembers_no_address_and_no_salt_of_a_day_before() -> None:
    salts: list[bytes] = []
    watched = counter(salts)
    watched.note(PACK, "203.0.113.7", today=TODAY)
    remembered = repr((watched._seen, watched._untold))
    assert "203" not in remembered.replace(PACK, "")
    assert network_of("203.0.113.7") not in {mark for marks in watched._seen.values() for mark in marks}
    before = {mark for marks in watched._seen.values() for mark in marks}
    watched.note(PACK, "203.0.113.7", today=TODAY + timedelta(days=1))
    assert before.isdisjoint(mark for marks in watched._seen.values() for mark in marks)
    assert watched._salt != salts[0]


def test_one_network_cannot_be_followed_from_code_to_code() -> None:
    watched = counter([])
    watched.note(PACK, "203.0.113.7", today=TODAY)
    watched.note(PACK + "8", "203.0.113.7", today=TODAY)
    first, second = watched._seen.values()
    assert first.isdisjoint(second)


def test_memory_is_bounded_whoever_calls() -> None:
    watched = counter([], most_networks=50)
    for number in range(120):
        watched.note(f"{PACK}{number % 7}", f"10.0.{number}.1", today=TODAY)
    assert sum(watched.take().values()) == 50


def test_what_could_not_be_kept_is_taken_again() -> None:
    watched = counter([])
    watched.note(PACK, "203.0.113.7", today=TODAY)
    watched.put_back(watched.take())
    watched.note(PACK, "198.51.100.1", today=TODAY)
    assert watched.take() == {(PACK, TODAY): 2}


def test_every_threshold_says_where_it_comes_from() -> None:
    assert all(row.source and row.zh and row.en and row.days > 0 and row.networks > 1 for row in scan_thresholds())
