"""What packs' pages are made from, whichever process makes them."""

from api.public.services import PublicServices
from bootstrap.clock import utc_now
from bootstrap.life_weathers import RegisteredWeathers
from storage.records.records import Records
from storage.records.remembered_places import RememberedPlaces


def page_services(records: Records, *, base_url: str) -> PublicServices:
    """All that pages of packs need; nothing is counted, wanted or handed out yet."""
    return PublicServices(
        events=records.events,
        products=records.products,
        places=RememberedPlaces(records.transactions),
        recalls=records.recalls,
        holds=records.holds,
        guards=records.guards,
        certificates=records.certificates,
        now=utc_now,
        base_url=base_url,
        links=records.given_links,
        scans=records.scans,
        prices=records.prices,
        photos=records.photos,
        weathers=RegisteredWeathers(records.places, records.weather, now=utc_now),
        digests=records.life_digests,
        one_view=records.transactions.one_view,
    )
