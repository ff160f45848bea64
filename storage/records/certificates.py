"""Certificates in SQL; what one takes of another is checked in the transaction that keeps it."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, insert, select, text, update

from storage.records.certificate_tables import (
    certificate_farms,
    certificate_parts,
    certificate_things,
    certificates,
)
from storage.records.columns import POSTGRESQL
from storage.records.transactions import Repository, in_chunks
from traceability.compliance.issuing import check_new, check_parts, check_single
from traceability.compliance.model import Certificate, Issuer, Part, Used, Withdrawal

_ONE_AT_A_TIME = 4_127_012
"""Key of the advisory lock under which certificates are made out: two must not take the same rest."""


class SqlCertificateBook(Repository):
    """`traceability.compliance.ports.CertificateBook`."""

    def issue(self, certificate: Certificate) -> None:
        """The certificate is durable; what it takes of others is checked in the same step.

        Raises CertificateRequestError or CertificateStateError; then nothing changed.
        """
        with self._transactions.writing() as connection:
            _take_turn(connection)
            predecessors = [part.certificate for part in certificate.parts]
            check_new(certificate, {found.id for found in _found(connection, [certificate.id])})
            wholes = {found.id: found for found in _found(connection, predecessors)}
            check_parts(certificate, wholes, _used(connection, predecessors))
            check_single(certificate, _covering(connection, certificate.things))
            _insert(connection, certificate)

    def find(self, certificate: str) -> Certificate | None:
        """The certificate of that id."""
        with self._transactions.reading() as connection:
            return next(iter(_found(connection, [certificate])), None)

    def list(self, farms: Collection[str] | None, *, limit: int) -> Sequence[Certificate]:
        """The newest of goods of these farms (None: of all), the newest first."""
        query = select(certificates.c.id).order_by(certificates.c.number.desc()).limit(limit)
        with self._transactions.reading() as connection:
            if farms is None:
                ids = [*connection.scalars(query)]
            else:
                mine: set[int] = set()
                for chunk in in_chunks(farms):
                    mine.update(connection.scalars(_newest_of(chunk, limit)))
                numbers = sorted(mine, reverse=True)[:limit]
                ids = [
                    name
                    for chunk in in_chunks(numbers)
                    for name in connection.scalars(select(certificates.c.id).where(certificates.c.number.in_(chunk)))
                ]
            found = _found(connection, ids)
        return sorted(found, key=lambda each: (each.issued_at, each.id), reverse=True)

    def used(self, certificates: Collection[str]) -> Mapping[str, Used]:
        """What later ones that stand took of each."""
        with self._transactions.reading() as connection:
            return _used(connection, certificates)

    def successors(self, certificate: str) -> Sequence[str]:
        """The ids of those that were made of it, by time."""
        whole = select(certificates.c.number).where(certificates.c.id == certificate).scalar_subquery()
        made = select(certificate_parts.c.certificate).where(certificate_parts.c.predecessor == whole)
        query = select(certificates.c.id).where(certificates.c.number.in_(made)).order_by(certificates.c.number)
        with self._transactions.reading() as connection:
            return [*connection.scalars(query)]

    def covering(self, things: Collection[str]) -> Mapping[str, Sequence[str]]:
        """The id of the one that stands and holds each of these things now, things in none left out."""
        with self._transactions.reading() as connection:
            return _covering(connection, things)

    def withdraw(self, certificate: str, withdrawal: Withdrawal) -> bool:
        """Whether it stood and nothing was made of it; it is withdrawn then, else nothing changed."""
        later = certificates.alias("later")
        made_of_it = exists().where(
            certificate_parts.c.predecessor == certificates.c.number,
            later.c.number == certificate_parts.c.certificate,
            later.c.withdrawn_at.is_(None),
        )
        values = {
            "withdrawn_at": withdrawal.at,
            "withdrawn_by": withdrawal.by,
            "withdrawn_why": withdrawal.why,
        }
        with self._transactions.writing() as connection:
            _take_turn(connection)
            standing = certificates.c.withdrawn_at.is_(None)
            statement = update(certificates).where(certificates.c.id == certificate, standing, ~made_of_it)
            return bool(connection.execute(statement.values(**values)).rowcount)


def _take_turn(connection: Connection) -> None:
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))


def _newest_of(farms: Sequence[str], limit: int) -> Select[int]:
    number = certificate_farms.c.certificate
    return select(number).where(certificate_farms.c.farm.in_(farms)).distinct().order_by(number.desc()).limit(limit)


def _found(connection: Connection, ids: Iterable[str]) -> list[Certificate]:
    found: list[Certificate] = []
    for chunk in in_chunks(ids):
        rows = connection.execute(select(certificates).where(certificates.c.id.in_(chunk))).all()
        numbers = [row.number for row in rows]
        things, farms = _listed(connection, numbers)
        parts = _parts(connection, numbers)
        found.extend(_certificate(row, things[row.number], farms[row.number], parts[row.number]) for row in rows)
    return found


def _listed(connection: Connection, numbers: Sequence[int]) -> tuple[Mapping[int, list[str]], Mapping[int, list[str]]]:
    things: dict[int, list[str]] = defaultdict(list)
    farms: dict[int, list[str]] = defaultdict(list)
    named = select(certificate_things).where(certificate_things.c.certificate.in_(numbers))
    for row in connection.execute(named.order_by(certificate_things.c.place)):
        things[row.certificate].append(row.thing)
    of = select(certificate_farms).where(certificate_farms.c.certificate.in_(numbers))
    for row in connection.execute(of.order_by(certificate_farms.c.farm)):
        farms[row.certificate].append(row.farm)
    return things, farms


def _parts(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[Part]]:
    parts: dict[int, list[Part]] = defaultdict(list)
    query = (
        select(certificate_parts.c.certificate, certificate_parts.c.quantity, certificates.c.id)
        .join(certificates, certificates.c.number == certificate_parts.c.predecessor)
        .where(certificate_parts.c.certificate.in_(numbers))
        .order_by(certificate_parts.c.place)
    )
    for row in connection.execute(query):
        parts[row.certificate].append(Part(certificate=row.id, quantity=row.quantity))
    return parts


def _used(connection: Connection, ids: Collection[str]) -> dict[str, Used]:
    """What those that stand took of each; summed here, as decimals are never summed in SQL."""
    whole, later = certificates.alias("whole"), certificates.alias("later")
    found: dict[str, Used] = {}
    for chunk in in_chunks(ids):
        query = (
            select(whole.c.id, later.c.number, certificate_parts.c.quantity)
            .join(certificate_parts, certificate_parts.c.predecessor == whole.c.number)
            .join(later, later.c.number == certificate_parts.c.certificate)
            .where(whole.c.id.in_(chunk), later.c.withdrawn_at.is_(None))
        )
        taken = connection.execute(query).all()
        things, _ = _listed(connection, [row.number for row in taken])
        for row in taken:
            before = found.get(row.id, Used())
            quantity: Decimal = before.quantity + row.quantity
            found[row.id] = Used(quantity=quantity, things=before.things | frozenset(things[row.number]))
    return found


def _covering(connection: Connection, things: Collection[str]) -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    later, passed = certificates.alias("later"), certificate_things.alias("passed")
    passed_on = exists().where(
        certificate_parts.c.predecessor == certificates.c.number,
        passed.c.certificate == certificate_parts.c.certificate,
        passed.c.thing == certificate_things.c.thing,
        later.c.number == certificate_parts.c.certificate,
        later.c.withdrawn_at.is_(None),
    )
    for chunk in in_chunks(things):
        query = (
            select(certificate_things.c.thing, certificates.c.id)
            .join(certificates, certificates.c.number == certificate_things.c.certificate)
            .where(certificate_things.c.thing.in_(chunk), certificates.c.withdrawn_at.is_(None), ~passed_on)
            .order_by(certificates.c.number)
        )
        for row in connection.execute(query):
            found[row.thing].append(row.id)
    return dict(found)


def _insert(connection: Connection, certificate: Certificate) -> None:
    row = {
        "id": certificate.id,
        "kind": certificate.kind,
        "product": certificate.product,
        "quantity": certificate.quantity,
        "origin": certificate.origin,
        "batch": certificate.batch,
        "issued_at": certificate.issued_at,
        "issuer_kind": certificate.issuer.kind,
        "issuer_name": certificate.issuer.name,
        "issuer_contact": certificate.issuer.contact,
        "basis": json.dumps(certificate.basis),
        "issued_by": certificate.issued_by,
        "simulated": certificate.simulated,
    }
    statement = insert(certificates).values(**row).returning(certificates.c.number)
    number = connection.execute(statement).scalar_one()
    _insert_lists(connection, number, certificate)


def _insert_lists(connection: Connection, number: int, certificate: Certificate) -> None:
    farms = [{"certificate": number, "farm": farm} for farm in sorted(set(certificate.farms))]
    things = [{"certificate": number, "thing": thing, "place": place} for place, thing in enumerate(certificate.things)]
    numbers = {
        row.id: row.number
        for chunk in in_chunks(part.certificate for part in certificate.parts)
        for row in connection.execute(
            select(certificates.c.id, certificates.c.number).where(certificates.c.id.in_(chunk))
        )
    }
    parts = [
        {
            "certificate": number,
            "predecessor": numbers[part.certificate],
            "place": place,
            "quantity": part.quantity,
        }
        for place, part in enumerate(certificate.parts)
    ]
    tables = ((certificate_farms, farms), (certificate_things, things), (certificate_parts, parts))
    for table, rows in tables:
        if rows:
            connection.execute(insert(table), rows)


def _certificate(row: Row[Any], things: Sequence[str], farms: Sequence[str], parts: Sequence[Part]) -> Certificate:
    withdrawal = None
    if row.withdrawn_at is not None:
        withdrawal = Withdrawal(by=row.withdrawn_by, at=row.withdrawn_at, why=row.withdrawn_why)
    return Certificate(
        id=row.id,
        kind=row.kind,
        product=row.product,
        quantity=row.quantity,
        origin=row.origin,
        batch=row.batch,
        issued_at=row.issued_at,
        issuer=Issuer(kind=row.issuer_kind, name=row.issuer_name, contact=row.issuer_contact),
        basis=tuple(json.loads(row.basis)),
        things=tuple(things),
        parts=tuple(parts),
        farms=tuple(farms),
        issued_by=row.issued_by,
        simulated=row.simulated,
        withdrawal=withdrawal,
    )
