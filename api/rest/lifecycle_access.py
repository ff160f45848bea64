"""Who may record what: operators everything, an enterprise what concerns the farms it looks after."""

from api.access import Viewer
from api.belongings import are_theirs
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
        return bool(asked.names) and not strange and are_theirs(viewer, asked.names - pigs, mine, new=on_farm)

    return may


def _is_registered(viewer: Viewer, number: EarTagNumber | None) -> bool:
    """Whether the animal is somebody's already: of the viewer's own it is not asked."""
    return number is None or viewer.services.animals.find(number) is not None
