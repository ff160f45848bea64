"""Which sites a worker is to have: those it names, or those whose names fall into its group."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from bootstrap.errors import RequestError
from observations.errors import IdentifierError
from observations.identifiers import SiteId
from storage.records.records import Records

GROUP = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The sites of one worker.

    sites: those it names; none where `group` decides. group: (number, of how many); each known site falls into exactly
    one group, always the same, so that a site registered later has its worker at once.
    """

    name: str
    sites: frozenset[str] = frozenset()
    group: tuple[int, int] = (1, 1)

    @classmethod
    def parse(cls, *, name: str | None, sites: str | None, group: str | None) -> Self:
        """The assignment of `--name`, `--sites a,b` or `--group 2/4`; raises RequestError."""
        if (sites is None) == (group is None):
            msg = "say which sites this worker has: --sites a,b, or --group 2/4 for a quarter of all"
            raise RequestError(msg)
        if sites is not None:
            named = frozenset(_site(text) for text in sites.split(",") if text.strip())
            if not named:
                msg = "--sites names no site: write --sites a,b"
                raise RequestError(msg)
            return cls(name=_name(name or "-".join(sorted(named)).lower()[:40]), sites=named)
        number, count = _group(group or "")
        return cls(name=_name(name or f"group-{number}-of-{count}"), group=(number, count))

    def wanted(self, known: Collection[str]) -> set[str]:
        """The sites it is to have, of those that are known."""
        if self.sites:
            return set(self.sites)
        number, count = self.group
        return {site for site in known if group_of(site, count) == number}


def group_of(site: str, count: int) -> int:
    """The group of that site, 1 to `count`: the same on every machine and in every version."""
    return int.from_bytes(hashlib.sha256(site.encode()).digest()[:8], "big") % count + 1


def known_sites(records: Records) -> set[str]:
    """Every site that is registered, or that a registered device reports from."""
    devices = {str(device.site) for device in records.devices.all()}
    return devices | {str(site.id) for site in records.households.sites()}


def _site(text: str) -> str:
    try:
        return str(SiteId.parse(text.strip()))
    except IdentifierError as error:
        raise RequestError(str(error)) from error


def _group(text: str) -> tuple[int, int]:
    match = GROUP.fullmatch(text.strip())
    if match is None or int(match[1]) > int(match[2]):
        msg = f"{text!r} is no group: write 2/4 for the second of four"
        raise RequestError(msg)
    return int(match[1]), int(match[2])


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        msg = f"{text!r} is no name of a worker: at most 41 of a-z 0-9 -, such as north (--name north)"
        raise RequestError(msg)
    return text
