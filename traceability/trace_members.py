"""The things and lots that an event names, as the trace graph names them."""

from datetime import timedelta
from urllib.parse import quote

from traceability.epcis.event_facts import EPOCH
from traceability.epcis.identifiers import is_class
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import CANONICAL_HOST
from traceability.recorded import RecordedEvent, mappings, master_data, text

MICROSECOND = timedelta(microseconds=1)


def things_in(event: RecordedEvent, member: str) -> list[str]:
    """The things in a list of EPCs (inputEPCList and the like), by canonical URI, in order."""
    return [canonical_uri(name) for name in sorted(event.names(member))]


def lots_in(event: RecordedEvent, role: str) -> list[str]:
    """Lots in a list of quantities; a trade item without a lot is the same for all that is made of it: no link.

    role: input, output, child, or "" for an event's own list.
    """
    quantities = mappings(event.body.get(f"{role}QuantityList" if role else "quantityList"))
    named = dict.fromkeys(canonical_uri(text(quantity, "epcClass")) for quantity in quantities)
    return [name for name in named if name and (not is_class(name) or "/10/" in name)]


def lot_of(name: str, event: RecordedEvent) -> str | None:
    """The lot of a trade item that an event made, as its class; None where the event tells none."""
    lot = master_data(event, "lotNumber")
    head, key, rest = name.partition(f"{CANONICAL_HOST}/01/")
    gtin = rest.partition("/")[0]
    return f"{CANONICAL_HOST}/01/{gtin}/10/{quote(lot, safe='')}" if lot and key and not head else None


def moment_us(event: RecordedEvent) -> int:
    """When it happened, in microseconds since 1970."""
    return (event.captured.event_time - EPOCH) // MICROSECOND
