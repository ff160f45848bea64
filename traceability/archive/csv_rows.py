"""The archive as a table: a row for each record, the items without any named as not recorded."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from traceability.archive.model import Archive, Entry
from traceability.archive.tables import ANIMALS, items

NOT_RECORDED = "未记录 / not recorded"
COLUMNS = (
    "item",
    "item_zh",
    "item_en",
    "day",
    "local_time",
    "what_zh",
    "what_en",
    "animals",
    "details",
    "recorded_time",
    "declared_wrong",
    "event_id",
    "law",
)


def archive_rows(archive: Archive) -> Iterator[tuple[str, ...]]:
    """The head, then every row in the order of the law's items."""
    zone = ZoneInfo(archive.keeper.timezone)
    yield COLUMNS
    for item in items().values():
        head = (item.item, item.zh, item.en)
        if item.item == ANIMALS:
            for each in archive.animals:
                words = f"{each.breed}; {each.sex}; {each.status}; left {each.left_on or '-'}"
                yield (*head, str(each.born_on), "", "登记", "Registered", each.number, words, "", "", "", item.source)
        for entry in archive.entries[item.item]:
            yield (*head, *_cells(entry, zone), item.source)
        if archive.missing(item):
            yield (*head, "", "", NOT_RECORDED, NOT_RECORDED, "", "", "", "", "", item.source)


def details_text(entry: Entry, *, english: bool = False) -> str:
    """What the record says, in one line."""
    return "; ".join(
        f"{detail.en if english else detail.zh} {detail.value}{' ' + detail.unit if detail.unit else ''}"
        for detail in entry.details
    )


def _cells(entry: Entry, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        entry.day.isoformat(),
        _local(entry.event.captured.event_time, zone),
        entry.zh,
        entry.en,
        " ".join(entry.animals),
        details_text(entry),
        _local(entry.recorded_at, zone),
        entry.declared_wrong,
        entry.event_id,
    )


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
