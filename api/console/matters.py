"""What comes before all else on the first page: recalls that run, and what is on hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from api.access import Viewer
from api.console.words import Words
from api.recall_desk import running_recalls
from api.rest.epcis_events import visible_epcs
from traceability.holds import Hold
from traceability.recalls import RECALL_REASON, Recall

LOOKED_AT = 100
"""Open holds, the newest: a page that is renewed every ten seconds goes through no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matters:
    """recalls: those to be seen to. held: for how many reasons something is on hold; more: or for more."""

    recalls: Sequence[Recall]
    held: int
    more: bool

    @property
    def on_hold(self) -> Words:
        """How many matters, in words."""
        if self.more:
            return Words(zh=f"{self.held} 件以上封存待查", en=f"{self.held} or more on hold")
        return Words(zh=f"{self.held} 件事封存待查", en=f"{self.held} on hold")


def matters_of(viewer: Viewer) -> Matters:
    """What the viewer must see to first; what a recall holds is told as the recall."""
    newest = viewer.services.public.holds.list(ended=False, after=0, limit=LOOKED_AT)
    groups = together([hold for hold in newest if hold.reason != RECALL_REASON])
    return Matters(
        recalls=running_recalls(viewer),
        held=sum(_concerns(viewer, group[0]) for group in groups),
        more=len(newest) == LOOKED_AT,
    )


def together(holds: Sequence[Hold]) -> list[list[Hold]]:
    """Holds that follow one another and have the same reason and cause are one: a lot of packs is one matter."""
    groups = groupby(holds, key=lambda hold: (hold.reason, hold.cause, hold.release))
    return [[*group] for _, group in groups]


def _concerns(viewer: Viewer, hold: Hold) -> bool:
    """Whether it is on an animal of the viewer or on what came of one."""
    mine = visible_epcs(viewer)
    if mine is None or hold.subject in mine:
        return True
    return bool(mine) and not mine.isdisjoint(viewer.services.traces.back([hold.subject]).everything)
