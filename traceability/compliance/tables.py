"""The tables of certificates: for what there is one, who must give it, what it promises, on what ground."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of goods. unit: Rec 20 code (HEA head, KGM kilograms). named: each animal in it is named by its ear tag.

    reason_zh, reason_en: why there is no certificate for it, "" where there is one.
    """

    kind: str
    allowed: bool
    unit: str
    named: bool
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKind:
    """Who may give one; mandatory: must. public_contact: name and contact may stand on a public page."""

    issuer: str
    mandatory: bool
    public_contact: bool
    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A promise or its ground in both languages."""

    zh: str
    en: str
    source: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of goods by its code."""
    return {
        row["kind"]: Kind(
            kind=row["kind"],
            allowed=row["allowed"] == "yes",
            unit=row["unit"],
            named=row["named"] == "yes",
            zh=row["zh"],
            en=row["en"],
            reason_zh=row["reason_zh"],
            reason_en=row["reason_en"],
            source=row["source"],
        )
        for row in _rows("kinds.csv")
    }


@cache
def issuers() -> Mapping[str, IssuerKind]:
    """Every kind of issuer by its code."""
    return {
        row["issuer"]: IssuerKind(
            issuer=row["issuer"],
            mandatory=row["mandatory"] == "yes",
            public_contact=row["public_contact"] == "yes",
            zh=row["zh"],
            en=row["en"],
            source=row["source"],
        )
        for row in _rows("issuers.csv")
    }


@cache
def promises() -> Mapping[str, Words]:
    """What every certificate promises."""
    return {row["promise"]: Words(zh=row["zh"], en=row["en"], source=row["source"]) for row in _rows("promises.csv")}


@cache
def bases() -> Mapping[str, Words]:
    """On what ground it can be promised."""
    return {row["basis"]: Words(zh=row["zh"], en=row["en"], source=row["source"]) for row in _rows("bases.csv")}


@cache
def sale_steps() -> frozenset[str]:
    """The steps of an animal's archive that are sales."""
    return frozenset(row["step"] for row in _rows("sales.csv"))


def in_force_since() -> date:
    """From when on a sale needs one."""
    return date.fromisoformat(_periods()["in_force"])


def months_kept() -> int:
    """How many months a certificate is kept at least."""
    return int(_periods()["kept_at_least"])


@cache
def _periods() -> Mapping[str, str]:
    return {row["period"]: row["value"] for row in _rows("periods.csv")}


def _rows(name: str) -> Iterable[Mapping[str, str]]:
    return csv.DictReader(files("traceability.compliance").joinpath(name).read_text(encoding="utf-8").splitlines())
