"""What people can do about a hold: see whether a later test was passed, and correct the record it was placed for."""

from api.access import Viewer
from api.errors import NotVisibleError
from api.rest.holds import visible_holds
from api.rest.lifecycle_access import permitted_to
from traceability.holds import Hold, hold_reasons
from traceability.lives.recording import Recorder, Verdict
from traceability.recorded import read_event


def open_hold(viewer: Viewer, number: int) -> Hold:
    """The open hold of that number; raises NotVisibleError."""
    found = visible_holds(viewer, ended=False, after=number + 1, limit=1)
    if not found or found[0].number != number:
        raise NotVisibleError(kind="hold", identifier=str(number))
    return found[0]


def is_for_a_vet(hold: Hold) -> bool:
    """Whether a veterinarian ends it by correcting the very record that it was placed for."""
    return hold_reasons()[hold.reason].corrects_cause


def correct_cause(viewer: Viewer, hold: Hold, *, licence: str, why: str) -> Verdict:
    """The record that the hold was placed for is declared wrong by a veterinarian, or why not.

    There is no other way to end such a hold. Raises NotVisibleError where a correction of that record ends nothing.
    """
    if not is_for_a_vet(hold):
        raise NotVisibleError(kind="record to correct for hold", identifier=str(hold.number))
    services = viewer.services
    recorder = Recorder(
        events=services.public.events,
        guards=services.guards,
        holds=services.public.holds,
        keys=services.keys,
        now=services.now,
    )
    record = {
        "kind": "correction",
        "time": viewer.now.isoformat(),
        "place": _place(viewer, hold),
        "event": hold.cause,
        "reason": " ".join(why.split()),
        "vet_licence": licence,
    }
    return recorder.record(record, permitted=permitted_to(viewer))


def _place(viewer: Viewer, hold: Hold) -> str:
    """Where the record was made, as far as we know the place, or else a farm of the viewer's."""
    told = [read_event(event).place for event in viewer.services.public.events.find(hold.cause)]
    known = [gln for gln in told if gln is not None and viewer.services.guards.zone(gln) is not None]
    return str(next(iter([*known, *(farm.gln for farm in viewer.farms.values())]), ""))
