"""Flux that the storage engine answers by itself: ranges, tags, fields and windows are pushed down, nothing else is asked.

Every script names its interval and its series; sorting, joining and grouping happen here, in columns.
"""

from collections.abc import Iterable, Sequence

from storage.influx.tags import tag_of

KEPT = ("_time", "_value", "_field", "device", "channel")
DEVICES_PER_QUERY = 250


def source(bucket: str, measurement: str, *, since_ns: int, until_ns: int) -> str:
    """Every point of the measurement in [since, until)."""
    return (
        f'from(bucket: "{_quoted(bucket)}")'
        f" |> range(start: time(v: {since_ns}), stop: time(v: {until_ns}))"
        f' |> filter(fn: (r) => r._measurement == "{measurement}")'
    )


def with_tag(name: str, texts: Iterable[str]) -> str:
    """Only series whose tag is one of these texts."""
    return _filter(_either([f'r.{name} == "{tag_of(text)}"' for text in texts]))


def with_fields(fields: Iterable[str]) -> str:
    """Only these fields."""
    return _filter(_either([f'r._field == "{field}"' for field in fields]))


def with_value(comparison: str) -> str:
    """Only values that compare so, for example `>= 5`."""
    return _filter(f"r._value {comparison}")


def by_window(function: str, *, width_ms: int, offset_ms: int) -> str:
    """That function of every window, at the start of it; a window without values has no row."""
    return (
        f" |> aggregateWindow(every: {width_ms}ms, offset: {offset_ms}ms, fn: {function}, createEmpty: false,"
        ' timeSrc: "_start")'
    )


def yielded(name: str, *, columns: Sequence[str] = KEPT) -> str:
    """What is left, with these columns, under a name that says the type of its values (`answers.VALUE_TYPES`)."""
    kept = ", ".join(f'"{column}"' for column in columns)
    return f' |> keep(columns: [{kept}]) |> yield(name: "{name}")'


def _either(conditions: Sequence[str]) -> str:
    """One of them holds; halved again and again, because the server takes no more than some 70 in a row."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({_either(conditions[:middle])} or {_either(conditions[middle:])})"


def _filter(condition: str) -> str:
    return f" |> filter(fn: (r) => {condition})"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
