"""Who may record what: operators everything, an enterprise what concerns the farms it looks after."""

from api.access import Viewer
from api.rest.epcis_events import visible_epcs
from observations.identifiers import EarTagNumber
from traceability.guard_evidence import is_pig
from traceability.life import ear_tag
from traceability.lives.kinds import Whereabouts
from traceability.lives.recording import Asked, Permitted


def permitted_to(viewer: Viewer) -> Permitted:
    """Whether the viewer may record what is asked; what is not theirs is as if it were not there."""
    mine = visible_epcs(viewer)
    places = frozenset(farm.gln for farm in viewer.farms.values())

    def may(asked: Asked) -> bool:
        if mine is None:
            return True
        on_farm = asked.kind.whereabouts is Whereabouts.FARM
        if on_farm and asked.place not in places:
            return False
        pigs = frozenset(filter(is_pig, asked.names))
        strange = pigs - mine
        if asked.kind.kind == "birth":
            strange = frozenset(pig for pig in strange if _is_registered(viewer, ear_tag(pig)))
        return bool(asked.names) and not strange and _are_theirs(viewer, asked.names - pigs, mine, places, new=on_farm)

    return may


def _is_registered(viewer: Viewer, number: EarTagNumber | None) -> bool:
    """Whether the animal is somebody's already: of the viewer's own it is not asked."""
    return number is None or viewer.services.animals.find(number) is not None


def _are_theirs(viewer: Viewer, things: frozenset[str], mine: set[str], places: frozenset[str], *, new: bool) -> bool:
    """Whether all these items and lots came of their animals or of their fields; new: one that nobody knows is."""
    if not things:
        return True
    of_animals = viewer.services.traces.forward(mine).everything if mine else frozenset[str]()
    for told in viewer.services.guards.evidence(sorted(things - of_animals)).values():
        if not told.events:
            if not new:
                return False
        elif told.events[0].place not in places:
            return False
    return True
