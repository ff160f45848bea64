"""What a command names must be registered; the error says what is, and which command would register it."""

from collections.abc import Iterable
from typing import NoReturn

from agronomy.model import Field
from bootstrap.errors import RequestError
from households.model import Enterprise, Farm, Household, Site
from livestock.model import Animal
from observations.identifiers import EarTagNumber, FarmId, FieldId, SiteId
from storage.records.records import Records

SHOWN_IDS = 8


def site_of(records: Records, site: SiteId) -> Site:
    """The registered site; raises RequestError."""
    sites = {one.id: one for one in records.households.sites()}
    if site not in sites:
        _refuse("site", site, sites, f"tiantou site add {site} --name …")
    return sites[site]


def household_of(records: Records, household: str) -> Household:
    """The registered household; raises RequestError."""
    found = records.households.households([household])
    if not found:
        known = (one.id for one in records.households.all_households())
        _refuse("household", household, known, f"tiantou household add {household} --township …")
    return found[0]


def farm_of(records: Records, farm: FarmId) -> Farm:
    """The registered farm; raises RequestError."""
    found = records.households.find_farm(farm)
    if found is None:
        known = (one.id for one in records.households.farms())
        _refuse("farm", farm, known, f"tiantou farm add {farm} --household …")
    return found


def enterprise_of(records: Records, enterprise: str) -> Enterprise:
    """The registered enterprise; raises RequestError."""
    found = records.households.find_enterprise(enterprise)
    if found is None:
        known = (one.id for one in records.households.enterprises())
        _refuse("enterprise", enterprise, known, f"tiantou enterprise add {enterprise} --name …")
    return found


def animal_of(records: Records, animal: EarTagNumber) -> Animal:
    """The registered animal; raises RequestError."""
    found = records.animals.find(animal)
    if found is None:
        msg = f"animal {animal} is not registered (tiantou animal add {animal} --farm FARM --breed BREED --born DAY)"
        raise RequestError(msg)
    return found


def field_of(records: Records, field: FieldId) -> Field:
    """The registered field; raises RequestError."""
    found = records.fields.find(field)
    if found is None:
        known = (one.id for one in records.fields.all())
        _refuse("field", field, known, f"tiantou field add {field} --farm FARM --area-mu AREA")
    return found


def _refuse(kind: str, identifier: str, known: Iterable[str], command: str) -> NoReturn:
    ids = list(known)
    shown = ", ".join(ids[:SHOWN_IDS]) or "none yet"
    more = f" and {len(ids) - SHOWN_IDS} more (tiantou {kind} list)" if len(ids) > SHOWN_IDS else ""
    msg = f"{kind} {identifier} is not registered ({command}); registered are: {shown}{more}"
    raise RequestError(msg)
