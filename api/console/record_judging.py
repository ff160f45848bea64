"""Handing a form in: one record, or one for each animal of a group, judged as by every other way in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.access import Viewer
from api.console.record_forms import ANIMALS, TypedRecord
from api.rest.lifecycle_access import permitted_to
from traceability.lives.kinds import EventKind
from traceability.lives.recording import Outcome, Recorder, Verdict
from traceability.lives.records import read_record
from traceability.lives.values import Problem

KEPT = frozenset({Outcome.TAKEN, Outcome.THERE_ALREADY})
STATUS: Mapping[Outcome, int] = {
    Outcome.TAKEN: 201,
    Outcome.THERE_ALREADY: 200,
    Outcome.REFUSED: 422,
    Outcome.NOT_YOURS: 404,
}
BLOCKED, SOME = 409, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one record; animal: the number of the one of the group that it is about, else ""."""

    animal: str
    verdict: Verdict

    @property
    def kept(self) -> bool:
        """Whether it is recorded now, by this or by an earlier sending."""
        return self.verdict.outcome in KEPT

    @property
    def event_ids(self) -> list[str]:
        """The eventIDs of what it became."""
        return list(dict.fromkeys(event.event_id for event in self.verdict.events))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What became of a form."""

    kind: EventKind
    rows: Sequence[Row]

    @property
    def kept(self) -> list[Row]:
        """The rows that are recorded."""
        return [row for row in self.rows if row.kept]

    @property
    def taken(self) -> bool:
        """Whether any row was recorded by this sending, not by an earlier one."""
        return any(row.verdict.outcome is Outcome.TAKEN for row in self.rows)

    @property
    def refused(self) -> list[Row]:
        """The rows that are not."""
        return [row for row in self.rows if not row.kept]

    @property
    def status(self) -> int:
        """The HTTP status: of the first refusal where nothing was recorded."""
        if self.kept:
            return SOME if self.refused else max(STATUS[row.verdict.outcome] for row in self.kept)
        first = self.rows[0].verdict
        return BLOCKED if first.blocks and not first.problems else STATUS[first.outcome]

    def told(self) -> dict[str, Any]:
        """All of it for the script that sends what was kept on the phone. left: the animals still to be recorded."""
        return {
            "outcome": "refused" if not self.kept else "some" if self.refused else "taken",
            "left": [row.animal for row in self.refused if row.animal],
            "rows": [_told(row) for row in self.rows],
        }


def handed_in(viewer: Viewer, kind: EventKind, typed: TypedRecord) -> Handed:
    """What can be recorded is durable when this returns.

    A group of animals becomes a record each, so that one which may not go does not keep back the others; a form
    with a wrong entry is refused whole.
    """
    record, services = typed.record(kind), viewer.services
    recorder = Recorder(
        events=services.public.events,
        guards=services.guards,
        holds=services.public.holds,
        keys=services.keys,
        now=services.now,
    )
    permitted = permitted_to(viewer)
    group = typed.animals if len(typed.animals) > 1 and not typed["things"] else []
    with services.hold_alarms.telling():
        if group and not read_record(record, services.guards, services.keys).problems:
            singles = [{**record, ANIMALS: [number]} for number in group]
            verdicts = list(recorder.record_all(singles, permitted=permitted))
            rows = [Row(animal=number, verdict=verdict) for number, verdict in zip(group, verdicts, strict=True)]
        else:
            rows = [Row(animal="", verdict=recorder.record(record, permitted=permitted))]
    return Handed(kind=kind, rows=rows)


def _told(row: Row) -> dict[str, Any]:
    return {
        "animal": row.animal,
        "outcome": row.verdict.outcome.value,
        "event_ids": row.event_ids,
        "problems": [_problem(problem) for problem in row.verdict.problems],
        "blocks": [
            {"zh": block.zh, "en": block.en, "until": None if block.until is None else block.until.isoformat()}
            for block in row.verdict.blocks
        ],
    }


def _problem(problem: Problem) -> Mapping[str, str]:
    return {"field": problem.field, "en": problem.rule.en, "zh": problem.rule.zh}
