"""Whose things that are no animals are: items and lots, by what they came of or where their records begin."""

from collections.abc import Collection

from api.access import Viewer


def are_theirs(viewer: Viewer, things: Collection[str], mine: Collection[str], *, new: bool) -> bool:
    """Whether all these items and lots came of the viewer's animals or of their farms; new: one nobody knows is theirs.

    things: canonical URIs. mine: the viewer's animals.
    """
    if not things:
        return True
    places = {farm.gln for farm in viewer.farms.values()}
    of_animals = viewer.services.traces.forward(mine).everything if mine else frozenset[str]()
    for told in viewer.services.guards.evidence(sorted({*things} - of_animals)).values():
        if not told.events:
            if not new:
                return False
        elif told.events[0].place not in places:
            return False
    return True
