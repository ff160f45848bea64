"""The days of a pack's animals as tables: what each day's summary says, and the digest of its raw readings."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from observations.digests import DayDigest
from observations.identifiers import EarTagNumber
from traceability.evidence_pack.passport_json import completeness
from traceability.life import DailyRecord, Life

SUMMARY_COLUMNS = (
    "animal",
    "day",
    "readings",
    "expected",
    "complete_percent",
    "ear_temperature_min_CEL",
    "ear_temperature_mean_CEL",
    "ear_temperature_max_CEL",
    "distance_low_MTR",
    "distance_middle_MTR",
    "distance_high_MTR",
)
DIGEST_COLUMNS = ("animal", "day", "values", "sha256")


def summaries_csv(lives: Iterable[Life]) -> bytes:
    """A row for each summed-up day of each animal; a silent day has no row, and counts as missing all the same."""
    return _table(
        SUMMARY_COLUMNS,
        (_summary(life, record) for life in lives for record in sorted(life.daily, key=lambda each: each.on)),
    )


def digests_csv(digests: Mapping[EarTagNumber, Sequence[DayDigest]]) -> bytes:
    """A row for each day of which raw readings are kept."""
    return _table(
        DIGEST_COLUMNS,
        (
            (animal, each.day.isoformat(), str(each.values), each.sha256)
            for animal, days in sorted(digests.items())
            for each in days
        ),
    )


def _summary(life: Life, record: DailyRecord) -> Sequence[str]:
    complete = completeness(record.readings, record.expected)["percent"]
    temperature = record.temperature or (None, None, None)
    walked = record.distance
    band = (None, None, None) if walked is None else (walked.low_m, walked.middle_m, walked.high_m)
    figures = [complete, *temperature, *band]
    name = life.epc if life.ear_tag is None else life.ear_tag
    head = (name, record.on.isoformat(), str(record.readings), str(record.expected))
    return [*head, *("" if figure is None else f"{figure:g}" for figure in figures)]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue().encode()
