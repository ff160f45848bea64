"""Who has to be told of a recall: who has the goods, and the enterprises whose animals they came of."""

from collections.abc import Iterable, Mapping, Sequence

from api.access import Viewer
from households.model import Enterprise, Farm
from traceability.life import ear_tag
from traceability.recall_goods import Good
from traceability.recall_messages import Recipient, RecipientKind
from traceability.recalls import Scope

Told = Mapping[Recipient, Sequence[Good]]


def affected_enterprises(viewer: Viewer, scope: Scope) -> dict[str, frozenset[str]]:
    """What came of the animals of each enterprise, by its id, as far as it is in the scope."""
    traces = viewer.services.traces
    behind = scope.starts | traces.back(scope.starts).everything
    reached = scope.certain | scope.possible
    by_enterprise: dict[str, set[str]] = {}
    for name in behind | reached:
        farm = _farm_of(viewer, name)
        for enterprise in _claiming(viewer, farm) if farm is not None else ():
            by_enterprise.setdefault(enterprise.id, set()).add(name)
    return {
        enterprise: reached & (frozenset(animals) | traces.forward(animals).everything)
        for enterprise, animals in by_enterprise.items()
    }


def recipients_of(viewer: Viewer, goods: Sequence[Good], affected: Mapping[str, frozenset[str]]) -> Told:
    """Everyone who is told, and of which goods."""
    found: dict[Recipient, list[Good]] = {}
    farms = {farm.gln: farm for farm in viewer.services.households.farms()}
    for good in goods:
        for recipient in _holders(viewer, good, farms):
            found.setdefault(recipient, []).append(good)
    for enterprise, things in affected.items():
        recipient = _enterprise(viewer.services.households.find_enterprise(enterprise), enterprise)
        seen = {good.thing for good in found.get(recipient, ())}
        theirs = [good for good in goods if good.thing in things and good.thing not in seen]
        found.setdefault(recipient, []).extend(theirs)
    return found


def holder_label(viewer: Viewer, gln: str) -> str:
    """Who that GLN is, for people; the number itself where nobody is registered under it."""
    farm = next((farm for farm in viewer.farms.values() if farm.gln == gln), None)
    if farm is not None:
        return viewer.label(farm.id)
    place = viewer.services.public.places.find(gln) if gln else None
    if place is None:
        return gln
    return place.name or f"{place.county_zh}{place.township}"


def _holders(viewer: Viewer, good: Good, farms: Mapping[str, Farm]) -> Iterable[Recipient]:
    if not good.holder:
        return
    farm = farms.get(good.holder)
    if farm is None:
        yield Recipient(kind=RecipientKind.FACILITY, id=good.holder, label=holder_label(viewer, good.holder))
        return
    yield Recipient(kind=RecipientKind.HOUSEHOLD, id=farm.household, label=holder_label(viewer, good.holder))
    for enterprise in _claiming(viewer, farm):
        yield _enterprise(enterprise, enterprise.id)


def _enterprise(enterprise: Enterprise | None, identifier: str) -> Recipient:
    label = identifier if enterprise is None else enterprise.name
    return Recipient(kind=RecipientKind.ENTERPRISE, id=identifier, label=label)


def _claiming(viewer: Viewer, farm: Farm) -> list[Enterprise]:
    registry = viewer.services.households
    return [
        enterprise
        for enterprise in registry.enterprises()
        if any(
            claim.household == farm.household and claim.holds_at(viewer.now) for claim in registry.claims(enterprise.id)
        )
    ]


def _farm_of(viewer: Viewer, thing: str) -> Farm | None:
    """The farm of an animal that is registered here."""
    number = ear_tag(thing)
    animal = None if number is None else viewer.services.animals.find(number)
    return None if animal is None else viewer.services.households.find_farm(animal.farm)
