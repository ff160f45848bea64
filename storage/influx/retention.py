"""Raw values let go in time: whole weeks of a property, once their hours are kept.

InfluxDB deletes whole points only. Where a week holds values of other properties that stay, its rows are moved: what
stays is written aside, the week is deleted, and what stays is written back; whoever finds a move unfinished goes on.
"""

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from observations.batch import ObservationBatch
from observations.model import Conflict, Correction, Expired, Stream
from storage.influx import influxql
from storage.influx.answers import times_of
from storage.influx.care import Care, Mark
from storage.influx.connection import Connection
from storage.influx.fields import SEQUENCE, suspect_field
from storage.influx.hours import correct_hours, write_hours
from storage.influx.ledger import name_of
from storage.influx.lines import row_lines
from storage.influx.pages import row_pages
from storage.influx.places import CONFLICTS, FIRST_MS, MOVING, NS_PER_MS, OBSERVATIONS, UNTIL_MS, fold
from storage.influx.rows import column_of
from storage.observations.retention import MOST_IN_AN_HOUR, HourOf
from storage.observations.schema import WEEK_MS
from storage.observations.touched import HOUR_MS, hour_of

LOOKED_THROUGH_MS = 13 * WEEK_MS
"""How much one statement counts."""


class Retention:
    """Lets values expire, and finishes what a process before did not."""

    def __init__(self, connection: Connection, care: Care, properties: Collection[str], *, writer: str) -> None:
        self._connection = connection
        self._care = care
        self._properties = list(properties)
        self._writer = writer

    def expire(self, due: Mapping[str, int]) -> Expired:
        """Raw values of these properties from before these times are gone; their hours stay."""
        care = self._care
        with care.appending:
            care.keep_marks({name: self._mark(name, ms) for name, ms in due.items()})
        if not care.marks:
            return Expired(values=0, weeks=0)
        care.wait_for_others()
        missing = {name: mark for name, mark in care.marks.items() if mark.dropped_before_ms < mark.before_ms}
        self._keep_hours(missing)
        correct_hours(self._connection, list(self._corrected_hours(missing)))
        care.keep_marks(
            {
                name: Mark(
                    before_ms=mark.before_ms,
                    dropped_before_ms=mark.before_ms,
                    removed_before_ms=mark.removed_before_ms,
                )
                for name, mark in missing.items()
            }
        )
        return self._remove()

    @property
    def interrupted(self) -> bool:
        """Whether rows of this writer are on the move."""
        return any(move["writer"] == self._writer for move in self._care.moves.values())

    def finish(self) -> None:
        """What an expiry that was interrupted had begun to remove is gone, and no row is on the move."""
        for name, move in list(self._care.moves.items()):
            if move["writer"] == self._writer:
                self._finish_move(name, week=move["week"], copied=move["copied"])
        if any(mark.removed_before_ms < mark.dropped_before_ms for mark in self._care.marks.values()):
            self._remove()

    def _mark(self, name: str, before_ms: int) -> Mark:
        known = self._care.marks.get(name, Mark(before_ms=before_ms, dropped_before_ms=0, removed_before_ms=0))
        return Mark(
            before_ms=max(before_ms, known.before_ms),
            dropped_before_ms=known.dropped_before_ms,
            removed_before_ms=known.removed_before_ms,
        )

    def _keep_hours(self, marks: Mapping[str, Mark]) -> None:
        """Of what expires and is not told by hours yet, the hours are kept, as devices said them."""
        since_ms = min((mark.dropped_before_ms for mark in marks.values()), default=UNTIL_MS)
        for week in self._weeks(since_ms, max((mark.before_ms for mark in marks.values()), default=FIRST_MS)):
            held = self._held(week)
            since, until = _bounds(week)
            for name, mark in marks.items():
                if held[name] and mark.dropped_before_ms < until <= mark.before_ms:
                    write_hours(self._connection, name, since_ms=since, until_ms=until)

    def _corrected_hours(self, marks: Mapping[str, Mark]) -> Iterator[HourOf]:
        """Every hour that is about to lose its rows and holds a correction, as corrected."""
        told = {
            (*ruling.slot, hour_of(ruling.correction.phenomenon_ms))
            for ruling in self._care.rulings()
            for mark in [marks.get(ruling.correction.observed_property)]
            if mark is not None
            and max(mark.dropped_before_ms, FIRST_MS) <= ruling.correction.phenomenon_ms < mark.before_ms
        }
        for device, channel, name, hour_ms in sorted(told):
            stream = Stream(device=device, channel=channel, since_ms=hour_ms, until_ms=hour_ms + HOUR_MS)
            series = self._care.series([stream], name, suspect=False, limit=MOST_IN_AN_HOUR)
            yield HourOf(
                device=device, channel=channel, observed_property=name, hour_ms=hour_ms, values=series.value.tolist()
            )

    def _remove(self) -> Expired:
        """No raw value is left that is in hours only; safe to repeat."""
        before_ms = {name: mark.dropped_before_ms for name, mark in self._care.marks.items()}
        values = weeks = 0
        complete = True
        for week in self._weeks(FIRST_MS, max(before_ms.values())):
            held = self._held(week)
            due = {name for name, count in held.items() if count and _bounds(week)[1] <= before_ms.get(name, 0)}
            if due:
                values += sum(held[name] for name in due)
                weeks += 1
                complete &= self._let_go(week, due, whole=due == {name for name, count in held.items() if count})
        if not complete:
            return Expired(values=values, weeks=weeks)
        self._forget(before_ms)
        self._care.keep_marks(
            {
                name: Mark(before_ms=mark.before_ms, dropped_before_ms=ms, removed_before_ms=ms)
                for name, mark in self._care.marks.items()
                for ms in [mark.dropped_before_ms]
            }
        )
        return Expired(values=values, weeks=weeks)

    def _weeks(self, since_ms: int, until_ms: int) -> Iterator[int]:
        """The weeks that hold a row, the first with `since_ms` in it, all before `until_ms`."""
        begin_ms, end_ms = max(since_ms, FIRST_MS) // WEEK_MS * WEEK_MS, min(until_ms, UNTIL_MS)
        for first_ms in range(begin_ms, end_ms, LOOKED_THROUGH_MS):
            table = self._connection.read(
                influxql.select(
                    f'count("{SEQUENCE}") AS "count"',
                    OBSERVATIONS,
                    since_ns=max(first_ms, FIRST_MS) * NS_PER_MS,
                    until_ns=min(first_ms + LOOKED_THROUGH_MS, end_ms) * NS_PER_MS,
                    then=f"GROUP BY time({WEEK_MS}ms) fill(none)",
                )
            )
            if table is not None:
                yield from (times_of(table) // (WEEK_MS * NS_PER_MS)).tolist()

    def _held(self, week: int) -> Mapping[str, int]:
        """How many values of each property the week holds."""
        fields = [field for name in self._properties for field in (name, suspect_field(name))]
        since_ms, until_ms = _bounds(week)
        table = self._connection.read(
            influxql.select(
                ", ".join(f'count("{field}") AS "{field}"' for field in fields),
                OBSERVATIONS,
                since_ns=since_ms * NS_PER_MS,
                until_ns=until_ms * NS_PER_MS,
            )
        )
        if table is None:
            return dict.fromkeys(self._properties, 0)
        counts = {field: int(np.nansum(column_of(table, field, np.nan))) for field in fields}
        return {name: counts[name] + counts[suspect_field(name)] for name in self._properties}

    def _let_go(self, week: int, due: Collection[str], *, whole: bool) -> bool:
        """Nothing of these properties is left in the week; False where another process is about it."""
        if whole:
            self._delete(OBSERVATIONS, week)
            return True
        name = name_of(self._writer, week)
        move = {"writer": self._writer, "week": week, "copied": False}
        with self._care.appending:
            self._care.tell_move(name, move)
        self._care.wait_for_others()
        if any(other["week"] == week and known != name for known, other in self._care.moves.items()):
            self._care.tell_move(name, None)  # of two that see each other both give way: it is left for another day
            return False
        self._delete(MOVING, week)
        self._copy(OBSERVATIONS, MOVING, week, [name for name in self._properties if name not in due])
        self._care.tell_move(name, {**move, "copied": True})
        self._finish_move(name, week=week, copied=True)
        return True

    def _finish_move(self, name: str, *, week: int, copied: bool) -> None:
        if copied:
            self._delete(OBSERVATIONS, week)
            self._care.follow()
            self._copy(MOVING, OBSERVATIONS, week, self._properties)
        # durably not "copied" before the copy goes: nobody may ever delete a week and write nothing back
        self._care.tell_move(name, {"writer": self._writer, "week": week, "copied": False})
        self._delete(MOVING, week)
        self._care.tell_move(name, None)

    def _copy(self, source: str, into: str, week: int, names: Collection[str]) -> None:
        """What the week's rows hold of these properties lies there too; but for what was erased meanwhile."""
        gone = self._care.gone
        for page in row_pages(self._connection, names, measurement=source, interval=_bounds(week)):
            held = np.flatnonzero(_valued(page.batch) & ~gone.erased(page.batch))
            for lines, precision in row_lines(page.batch.take(held), page.sequence[held], into=into):
                self._connection.write(lines, precision=precision)

    def _delete(self, measurement: str, week: int) -> None:
        since_ms, until_ms = _bounds(week)
        self._connection.delete(measurement, since_ns=since_ms * NS_PER_MS, until_ns=until_ms * NS_PER_MS)

    def _forget(self, before_ms: Mapping[str, int]) -> None:
        """No conflict and no correction is of a value that has gone."""

        def covered(of: Conflict | Correction) -> bool:
            return FIRST_MS <= of.phenomenon_ms < before_ms.get(of.observed_property, 0)

        self._care.forget_corrections(covered)
        for name, ms in before_ms.items():
            first_ns, until_ns = (int(fold(np.array([time], np.int64)).time_ns[0]) for time in (FIRST_MS, ms))
            tags = {"observed_property": name, "turn": "0"}
            self._connection.delete(CONFLICTS, since_ns=first_ns, until_ns=until_ns, tags=tags)


def _bounds(week: int) -> tuple[int, int]:
    """The week's times that are kept in place."""
    return max(week * WEEK_MS, FIRST_MS), min((week + 1) * WEEK_MS, UNTIL_MS)


def _valued(batch: ObservationBatch) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    mask = np.zeros(len(batch), np.bool_)
    for column in batch.values.values():
        mask |= ~np.isnan(column)
    return mask
