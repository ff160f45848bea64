"""Places as the public may know them, computed from farms, households and facilities."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, FromClause, Row, Select, func, select

from observations.identifiers import SiteId
from storage.records.glns import refuse_taken_gln
from storage.records.tables import facilities, farms, households, sites
from storage.records.transactions import Repository, require
from traceability.counties import find_county
from traceability.facilities import Facility, FacilityKind
from traceability.model import PublicPlace

HOUSEHOLDS_TO_NAME_A_VILLAGE = 5
"""With fewer, a village's name would lead to one family."""


class SqlPublicPlaces(Repository):
    """`traceability.ports.PublicPlaces`."""

    def add_facility(self, facility: Facility) -> None:
        """The slaughterhouse or packing house is a place; raises DuplicateRecordError where the GLN is taken.

        Raises MissingRecordError where its site is not registered.
        """
        with self._transactions.writing() as connection:
            require(connection, sites.c.id, facility.site, kind="site")
            refuse_taken_gln(connection, facility.gln)
            connection.execute(facilities.insert().values(**_values(facility)))

    def facilities(self) -> Sequence[Facility]:
        """Every slaughterhouse and packing house, by GLN."""
        with self._transactions.reading() as connection:
            return [facility_of(row) for row in connection.execute(select(facilities).order_by(facilities.c.gln))]

    def site_and_county(self, gln: str) -> tuple[str, str] | None:
        """Site and county of the farm with that GLN, for its weather; None where it is no farm's."""
        query = select(farms.c.site, farms.c.county).where(farms.c.gln == gln)
        with self._transactions.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.site, row.county)

    def find(self, gln: str) -> PublicPlace | None:
        """The place of that GLN."""
        with self._transactions.reading() as connection:
            return public_place(connection, gln)

    def find_all(self, glns: Collection[str]) -> Mapping[str, PublicPlace]:
        """The places of those GLNs that are known."""
        with self._transactions.reading() as connection:
            found = {gln: public_place(connection, gln) for gln in glns}
        return {gln: place for gln, place in found.items() if place is not None}


def public_place(connection: Connection, gln: str) -> PublicPlace | None:
    """The place of that GLN.

    A farm's village is named where five households of it take part, simulated ones apart from real ones;
    otherwise its township is. A facility has no household.
    """
    farm = connection.execute(_farm_query(gln)).first()
    if farm is not None:
        return _farm_place(connection, farm)
    facility = connection.execute(_facility_query(gln)).first()
    return None if facility is None else _place(facility, village="", households=0)


def _farms() -> FromClause:
    return farms.join(households, farms.c.household == households.c.id).join(sites, farms.c.site == sites.c.id)


def _farm_query(gln: str) -> Select[Any]:
    return (
        select(
            farms.c.gln,
            farms.c.public_name.label("name"),
            farms.c.county,
            farms.c.timezone,
            households.c.township,
            households.c.village,
            sites.c.simulated,
        )
        .select_from(_farms())
        .where(farms.c.gln == gln)
    )


def _facility_query(gln: str) -> Select[Any]:
    columns = facilities.c
    return (
        select(columns.gln, columns.name, columns.county, columns.timezone, columns.township, sites.c.simulated)
        .select_from(facilities.join(sites, columns.site == sites.c.id))
        .where(columns.gln == gln)
    )


def _farm_place(connection: Connection, farm: Row[Any]) -> PublicPlace:
    in_township = (
        select(func.count(farms.c.household.distinct()))
        .select_from(_farms())
        .where(
            farms.c.county == farm.county,
            households.c.township == farm.township,
            sites.c.simulated == farm.simulated,
        )
    )
    in_village = connection.scalar(in_township.where(households.c.village == farm.village)) or 0
    if farm.village and in_village >= HOUSEHOLDS_TO_NAME_A_VILLAGE:
        return _place(farm, village=farm.village, households=in_village)
    return _place(farm, village="", households=connection.scalar(in_township) or 0)


def _place(row: Row[Any], *, village: str, households: int) -> PublicPlace:
    county = find_county(row.county)
    return PublicPlace(
        gln=row.gln,
        name=row.name,
        # A county that the table does not know keeps its code: a bare number, but a true one.
        county_zh=county.zh if county else row.county,
        county_en=county.en if county else row.county,
        township=row.township,
        village=village,
        households=households,
        simulated=row.simulated,
        timezone=row.timezone,
    )


def _values(facility: Facility) -> dict[str, Any]:
    return {
        "gln": facility.gln,
        "name": facility.name,
        "county": facility.county,
        "township": facility.township,
        "kind": facility.kind.value,
        "licence": facility.licence,
        "site": facility.site,
        "timezone": facility.timezone,
    }


def facility_of(row: Row[Any]) -> Facility:
    """The facility of a row."""
    return Facility(
        gln=row.gln,
        name=row.name,
        county=row.county,
        township=row.township,
        kind=FacilityKind(row.kind),
        licence=row.licence,
        site=SiteId.parse(row.site),
        timezone=row.timezone,
    )
