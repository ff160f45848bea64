"""A book of holds in memory, over a trace graph."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from traceability.gs1.epc_uris import canonical_uri
from traceability.holds import Held, Hold, HoldRelease, checked
from traceability.ports import TraceGraph


@dataclass
class HoldsInMemory:
    """A HoldBook."""

    graph: TraceGraph
    holds: dict[int, Hold] = field(default_factory=dict)

    def place(self, holds: Sequence[Hold]) -> Sequence[Hold]:
        new = []
        for hold in map(checked, holds):
            own = replace(hold, subject=canonical_uri(hold.subject), number=len(self.holds) + 1)
            if _key(own) not in {_key(each) for each in self._open()}:
                self.holds[own.number] = own
                new.append(own)
        return new

    def of(self, uris: Collection[str]) -> Sequence[Held]:
        things = {canonical_uri(uri) for uri in uris}
        found = []
        for hold in self._open():
            reached = self.graph.forward([hold.subject])
            if things & ({hold.subject} | reached.everything):
                found.append(Held(hold=hold, certain=bool(things & ({hold.subject} | reached.certain))))
        return found

    def release(self, cause: str, release: HoldRelease, *, subjects: Collection[str] = ()) -> int:
        named = {canonical_uri(each) for each in subjects}
        ended = [hold for hold in self._open() if hold.cause == cause and (not named or hold.subject in named)]
        self.holds.update({hold.number: replace(hold, release=release) for hold in ended})
        return len(ended)

    def caused_by(self, causes: Collection[str]) -> Sequence[Hold]:
        return [hold for hold in self.holds.values() if hold.cause in causes]

    def list(self, *, ended: bool, after: int, limit: int, without: Collection[str] = ()) -> Sequence[Hold]:
        found = [hold for hold in self.holds.values() if (hold.release is not None) is ended]
        wanted = [hold for hold in reversed(found) if hold.cause not in without]
        return [hold for hold in wanted if not after or hold.number < after][:limit]

    def newest(self) -> int:
        return len(self.holds)

    def placed_after(self, number: int, *, limit: int) -> Sequence[Hold]:
        return [hold for hold in self.holds.values() if hold.number > number][:limit]

    def _open(self) -> Sequence[Hold]:
        return [hold for hold in self.holds.values() if hold.release is None]


def _key(hold: Hold) -> tuple[str, str, str]:
    return hold.subject, hold.reason, hold.cause
