"""Sites, households, farms, enterprises and claims in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, select

from households.errors import DuplicateRecordError, HouseholdError
from households.model import Claim, Enterprise, Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.glns import refuse_taken_gln
from storage.records.tables import claims, enterprises, farms, households, sites
from storage.records.transactions import Repository, in_chunks, insert_new, require


class SqlHouseholdRegistry(Repository):
    """`households.ports.HouseholdRegistry`; an `add` that names an unknown record raises MissingRecordError."""

    def add_site(self, site: Site) -> None:
        """The site is registered; raises DuplicateRecordError."""
        self._add(sites, {"id": site.id, "name": site.name, "simulated": site.simulated}, kind="site")

    def add_household(self, household: Household) -> None:
        """The household is registered; raises DuplicateRecordError."""
        values = {
            "id": household.id,
            "label": household.label,
            "name": household.name,
            "township": household.township,
            "village": household.village,
        }
        self._add(households, values, kind="household")

    def add_farm(self, farm: Farm) -> None:
        """The farm is registered; raises DuplicateRecordError where its id or its GLN is taken."""
        with self._transactions.writing() as connection:
            require(connection, households.c.id, farm.household, kind="household")
            require(connection, sites.c.id, farm.site, kind="site")
            _refuse_taken(connection, farms.c.id, farm.id, kind="farm")
            refuse_taken_gln(connection, farm.gln)
            connection.execute(farms.insert().values(**_farm_values(farm)))

    def add_enterprise(self, enterprise: Enterprise) -> None:
        """The enterprise is registered; raises DuplicateRecordError."""
        self._add(enterprises, {"id": enterprise.id, "name": enterprise.name}, kind="enterprise")

    def add_claim(self, claim: Claim) -> None:
        """The claim holds during its time.

        Raises DuplicateRecordError where the same claim begins at the same time, HouseholdError where it would end
        before it begins.
        """
        words = f"{claim.enterprise} for {claim.household} from {claim.since.isoformat()}"
        if claim.until <= claim.since:
            msg = f"claim of {words} ends before it begins, at {claim.until.isoformat()}"
            raise HouseholdError(msg)
        values = {
            "enterprise": claim.enterprise,
            "household": claim.household,
            "since": claim.since,
            "until": claim.until,
        }
        with self._transactions.writing() as connection:
            require(connection, enterprises.c.id, claim.enterprise, kind="enterprise")
            require(connection, households.c.id, claim.household, kind="household")
            if not insert_new(connection, claims, values):
                kind = "claim"
                raise DuplicateRecordError(kind, words)

    def sites(self) -> Sequence[Site]:
        """Every site, by id."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(sites).order_by(sites.c.id)).all()
        return [Site(id=SiteId.parse(row.id), name=row.name, simulated=row.simulated) for row in rows]

    def enterprises(self) -> Sequence[Enterprise]:
        """Every enterprise, by id."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(enterprises).order_by(enterprises.c.id)).all()
        return [Enterprise(id=row.id, name=row.name) for row in rows]

    def find_enterprise(self, enterprise: str) -> Enterprise | None:
        """The enterprise of that id."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(enterprises).where(enterprises.c.id == enterprise)).first()
        return None if row is None else Enterprise(id=row.id, name=row.name)

    def households(self, households: Collection[str]) -> Sequence[Household]:
        """The households of these ids, by id; an unknown id has none."""
        with self._transactions.reading() as connection:
            return [household for chunk in in_chunks(households) for household in _households(connection, chunk)]

    def all_households(self) -> Sequence[Household]:
        """Every household, by id, with its personal name: for the keeper of the records."""
        with self._transactions.reading() as connection:
            return [_household(row) for row in connection.execute(select(households).order_by(households.c.id))]

    def farms(self) -> Sequence[Farm]:
        """Every farm, by id."""
        with self._transactions.reading() as connection:
            return [_farm(row) for row in connection.execute(select(farms).order_by(farms.c.id))]

    def find_farm(self, farm: FarmId) -> Farm | None:
        """The farm of that id."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(farms).where(farms.c.id == farm)).first()
        return None if row is None else _farm(row)

    def claimed_farms(self, enterprise: str, at: datetime) -> Sequence[Farm]:
        """The farms of the households that the enterprise has claimed at that time, by id."""
        claimed = select(claims.c.household).where(
            claims.c.enterprise == enterprise, claims.c.since <= at, claims.c.until > at
        )
        query = select(farms).where(farms.c.household.in_(claimed)).order_by(farms.c.id)
        with self._transactions.reading() as connection:
            return [_farm(row) for row in connection.execute(query)]

    def claims(self, enterprise: str) -> Sequence[Claim]:
        """The enterprise's claims, past and present, by their beginning."""
        query = select(claims).where(claims.c.enterprise == enterprise).order_by(claims.c.since, claims.c.household)
        with self._transactions.reading() as connection:
            return [_claim(row) for row in connection.execute(query)]

    def _add(self, table: Table, values: dict[str, Any], *, kind: str) -> None:
        with self._transactions.writing() as connection:
            if not insert_new(connection, table, values):
                raise DuplicateRecordError(kind, values["id"])


def _refuse_taken(connection: Connection, column: Column[Any], value: str, *, kind: str) -> None:
    if connection.execute(select(column).where(column == value)).first() is not None:
        raise DuplicateRecordError(kind, value)


def _households(connection: Connection, ids: Collection[str]) -> list[Household]:
    query = select(households).where(households.c.id.in_(ids)).order_by(households.c.id)
    return [_household(row) for row in connection.execute(query)]


def _household(row: Row[Any]) -> Household:
    return Household(id=row.id, label=row.label, name=row.name, township=row.township, village=row.village)


def _farm_values(farm: Farm) -> dict[str, Any]:
    return {
        "id": farm.id,
        "household": farm.household,
        "site": farm.site,
        "name": farm.name,
        "gln": farm.gln,
        "public_name": farm.public_name,
        "county": farm.county,
        "timezone": farm.timezone,
    }


def _farm(row: Row[Any]) -> Farm:
    return Farm(
        id=FarmId.parse(row.id),
        household=row.household,
        site=SiteId.parse(row.site),
        name=row.name,
        gln=row.gln,
        public_name=row.public_name,
        county=row.county,
        timezone=row.timezone,
    )


def _claim(row: Row[Any]) -> Claim:
    return Claim(enterprise=row.enterprise, household=row.household, since=row.since, until=row.until)
