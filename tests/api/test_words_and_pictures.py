import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.console.pictures import devices_per_mark, freshness_strip, line_chart, runs, sparkline
from api.console.words import age_words, counting_order, depth_words, quarantine_words, why_set_aside
from api.errors import BadQueryError
from api.freshness import Freshness
from api.heard import payload_text
from api.readings import mark_of, quality_word
from api.series import bucket_ms, csv_text
from api.spans import DAY_MS, HOUR_MS, Span, cut, moment_of, yesterday
from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId
from observations.model import Stream
from observations.properties import observed_property
from observations.quality import Quality

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 7, 28, 1, 20, tzinfo=UTC)
SPAN = Span(since=NOW - timedelta(hours=48), until=NOW)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (2, "刚刚", "just now"),
        (42, "42 秒前", "42 s ago"),
        (240, "4 分钟前", "4 min ago"),
        (7200, "2 小时前", "2 h ago"),
        (30_600, "8 小时 30 分前", "8 h 30 min ago"),
        (200_000, "2026-07-28 09:20", "2026-07-28 09:20"),
    ],
)
def test_an_age_is_in_words_up_to_two_days_and_then_a_local_date(seconds: float, zh: str, en: str) -> None:
    words = age_words(seconds, NOW, SHANGHAI)
    assert (words.zh, words.en) == (zh, en)


@pytest.mark.parametrize(
    ("quality", "minutes", "mark"),
    [
        (Quality.GOOD, 89, "good"),
        (Quality.ESTIMATED, 1, "estimated"),
        (Quality.OUT_OF_RANGE | Quality.ESTIMATED, 1, "suspect"),
        (Quality.GOOD, 91, "stale"),
        (Quality.GOOD, 361, "offline"),
    ],
)
def test_a_mark_joins_quality_and_age(quality: Quality, minutes: int, mark: str) -> None:
    assert mark_of(quality, minutes * 60, observed_property("ear_temperature")) == mark


def test_quality_is_a_word_for_every_combination_of_flags() -> None:
    assert quality_word(Quality.GOOD) == "good"
    assert quality_word(Quality.OUT_OF_RANGE | Quality.CLOCK_WRONG) == "out_of_range+clock_wrong"
    assert len({quality_word(Quality(flags)) for flags in range(16)}) == 16


def test_yesterday_is_the_farms_day() -> None:
    day = yesterday(NOW, SHANGHAI)
    assert day.since == datetime(2026, 7, 26, 16, tzinfo=UTC)
    assert day.until == datetime(2026, 7, 27, 16, tzinfo=UTC)


def test_a_cut_stream_keeps_only_what_lies_in_the_span() -> None:
    inside = Stream(device="a", since_ms=SPAN.since_ms + 5, until_ms=None)
    before = Stream(device="b", since_ms=None, until_ms=SPAN.since_ms)
    assert cut([inside, before, Stream(device="c")], SPAN) == [
        Stream(device="a", since_ms=SPAN.since_ms + 5, until_ms=SPAN.until_ms),
        Stream(device="c", since_ms=SPAN.since_ms, until_ms=SPAN.until_ms),
    ]


def test_a_gap_stays_a_gap_in_every_picture() -> None:
    points = [(SPAN.since_ms + hour * HOUR_MS, 38.0) for hour in (1, 2, 3, 30, 31)]
    assert [len(run) for run in runs(points, 2 * HOUR_MS)] == [3, 2]
    assert str(sparkline(points, SPAN, gap_ms=2 * HOUR_MS, label="x")).count("<polyline") == 2
    still = line_chart(points, SPAN, SHANGHAI, gap_ms=2 * HOUR_MS, unit="℃", label="x")
    assert str(still).count("<polyline") == 2
    assert "7-27" in str(still)
    assert str(sparkline([], SPAN, gap_ms=1, label="x")) == ""


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e8)), max_size=40), st.text(max_size=20))
def test_the_freshness_strip_has_one_mark_per_device_and_is_sound(ages: list[float | None], label: str) -> None:
    device = Device(id=DeviceId.parse("d"), site=SiteId.parse("s"), kind=DeviceKind.EAR_TAG)
    fresh = [
        Freshness(device=device, last_good=None, last_arrived=None, age_s=age, late_after_s=5400, silent_after_s=21600)
        for age in ages
    ]
    printable = "".join(letter for letter in label if letter.isprintable())
    tree = ET.fromstring(str(freshness_strip(fresh, printable)))  # noqa: S314 our own picture
    assert len(list(tree.iter("title"))) == len(ages)
    assert tree.attrib["aria-label"] == printable


def test_of_very_many_devices_a_mark_stands_for_several() -> None:
    device = Device(id=DeviceId.parse("d"), site=SiteId.parse("s"), kind=DeviceKind.EAR_TAG)
    each = Freshness(
        device=device, last_good=None, last_arrived=None, age_s=60, late_after_s=5400, silent_after_s=21600
    )
    assert devices_per_mark(500) == 1
    assert devices_per_mark(10_000) == 20
    assert str(freshness_strip([each] * 10_000, "x")).count("<title>") == 500


@given(st.text(max_size=8) | st.from_regex(r"[1-9][0-9]{0,3}[mhd]", fullmatch=True))
def test_any_bucket_text_is_a_width_or_the_one_error(text: str) -> None:
    with suppress(BadQueryError):
        width = bucket_ms(text)
        assert width is None or 0 < width <= 9999 * DAY_MS


@given(st.binary(max_size=200))
def test_any_payload_is_text_to_show(payload: bytes) -> None:
    assert isinstance(payload_text(payload), str)


@given(st.text(max_size=20))
def test_no_cell_opens_as_a_formula(text: str) -> None:
    cell = csv_text([[text]]).removeprefix("\ufeff").lstrip('"')
    assert not cell.startswith(("=", "+", "-", "@", "\t"))


def test_milliseconds_become_moments_exactly() -> None:
    assert moment_of(1_785_201_364_123) == datetime(2026, 7, 28, 1, 16, 4, 123000, tzinfo=UTC)


def test_two_comes_before_ten() -> None:
    names = ["流沙河镇 10 号户", "双凫铺镇 2 号户", "流沙河镇 2 号户", "流沙河镇"]
    assert sorted(names, key=counting_order) == ["双凫铺镇 2 号户", "流沙河镇", "流沙河镇 2 号户", "流沙河镇 10 号户"]
    assert counting_order("1 号户", "10 号田") > counting_order("1 号户", "9 号田")


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    assert sorted(sorted(names, key=counting_order)) == sorted(names)


@pytest.mark.parametrize(("channel", "words"), [("20cm", "20 cm"), ("", ""), ("cm", "cm"), ("left", "left")])
def test_a_depth_is_read_with_its_unit_apart(channel: str, words: str) -> None:
    assert depth_words(channel) == words


def test_every_reason_for_setting_a_message_aside_has_chinese_words() -> None:
    root = Path(__file__).parents[2]
    sources = [path.read_text("utf-8") for folder in ("devices", "ingest") for path in (root / folder).rglob("*.py")]
    codes = {code for source in sources for code in re.findall(r'code="([a-z_]+)"', source)}
    assert codes
    assert codes <= quarantine_words().keys()
    assert why_set_aside("not_json") == "不是 JSON"
    assert why_set_aside("of tomorrow") == "of tomorrow"
