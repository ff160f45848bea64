"""What comes before all else on the first page: recalls that run, and what is on hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from api.access import Viewer
from api.console.words import Words
from api.recall_desk import told_of
from api.rest.holds import visible_holds
from traceability.holds import Hold
from traceability.recalls import Recall

LOOKED_AT = 100
"""Open holds, the newest of those that the viewer may see."""


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
    """What the viewer must see to first.

    What a recall holds is told as the recall, where the viewer was told of that; once it is closed, no more.
    """
    recalls = viewer.services.recalls.list()
    told = [recall for recall in recalls if recall.running and told_of(viewer, recall)]
    without = {recall.id for recall in recalls if recall in told or not recall.running}
    found = visible_holds(viewer, ended=False, after=0, limit=LOOKED_AT, without=without)
    return Matters(recalls=told, held=len(together(found)), more=len(found) == LOOKED_AT)


def together(holds: Sequence[Hold]) -> list[list[Hold]]:
    """Holds that follow one another and have the same reason and cause are one: a lot of packs is one matter."""
    groups = groupby(holds, key=lambda hold: (hold.reason, hold.cause, hold.release))
    return [[*group] for _, group in groups]
