"""What one event says that cannot be right. It is kept and flagged: an implausible record is evidence, too.

The rules are rows of `plausibility_rules.csv`. Those that need other events are in `traceability.history`.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from traceability.epcis.event_terms import bare_word, members, parts
from traceability.epcis.event_types import instant
from traceability.epcis.identifiers import CLASSES, INSTANCES
from traceability.epcis.measurements import dimension_of_measurement, dimensions_of_unit, needs_unit
from traceability.gs1.rules import Rule
from traceability.model import Flag
from traceability.strict_json import WHOLE, ReadObject

Event = Mapping[str, Any]

FIRST_YEAR = 1990
"""Before it nobody wrote electronic event records of goods; 1970 is a clock that was never set."""
AHEAD = timedelta(hours=24)
"""A clock may be wrong by so much, or its time zone forgotten, before an event is called one of the future."""


def flags_of(read: ReadObject, *, record_time: datetime, created: datetime | None) -> tuple[Flag, ...]:
    """Every flag of a valid event by itself; created: when its document says it was made."""
    event = read.value
    found = [
        Flag(rule="member_repeated", path=f"{WHOLE}.{name}", detail="the last one counts") for name in read.repeated
    ]
    for check in (_subject, _offset, _order_of_times, _dispositions, _quantities):
        found.extend(check(event))
    found.extend(_sane_times(event, record_time))
    found.extend(_document_time(event, created))
    for place, element in enumerate(parts(event.get("sensorElementList"))):
        found.extend(_sensor_element(f"{WHOLE}.sensorElementList[{place}]", members(element), event))
    return tuple(found)


@cache
def rule_words() -> Mapping[str, Rule]:
    """What each rule says, in both languages."""
    text = files("traceability.epcis").joinpath("plausibility_rules.csv").read_text(encoding="utf-8")
    return {row["rule"]: Rule(row["en"], row["zh"]) for row in csv.DictReader(text.splitlines())}


def _flag(rule: str, path: str, detail: str) -> Flag:
    return Flag(rule=rule, path=path, detail=detail)


def _subject(event: Event) -> Iterator[Flag]:
    named = any(parts(event.get(name)) for name in (*INSTANCES, *CLASSES))
    if not named and not event.get("parentID") and not parts(event.get("sensorElementList")):
        yield _flag("about_nothing", WHOLE, "no EPC, no quantity, no parent and no sensor report")
    children = parts(event.get("childEPCs"))
    if event.get("parentID") in children and children:
        yield _flag("parent_is_child", f"{WHOLE}.childEPCs", f"{event['parentID']} is the parent")
    both = sorted({*parts(event.get("inputEPCList"))} & {*parts(event.get("outputEPCList"))})
    if both:
        yield _flag("input_is_output", f"{WHOLE}.outputEPCList", f"{both[0]} is an input")


def _offset(event: Event) -> Iterator[Flag]:
    time, offset = str(event["eventTime"]), str(event["eventTimeZoneOffset"])
    # Z and -00:00 say the instant and nothing of the place (RFC 3339 section 4.3).
    if time[-1] not in "zZ" and time[-6:] not in {offset, "-00:00"} and instant(time).utcoffset() != _offset_of(offset):
        detail = f"eventTime has {time[-6:]}, eventTimeZoneOffset {offset}"
        yield _flag("offset_contradiction", f"{WHOLE}.eventTimeZoneOffset", detail)


def _offset_of(text: str) -> timedelta:
    size = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return -size if text[0] == "-" else size


def _order_of_times(event: Event) -> Iterator[Flag]:
    declared = members(event.get("errorDeclaration")).get("declarationTime")
    for rule, path, text in (
        ("recorded_before_event", "recordTime", event.get("recordTime")),
        ("declared_before_event", "errorDeclaration.declarationTime", declared),
    ):
        if text is not None and instant(text) < instant(event["eventTime"]):
            yield _flag(rule, f"{WHOLE}.{path}", f"{text} < eventTime {event['eventTime']}")


def _sane_times(event: Event, record_time: datetime) -> Iterator[Flag]:
    for path, text in _times(event):
        moment = instant(text)
        if moment.year < FIRST_YEAR:
            yield _flag("long_ago", path, text)
        elif moment > record_time + AHEAD:
            yield _flag("in_the_future", path, f"{text} > {record_time.isoformat(timespec='seconds')}")


def _times(event: Event) -> Iterator[tuple[str, str]]:
    """The times of the event itself and of what was sensed."""
    yield f"{WHOLE}.eventTime", event["eventTime"]
    for place, element in enumerate(parts(event.get("sensorElementList"))):
        path = f"{WHOLE}.sensorElementList[{place}]"
        metadata = members(members(element).get("sensorMetadata"))
        for name in ("time", "startTime", "endTime"):
            if name in metadata and metadata[name] is not None:
                yield f"{path}.sensorMetadata.{name}", metadata[name]
        for number, report in enumerate(parts(members(element).get("sensorReport"))):
            if members(report).get("time") is not None:
                yield f"{path}.sensorReport[{number}].time", report["time"]


def _document_time(event: Event, created: datetime | None) -> Iterator[Flag]:
    if created is None:
        return
    declared = members(event.get("errorDeclaration")).get("declarationTime")
    told = (("eventTime", event["eventTime"]), ("recordTime", event.get("recordTime")))
    for path, text in (*told, ("errorDeclaration.declarationTime", declared)):
        if text is not None and instant(text) > created:
            detail = f"{text} > creationDate {created.isoformat(timespec='milliseconds')}"
            yield _flag("document_before_content", f"{WHOLE}.{path}", detail)


def _dispositions(event: Event) -> Iterator[Flag]:
    lasting = members(event.get("persistentDisposition"))
    begins = {bare_word(str(word), "disposition") for word in parts(lasting.get("set"))}
    ends = {bare_word(str(word), "disposition") for word in parts(lasting.get("unset"))}
    if begins & ends:
        yield _flag("disposition_set_and_unset", f"{WHOLE}.persistentDisposition", ", ".join(sorted(begins & ends)))


def _quantities(event: Event) -> Iterator[Flag]:
    for name in CLASSES:
        for place, quantity in enumerate(parts(event.get(name))):
            amount = members(quantity).get("quantity")
            if amount is not None and amount < 0:
                yield _flag("negative_quantity", f"{WHOLE}.{name}[{place}].quantity", f"{amount:g}")


def _sensor_element(path: str, element: Event, event: Event) -> Iterator[Flag]:
    metadata = members(element.get("sensorMetadata"))
    start, end = metadata.get("startTime"), metadata.get("endTime")
    if start is not None and end is not None and instant(end) < instant(start):
        yield _flag("window_reversed", f"{path}.sensorMetadata.endTime", f"{end} < startTime {start}")
    for name in ("time", "startTime", "endTime"):
        yield from _after_event(f"{path}.sensorMetadata.{name}", metadata.get(name), event)
    for place, report in enumerate(parts(element.get("sensorReport"))):
        where = f"{path}.sensorReport[{place}]"
        yield from _after_event(f"{where}.time", members(report).get("time"), event)
        yield from _outside_window(f"{where}.time", members(report).get("time"), start, end)
        yield from _statistics(where, members(report))
        yield from _unit(where, members(report))


def _after_event(path: str, text: str | None, event: Event) -> Iterator[Flag]:
    if text is not None and instant(text) > instant(event["eventTime"]):
        yield _flag("sensor_after_event", path, f"{text} > eventTime {event['eventTime']}")


def _outside_window(path: str, text: str | None, start: str | None, end: str | None) -> Iterator[Flag]:
    if text is None:
        return
    if start is not None and instant(text) < instant(start):
        yield _flag("report_outside_window", path, f"{text} < startTime {start}")
    if end is not None and instant(text) > instant(end):
        yield _flag("report_outside_window", path, f"{text} > endTime {end}")


_ORDER: tuple[tuple[str, str, str], ...] = (
    ("maximum_below_minimum", "minValue", "maxValue"),
    ("mean_below_minimum", "minValue", "meanValue"),
    ("maximum_below_mean", "meanValue", "maxValue"),
    ("percentile_outside_range", "minValue", "percValue"),
    ("percentile_outside_range", "percValue", "maxValue"),
)
"""Which of two values of a report may not exceed the other."""


def _statistics(path: str, report: Event) -> Iterator[Flag]:
    for rule, low, high in _ORDER:
        less, more = report.get(low), report.get(high)
        if less is not None and more is not None and less > more:
            yield _flag(rule, path, f"{low} {less:g} > {high} {more:g}")


def _unit(path: str, report: Event) -> Iterator[Flag]:
    measurement, unit = bare_word(str(report["type"]), "measurement"), report.get("uom")
    expected = dimension_of_measurement(measurement)
    if unit is None:
        numbers = ("value", "minValue", "maxValue", "meanValue", "percValue")
        if needs_unit(measurement) and any(report.get(name) is not None for name in numbers):
            yield _flag("unit_missing", path, f"{measurement} without uom")
        return
    found = dimensions_of_unit(unit)
    if expected and found and expected not in found:
        yield _flag(
            "unit_of_another_kind",
            f"{path}.uom",
            f"{unit} is a unit of {'/'.join(sorted(found))}, not of {measurement}",
        )
