"""What a secret may see, remembered: a page that asks every few seconds costs no look-up in the records."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.access import Viewer
from api.auth import digest_of
from api.requests import Presented, PresentedBy, services_of, viewer_of
from observations.model import Stream

MOST_GRANTS = 20_000

Kind = Literal["animal", "field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One secret may see one animal or field until then: its streams, on that time zone."""

    subject: str
    streams: Sequence[Stream]
    zone: ZoneInfo
    until: datetime


class Grants:
    """Grants by secret and subject, forgotten together when anything changes that decides who may see what.

    Only what was granted is remembered. Used from the event loop alone.
    """

    def __init__(self, *, most: int = MOST_GRANTS) -> None:
        self._most = most
        self._revision: int | None = None
        self._grants: OrderedDict[tuple[str, Kind, str], Grant] = OrderedDict()

    def find(self, key: tuple[str, Kind, str], *, revision: int, now: datetime) -> Grant | None:
        """The grant under that key, where nothing has changed since."""
        if revision != self._revision:
            self._grants.clear()
            self._revision = revision
        grant = self._grants.get(key)
        return grant if grant is not None and now < grant.until else None

    def keep(self, key: tuple[str, Kind, str], grant: Grant, *, revision: int) -> None:
        """The grant is remembered, unless something changed since `revision` was read."""
        if revision != self._revision:
            return
        self._grants[key] = grant
        if len(self._grants) > self._most:
            self._grants.popitem(last=False)


async def animal_grant(request: Request, shown: PresentedBy, animal_id: str) -> Grant:
    """What the viewer may see of that animal; raises NotSignedInError or NotVisibleError."""
    return await _granted(request, shown, "animal", animal_id)


async def field_grant(request: Request, shown: PresentedBy, field_id: str) -> Grant:
    """What the viewer may see of that field; raises NotSignedInError or NotVisibleError."""
    return await _granted(request, shown, "field", field_id)


async def _granted(request: Request, shown: Presented, kind: Kind, identifier: str) -> Grant:
    services, grants = services_of(request), cast("Grants", request.app.state.grants)
    # Read before the records are: a change in between is met again at the next request.
    revision = services.access_revision()
    # A session's cookie sent as a token is no token: the key tells them apart.
    key = (f"{'bearer' if shown.bearer else 'session'} {digest_of(shown.secret)}", kind, identifier)
    grant = grants.find(key, revision=revision, now=services.now())
    if grant is None:
        grant = await run_in_threadpool(_look_up, request, shown, kind, identifier)
        grants.keep(key, grant, revision=revision)
    return grant


def _look_up(request: Request, shown: Presented, kind: Kind, identifier: str) -> Grant:
    viewer = viewer_of(request, shown)
    subject, streams, zone = _animal(viewer, identifier) if kind == "animal" else _field(viewer, identifier)
    return Grant(subject=subject, streams=streams, zone=zone, until=viewer.seen_until)


def _animal(viewer: Viewer, identifier: str) -> tuple[str, list[Stream], ZoneInfo]:
    found = viewer.animal(identifier)
    return found.id, viewer.streams_of_animal(found), viewer.zone(found.farm)


def _field(viewer: Viewer, identifier: str) -> tuple[str, list[Stream], ZoneInfo]:
    found = viewer.field(identifier)
    return found.id, viewer.streams_of_field(found), viewer.zone(found.farm)


AnimalGrant = Annotated[Grant, Depends(animal_grant)]
FieldGrant = Annotated[Grant, Depends(field_grant)]
